import StoragePorts

/// What the sweep needs of the ledger.
package protocol SweepLedger: Sendable {
    /// Runs `body` on a snapshot of what is durable; it may run twice. Throws once the ledger is poisoned: the outcome of commits
    /// under way is then unknown, and nothing may be removed on the word of a snapshot.
    func read<Value: Sendable>(_ body: @escaping @Sendable (any KeyValueReader) throws -> Value) async throws -> Value
    /// Deletes the keys in one commit.
    func delete(_ keys: [[UInt8]]) async throws
}
