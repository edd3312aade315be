import Doors
import NIOCore
import Synchronization

/// What a request holds of the memory of all.
extension Exchange {
    func reserve(_ wanted: Int, least: Int) async throws -> Int {
        let granted = try await take(wanted, least: least)
        reservedBytes.add(granted, ordering: .relaxed)
        return granted
    }

    func room(_ wanted: Int) async throws -> Int {
        giveBackRoom()
        let granted = try await take(wanted, least: min(wanted, EdgeLimits.uncountedBytes))
        roomBytes.store(granted, ordering: .relaxed)
        return granted
    }

    private func take(_ wanted: Int, least: Int) async throws -> Int {
        let memory = context.memory
        let least = min(least, memory.largestWish)
        if let granted = memory.grant(wanted: min(wanted, memory.largestWish), least: least) { return granted }
        let wait = MemoryWait(memory)
        let timeout = context.loop.scheduleTask(in: TimeAmount(context.limits.memoryWaitTimeout)) { wait.end(DoorBodyError.noMemory) }
        defer { timeout.cancel() }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { wait.begin(least, $0) }
        } onCancel: {
            wait.end(CancellationError())
        }
        return least
    }

    private func giveBackRoom() {
        let bytes = roomBytes.exchange(0, ordering: .relaxed)
        if bytes > 0 { context.memory.giveBack(bytes) }
    }

    /// The door has answered, and an answer in pieces is out.
    func giveBackMemory() {
        if roomBytes.load(ordering: .relaxed) > 0 { giveBackRoom() }
        guard reservedBytes.load(ordering: .relaxed) > 0 else { return }
        context.memory.giveBack(reservedBytes.exchange(0, ordering: .relaxed))
    }
}

/// A wait for memory that may be ended before it has begun.
private final class MemoryWait: Sendable {
    private struct State {
        var waiter: BodyMemory.Waiter?
        var end: (any Error)?
    }

    private let memory: BodyMemory
    private let state = Mutex(State())

    init(_ memory: BodyMemory) {
        self.memory = memory
    }

    func begin(_ bytes: Int, _ continuation: CheckedContinuation<Void, any Error>) {
        guard let waiter = memory.wait(for: bytes, continuation) else { return }
        let end = state.withLock { state in
            state.waiter = waiter
            return state.end
        }
        if let end { memory.end(waiter, end) }
    }

    func end(_ error: any Error) {
        let waiter = state.withLock { state in
            if state.end == nil { state.end = error }
            return state.waiter
        }
        if let waiter { memory.end(waiter, error) }
    }
}
