/// A fixed number of threads for calls that block, so that these never hold an event loop or Swift's cooperative pool.
///
/// Jobs start in the order they came. At most `queueMax` wait: past that `run` throws instead of letting memory grow,
/// and the caller answers "slow down".
package final class BlockingPool: Sendable {
    package enum Failure: Error, Equatable, Sendable {
        /// All threads work and `queueMax` jobs wait. A retry later is safe: the job has not run.
        case full
        /// `shutDown` was called. The job has not run.
        case shutDown
    }

    typealias Job = @Sendable () -> Void

    private struct State {
        var jobs = JobQueue()
        var isShutDown = false
    }

    private let monitor = Monitor(State())
    private let threads: [DedicatedThread]
    private let queueMax: Int
    private let isInline: Bool

    /// Threads are called `name-0`, `name-1`, ...
    package init(name: String, threadCount: Int, queueMax: Int) {
        precondition(threadCount > 0 && queueMax > 0)
        self.queueMax = queueMax
        self.isInline = false
        // Threads hold the monitor, not the pool, so that a forgotten pool ends.
        let monitor = self.monitor
        self.threads = (0..<threadCount).map { index in
            DedicatedThread(name: "\(name)-\(index)") { Self.work(monitor) }
        }
    }

    private init() {
        queueMax = 0
        isInline = true
        threads = []
    }

    /// A pool without threads: each job runs to its end on the caller's thread before `run` or `submit` goes on. For simulations,
    /// whose disk operations then happen in one order.
    package static func inline() -> BlockingPool { BlockingPool() }

    deinit {
        monitor.withLock { $0.isShutDown = true }
        monitor.wakeAll()
    }

    /// Jobs that wait for a thread.
    package var queueDepth: Int { monitor.withLock { $0.jobs.count } }

    /// Runs `body` on one of the threads and returns what it returns or throws; throws `Failure` when it did not run.
    /// A cancelled caller still waits for its job.
    package func run<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            let failure = submit { continuation.resume(with: Result(catching: body)) }
            if let failure { continuation.resume(throwing: failure) }
        }
    }

    /// Runs what waits, takes nothing more, and ends the threads. Blocks until then; not from one of its own threads.
    package func shutDown() {
        monitor.withLock { $0.isShutDown = true }
        monitor.wakeAll()
        for thread in threads { thread.join() }
    }

    /// Hands over a job and goes on; returns why it will not run, or nil. The job tells its outcome itself.
    package func submit(_ job: @escaping @Sendable () -> Void) -> Failure? {
        if isInline { return runNow(job) }
        let failure: Failure? = monitor.withLock { state in
            if state.isShutDown { return .shutDown }
            if state.jobs.count >= queueMax { return .full }
            state.jobs.append(job)
            return nil
        }
        if failure == nil { monitor.wakeOne() }
        return failure
    }

    private func runNow(_ job: Job) -> Failure? {
        if monitor.withLock({ $0.isShutDown }) { return .shutDown }
        job()
        return nil
    }

    private static func work(_ monitor: Monitor<State>) {
        while true {
            // The outer optional is "sleep on", the inner one "end".
            let next: Job? = monitor.wait { state -> Job?? in
                if let job = state.jobs.popFirst() { return .some(job) }
                return state.isShutDown ? .some(nil) : nil
            }
            guard let next else { return }
            next()
        }
    }
}

/// First in, first out, in constant time: one stack is filled, the other, turned round, emptied.
private struct JobQueue {
    private var incoming: [BlockingPool.Job] = []
    private var outgoing: [BlockingPool.Job] = []

    var count: Int { incoming.count + outgoing.count }

    mutating func append(_ job: @escaping BlockingPool.Job) { incoming.append(job) }

    mutating func popFirst() -> BlockingPool.Job? {
        if outgoing.isEmpty {
            outgoing = incoming.reversed()
            incoming.removeAll(keepingCapacity: true)
        }
        return outgoing.popLast()
    }
}
