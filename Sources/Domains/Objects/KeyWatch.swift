import Model
import StoragePorts

/// Says whether a key was changed since an upload of it began, which a complete with a condition must know.
///
/// The key's current version tells when it was made, but a removal leaves nothing behind that could. So the first upload of a key
/// sets a watch on it, each removal of its current version notes its position there, and the last upload takes it away. A removal
/// of a key without uploads pays one look-up; to scan for the uploads at each removal would cost several times that.
///
/// Uploads that began before there were watches have none: of them only the current version tells.
struct KeyWatch {
    private let instance: LSN
    private let key: [UInt8]
    private let ledgerKey: [UInt8]

    init(_ instance: LSN, _ key: [UInt8]) {
        self.instance = instance
        self.key = key
        ledgerKey = ObjectKeys.watch(instance, key)
    }

    /// In the commit that makes an upload.
    func begin(in transaction: Transaction) throws {
        if try transaction.get(ledgerKey) == nil { note(LSN(0), in: transaction) }
    }

    /// After an upload's record was taken away, in the same commit.
    func end(in transaction: Transaction) throws {
        if try Objects.isEmpty(.prefix(ObjectKeys.uploads(in: instance, of: key)), in: transaction) { transaction.delete(ledgerKey) }
    }

    /// The key has another current version, or none, without a new one having been made.
    func noteRemoval(in transaction: Transaction) throws {
        if try transaction.get(ledgerKey) != nil { note(transaction.lsn, in: transaction) }
    }

    private func note(_ lsn: LSN, in transaction: Transaction) {
        transaction.put(ledgerKey, StorageKeys.encodeCount(lsn.rawValue))
    }

    /// Whether the key's current version changed after the upload began.
    func sawChange(since upload: UploadID, _ current: StoredVersion?, in transaction: Transaction) throws -> Bool {
        if let current, current.header.lsn.rawValue > upload.lsn { return true }
        return try transaction.get(ledgerKey).map { StorageKeys.decodeCount($0) > upload.lsn } ?? false
    }
}
