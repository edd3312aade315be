import Synchronization

/// Signing keys of late, at most `capacity`; safe from any thread.
///
/// A table of sets of four: a key can stand in its set only, and a newcomer replaces the set's members in turn. That bounds
/// memory and needs neither lists nor clocks; a key in use is derived again at worst.
package final class SigningKeyCache: Sendable {
    private static let ways = 4

    private struct Entry {
        let accessKeyID: String
        let secret: String
        let scope: CredentialScope
        let key: SigningKey
    }

    private struct Table {
        var entries: [Entry?]
        /// Which way of each set is replaced next.
        var victims: [UInt8]
    }

    private let setMask: Int
    private let table: Mutex<Table>

    /// `capacity` is rounded up to a power of two, at least 4.
    package init(capacity: Int = 1024) {
        var sets = 1
        while sets * Self.ways < capacity { sets *= 2 }
        self.setMask = sets - 1
        self.table = Mutex(Table(entries: Array(repeating: nil, count: sets * Self.ways), victims: Array(repeating: 0, count: sets)))
    }

    /// Derives (four HMACs, outside the lock) what it does not hold. A changed secret gives a new key.
    package func key(accessKeyID: String, secret: String, scope: CredentialScope) -> SigningKey {
        let set = Self.hash(accessKeyID, scope) & setMask
        if let key = find(set, accessKeyID: accessKeyID, secret: secret, scope: scope) { return key }
        let key = SigningKey(secret: secret, scope: scope)
        let entry = Entry(accessKeyID: accessKeyID, secret: secret, scope: scope, key: key)
        table.withLock { table in
            let way = Int(table.victims[set])
            table.victims[set] = UInt8((way + 1) % Self.ways)
            table.entries[set * Self.ways + way] = entry
        }
        return key
    }

    private func find(_ set: Int, accessKeyID: String, secret: String, scope: CredentialScope) -> SigningKey? {
        table.withLock { table in
            for index in (set * Self.ways)..<(set * Self.ways + Self.ways) {
                guard let entry = table.entries[index], entry.accessKeyID == accessKeyID, entry.scope == scope else { continue }
                if entry.secret == secret { return entry.key }
            }
            return nil
        }
    }

    /// FNV-1a: a set holds four keys whatever anybody chooses, so collisions made on purpose cost derivations only.
    private static func hash(_ accessKeyID: String, _ scope: CredentialScope) -> Int {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for text in [accessKeyID, scope.date, scope.region, scope.service] {
            for byte in text.utf8 {
                hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3
            }
        }
        return Int(truncatingIfNeeded: hash >> 16)
    }
}
