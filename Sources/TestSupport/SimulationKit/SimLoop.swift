import Synchronization

/// Runs `async` code on the caller's thread, one job after the other in the order in which they became ready: with the same
/// inputs every task takes the same turns, and an object that a task let go of is gone when the next one runs.
///
/// Nothing that is waited for may come from another thread: no sleeping, no `BlockingPool` with threads.
package final class SimLoop: TaskExecutor {
    private struct State {
        var ready: [UnownedJob] = []
        var next = 0
        /// Those who wait until nobody else can go on.
        var settling: [UnsafeContinuation<Void, Never>] = []
    }

    private final class Outcome<Value: Sendable>: Sendable {
        let result = Mutex<Result<Value, any Error>?>(nil)
    }

    private let state = Mutex(State())

    package init() {}

    package func enqueue(_ job: consuming ExecutorJob) {
        let unowned = UnownedJob(job)
        state.withLock { $0.ready.append(unowned) }
    }

    /// Runs `body` and all that it starts to the end of `body`.
    package func run<Value: Sendable>(_ body: @escaping @Sendable () async throws -> Value) throws -> Value {
        let outcome = Outcome<Value>()
        Task(executorPreference: self) {
            do {
                let value = try await body()
                outcome.result.withLock { $0 = .success(value) }
            } catch {
                outcome.result.withLock { $0 = .failure(error) }
            }
        }
        while turn() {}
        guard let result = outcome.result.withLock({ $0 }) else {
            preconditionFailure("the simulation waits for something outside of it")
        }
        return try result.get()
    }

    /// Returns when every other task waits, or has called this too.
    package func settle() async {
        await withUnsafeContinuation { continuation in state.withLock { $0.settling.append(continuation) } }
    }

    /// Runs one job; false when there is nothing left to do.
    private func turn() -> Bool {
        if let job = takeJob() {
            job.runSynchronously(on: asUnownedTaskExecutor())
            return true
        }
        guard let settled = state.withLock({ $0.settling.isEmpty ? nil : $0.settling.removeFirst() }) else { return false }
        settled.resume()
        return true
    }

    private func takeJob() -> UnownedJob? {
        state.withLock { state in
            if state.next == state.ready.count {
                state.ready.removeAll(keepingCapacity: true)
                state.next = 0
                return nil
            }
            state.next += 1
            return state.ready[state.next - 1]
        }
    }
}
