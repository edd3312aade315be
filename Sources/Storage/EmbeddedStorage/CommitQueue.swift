import Dispatch
import StoragePorts
import Synchronization

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

    private let state = Mutex(State())
    private let wake = DispatchSemaphore(value: 0)

    /// Nil when accepted.
    func push(_ commit: any PendingCommit) -> LedgerError? {
        let (refusal, mustWake) = state.withLock { state -> (LedgerError?, Bool) in
            if state.isClosed { return (.closed, false) }
            if state.waiting.count >= Self.capacity { return (.busy, false) }
            state.waiting.append(commit)
            let mustWake = state.consumerSleeps
            state.consumerSleeps = false
            return (nil, mustWake)
        }
        if mustWake { wake.signal() }
        return refusal
    }

    var depth: Int { state.withLock { $0.waiting.count } }

    /// Takes at most `countMax` commits, oldest first; waits until there is one. Nil when closed and empty.
    func take(countMax: Int) -> [any PendingCommit]? {
        while true {
            let taken = state.withLock { state -> [any PendingCommit]? in
                if state.waiting.isEmpty {
                    state.consumerSleeps = !state.isClosed
                    return state.isClosed ? [] : nil
                }
                return Self.removeFirst(countMax, from: &state.waiting)
            }
            if let taken { return taken.isEmpty ? nil : taken }
            wake.wait()
        }
    }

    /// As `take`, but empty at once when nothing waits; for stepping in one thread.
    func takeNow(countMax: Int) -> [any PendingCommit] {
        state.withLock { Self.removeFirst(countMax, from: &$0.waiting) }
    }

    /// Refuses what comes from now on; the consumer finishes what waits.
    func close() {
        let mustWake = state.withLock { state -> Bool in
            state.isClosed = true
            let mustWake = state.consumerSleeps
            state.consumerSleeps = false
            return mustWake
        }
        if mustWake { wake.signal() }
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
