import Model

/// How far a commit has gone when its caller goes on.
package enum Durability: Sendable {
    /// The record is on disk.
    case synced
    /// The closure has run and its record will be in the next sync; a crash before it undoes the commit. Only for what
    /// may safely repeat, such as a delivery count.
    case relaxed
}

package struct Committed<Value: Sendable>: Sendable {
    package let value: Value
    /// The record's position. For a closure that wrote nothing and emitted nothing: the last position before it.
    package let lsn: LSN

    package init(value: Value, lsn: LSN) {
        self.value = value
        self.lsn = lsn
    }
}

/// An ordered key-value space with serialised transactions and a feed of every commit. See docs/ARCHITECTURE.md.
///
/// Every implementation passes the suite in Tests/LedgerConformance.
package protocol Ledger: AnyObject, Sendable {
    /// Runs `body` alone, in a total order with all other commits. All that it writes, stages, releases and emits
    /// becomes one record, or nothing when it throws: its error is rethrown as it is, and a retry is safe.
    ///
    /// `keys` are those known up front; they are fetched together before `body` runs. `body` runs on the ledger's
    /// thread: it must not block and takes microseconds. On return the change is durable (see `Durability`) and
    /// visible to every read that starts later. Throws `LedgerError` for the ledger's own failures.
    func commit<Value: Sendable>(
        reading keys: [[UInt8]], durability: Durability, _ body: @escaping @Sendable (Transaction) throws -> Value
    ) async throws -> Committed<Value>

    /// Runs `body` on a consistent snapshot of what is durable; it may run twice (see `WouldBlock`), so it must have
    /// no effects. First tried on the caller's thread without blocking, then on a thread that may block.
    func read<Value: Sendable>(_ body: @escaping @Sendable (any Snapshot) throws -> Value) async throws -> Value

    /// The last position that reads see.
    var applied: LSN { get }

    /// Waits until `applied` reaches `lsn`. False when `timeout` ends first or the caller is cancelled.
    func waitUntilApplied(_ lsn: LSN, timeout: Duration) async -> Bool

    /// The durable commits after `position`, oldest first, at most `countMax` of them and about 1 MiB; empty at the head.
    /// Throws `LedgerError.positionNotRetained` when the journal no longer holds them.
    func records(after position: LSN, countMax: Int) async throws -> [CommittedRecord]

    /// A consumer's durable position; `.zero` when it was never set.
    func cursor(_ name: String) async throws -> LSN
    /// Durable on return. Never goes back.
    func advanceCursor(_ name: String, to position: LSN) async throws
}

extension Ledger {
    package func commit<Value: Sendable>(
        reading keys: [[UInt8]] = [], _ body: @escaping @Sendable (Transaction) throws -> Value
    ) async throws -> Committed<Value> {
        try await commit(reading: keys, durability: .synced, body)
    }
}

package enum LedgerError: Error, Sendable, Equatable {
    /// The queue of waiting commits is full; retry later. Nothing was changed.
    case busy
    /// The disk has no room for the record; writing works again when there is. Nothing was changed.
    case noSpace
    /// The commit's record would be larger than the journal takes. Nothing was changed; a retry fails too.
    case recordTooLarge(bytes: Int)
    /// A write or sync failed, and so did every commit since: the outcome of those under way is unknown until the
    /// next start. Reads go on. The text names the cause, for the log and not for clients.
    case poisoned(String)
    /// The server is stopping.
    case closed
    /// The journal's oldest record is this one.
    case positionNotRetained(oldest: LSN)
    /// A stored value cannot be read; the text names where, for the log and not for clients.
    case damaged(String)
}
