import Model
import StoragePorts
import Synchronization

/// The reference model: which commits were tried, which were acknowledged, and the state that any prefix of them gives.
///
/// A commit's closure notes here what it did under the LSN that it was given. When a commit fails without a record its LSN goes to
/// a later one, which overwrites the note. What storage commits for itself (the sweep's deletions, cursors) has no note: it changes only
/// keys of storage.
final class History: Sendable {
    struct Effect: Sendable, Equatable {
        /// Tells this attempt from another one with the same LSN.
        let attempt: UInt64
        let time: Timestamp
        let facts: [Fact]
        let writes: [Write]
    }

    struct Write: Sendable, Equatable {
        let key: [UInt8]
        let value: [UInt8]?
    }

    /// A copy of the model at one moment.
    struct State: Sendable {
        var effects: [UInt64: Effect] = [:]
        /// Everything up to here was acknowledged to somebody, or shown to a reader.
        var acknowledged: UInt64 = 0
        var attempts: UInt64 = 0
        var cursorAcknowledged: UInt64 = 0
        var cursorAttempted: UInt64 = 0
        /// Records before this one may have been dropped.
        var retained: UInt64 = 1
    }

    private let state: Mutex<State>

    init(_ state: State = State()) {
        self.state = Mutex(state)
    }

    var now: State { state.withLock { $0 } }

    func change(_ body: (inout State) -> Void) { state.withLock { body(&$0) } }

    func nextAttempt() -> UInt64 {
        state.withLock { state in
            state.attempts += 1
            return state.attempts
        }
    }

    /// The last thing that a closure does.
    func note(_ transaction: Transaction, attempt: UInt64) {
        if transaction.isEmpty { return }
        let writes = transaction.writes.map { Write(key: $0.key, value: $0.value) }
        let effect = Effect(attempt: attempt, time: transaction.now, facts: transaction.facts, writes: writes)
        state.withLock { $0.effects[transaction.lsn.rawValue] = effect }
    }

    /// The commit has failed, and nothing of it stays.
    func withdraw(attempt: UInt64) {
        state.withLock { state in
            if let lsn = state.effects.first(where: { $0.value.attempt == attempt })?.key { state.effects[lsn] = nil }
        }
    }

    func acknowledge(_ lsn: LSN) { state.withLock { $0.acknowledged = max($0.acknowledged, lsn.rawValue) } }
}

extension History.State {
    /// What a crash undid is gone; what was found is durable now.
    func cut(at last: LSN) -> History.State {
        var cut = self
        cut.effects = effects.filter { $0.key <= last.rawValue }
        cut.acknowledged = last.rawValue
        return cut
    }

    /// The key-value space after the commits up to `last`, without what storage does for itself: domains' keys and the files'
    /// references are exact, keys of dead payloads are those that a sweep may have deleted since.
    func contents(upTo last: LSN) -> [[UInt8]: [UInt8]] {
        var contents: [[UInt8]: [UInt8]] = [:]
        for lsn in effects.keys.filter({ $0 <= last.rawValue }).sorted() {
            for write in effects[lsn]!.writes { contents[write.key] = write.value }
        }
        return contents
    }
}
