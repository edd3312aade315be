import Model

/// Which master keys wrapped something that the ledger holds, so that a start with another ring is refused instead of failing later.
/// The keys themselves live outside of the data folder.
extension Transaction {
    /// Notes in this commit that it holds a wrap of this master key. Call it in every commit that stores one; it writes once.
    package func noteMasterKey(_ id: UInt64) throws {
        let key = StorageKeys.masterKey(id)
        if try get(key) == nil { put(key, StorageKeys.encodeCount(lsn.rawValue)) }
    }

    /// Nothing is wrapped by this master key any more.
    package func forgetMasterKey(_ id: UInt64) {
        delete(StorageKeys.masterKey(id))
    }
}

extension KeyValueReader {
    /// The ids noted and not forgotten, ascending.
    package func notedMasterKeys() throws -> [UInt64] {
        var ids: [UInt64] = []
        try scan(StorageKeys.allMasterKeys, .forward) { key, _ in
            ids.append(UInt64(bigEndian: key.loadUnaligned(fromByteOffset: 2, as: UInt64.self)))
            return .next
        }
        return ids
    }
}
