import Environment
import StoragePorts

/// Commits that wait for the ledger's thread: many producers, one consumer, one wake per batch.
///
/// Bound: `capacity` commits; a full queue refuses (`LedgerError.busy`), so that memory stays bounded and the client
/// hears of it. Invariant: `consumerSleeps` only while `waiting` is empty.
final class CommitQueue: Sendable {
    /// More than the largest number of requests under way, so that only a stuck disk fills it.
    static let capacity = 16_384

    private struct State {
        var waiting: [any PendingCommit] = []
        var consumerSleeps = false
        var isClosed = false
    }

    private let monitor = Monitor(State())

    /// Nil when accepted.
    func push(_ commit: any PendingCommit) -> LedgerError? {
        let (refusal, mustWake) = monitor.withLock { state -> (LedgerError?, Bool) in
            if state.isClosed { return (.closed, false) }
            if state.waiting.count >= Self.capacity { return (.busy, false) }
            state.waiting.append(commit)
            return (nil, Self.endSleep(&state))
        }
        if mustWake { monitor.wakeOne() }
        return refusal
    }

    var depth: Int { monitor.withLock { $0.waiting.count } }

    /// Takes at most `countMax` commits, oldest first; waits until there is one. Nil when closed and empty.
    func take(countMax: Int) -> [any PendingCommit]? {
        let taken = monitor.wait { state -> [any PendingCommit]? in
            if state.waiting.isEmpty, !state.isClosed {
                state.consumerSleeps = true
                return nil
            }
            return Self.removeFirst(countMax, from: &state.waiting)
        }
        return taken.isEmpty ? nil : taken
    }

    /// As `take`, but empty at once when nothing waits; for stepping in one thread.
    func takeNow(countMax: Int) -> [any PendingCommit] {
        monitor.withLock { Self.removeFirst(countMax, from: &$0.waiting) }
    }

    /// Refuses what comes from now on; the consumer finishes what waits.
    func close() {
        let mustWake = monitor.withLock { state -> Bool in
            state.isClosed = true
            return Self.endSleep(&state)
        }
        if mustWake { monitor.wakeOne() }
    }

    private static func endSleep(_ state: inout State) -> Bool {
        defer { state.consumerSleeps = false }
        return state.consumerSleeps
    }

    private static func removeFirst(_ countMax: Int, from waiting: inout [any PendingCommit]) -> [any PendingCommit] {
        if waiting.count <= countMax {
            defer { waiting = [] }
            return waiting
        }
        let taken = Array(waiting[..<countMax])
        waiting.removeFirst(countMax)
        return taken
    }
}
