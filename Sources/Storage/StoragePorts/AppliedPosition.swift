import Model
import Synchronization

/// The last position that reads see, and those who wait for a later one. Shared by the ledgers.
///
/// Invariant: no waiter's position is at or below `position`; a waiter is resumed exactly once, outside the lock.
package final class AppliedPosition: Sendable {
    private struct State {
        var position: LSN
        var nextTicket: UInt64 = 0
        var waiters: [UInt64: (lsn: LSN, continuation: CheckedContinuation<Bool, Never>)] = [:]
        /// Tickets cancelled before their waiter arrived.
        var cancelled: Set<UInt64> = []
    }

    private let state: Mutex<State>

    package init(_ position: LSN) {
        self.state = Mutex(State(position: position))
    }

    package var value: LSN { state.withLock { $0.position } }

    /// Called with ascending positions by the one who applies.
    package func advance(to position: LSN) {
        let reached = state.withLock { state -> [CheckedContinuation<Bool, Never>] in
            precondition(position >= state.position, "the applied position never goes back")
            state.position = position
            if state.waiters.isEmpty { return [] }
            let tickets = state.waiters.filter { $0.value.lsn <= position }.keys
            return tickets.compactMap { state.waiters.removeValue(forKey: $0)?.continuation }
        }
        for continuation in reached { continuation.resume(returning: true) }
    }

    /// True when `lsn` is applied; false when `timeout` ends first or the task is cancelled.
    package func wait(for lsn: LSN, timeout: Duration) async -> Bool {
        if value >= lsn { return true }
        return await withTaskGroup(of: Bool.self) { group in
            group.addTask { await self.wait(for: lsn) }
            group.addTask {
                try? await Task.sleep(for: timeout)
                return false
            }
            let reached = await group.next() ?? false
            group.cancelAll()
            return reached
        }
    }

    private func wait(for lsn: LSN) async -> Bool {
        let ticket = state.withLock { state -> UInt64 in
            state.nextTicket += 1
            return state.nextTicket
        }
        // A cancellation that comes after the answer leaves its mark behind.
        defer { state.withLock { _ = $0.cancelled.remove(ticket) } }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let answer = state.withLock { state -> Bool? in
                    if state.position >= lsn { return true }
                    if state.cancelled.remove(ticket) != nil { return false }
                    state.waiters[ticket] = (lsn, continuation)
                    return nil
                }
                if let answer { continuation.resume(returning: answer) }
            }
        } onCancel: {
            let waiter = state.withLock { state -> CheckedContinuation<Bool, Never>? in
                if let waiter = state.waiters.removeValue(forKey: ticket) { return waiter.continuation }
                state.cancelled.insert(ticket)
                return nil
            }
            waiter?.resume(returning: false)
        }
    }
}
