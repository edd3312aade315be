import Environment
import Synchronization

/// At most one job on the pool whose outcome is asked for later. One caller at a time.
final class OutstandingJob: Sendable {
    private enum State {
        case idle
        case running(waiter: CheckedContinuation<Void, any Error>?)
        /// Sticky: what was to follow the failed job must not run.
        case failed(any Error)
    }

    private let state = Mutex(State.idle)

    /// Waits for the job before, then hands over `body`. Throws what the one before threw, or the pool's failure.
    func start(on pool: BlockingPool, _ body: @escaping @Sendable () throws -> Void) async throws {
        try await wait()
        state.withLock { $0 = .running(waiter: nil) }
        let failure = pool.submit { self.end(Result(catching: body)) }
        if let failure {
            end(.failure(failure))
            throw failure
        }
    }

    func wait() async throws {
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
            let outcome: Result<Void, any Error>? = state.withLock { state in
                switch state {
                case .idle: return .success(())
                case .failed(let error): return .failure(error)
                case .running(let waiter):
                    precondition(waiter == nil, "one caller at a time")
                    state = .running(waiter: continuation)
                    return nil
                }
            }
            if let outcome { continuation.resume(with: outcome) }
        }
    }

    private func end(_ result: Result<Void, any Error>) {
        let waiter: CheckedContinuation<Void, any Error>? = state.withLock { state in
            guard case .running(let waiter) = state else { preconditionFailure("only a running job ends") }
            switch result {
            case .success: state = .idle
            case .failure(let error): state = .failed(error)
            }
            return waiter
        }
        waiter?.resume(with: result)
    }
}
