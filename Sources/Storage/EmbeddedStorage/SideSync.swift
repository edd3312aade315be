import Environment

/// Runs a sync beside the caller's own, so that pack and journal reach the disk together: one after the other they
/// would take half as long again.
protocol SideSync: Sendable {
    typealias Work = @Sendable () throws -> Void

    /// Runs both and returns when both have ended; throws the error of one that failed.
    func together(_ side: @escaping Work, _ own: () throws -> Void) throws
    func close()
}

/// The side's job on a thread of its own.
final class ThreadedSideSync: SideSync {
    private struct State {
        var job: Work?
        var outcome: Result<Void, any Error>?
        var isClosed = false
    }

    private let monitor: Monitor<State>
    private let thread: DedicatedThread

    init() {
        let monitor = Monitor(State())
        self.monitor = monitor
        self.thread = DedicatedThread(name: "roost-sync") { Self.run(monitor) }
    }

    func together(_ side: @escaping Work, _ own: () throws -> Void) throws {
        monitor.withLock { state in
            precondition(state.job == nil && state.outcome == nil && !state.isClosed, "one sync at a time")
            state.job = side
        }
        monitor.wakeAll()
        let ownOutcome = Result { try own() }
        let sideOutcome = monitor.wait { $0.outcome.take() }
        try ownOutcome.get()
        try sideOutcome.get()
    }

    func close() {
        monitor.withLock { $0.isClosed = true }
        monitor.wakeAll()
        thread.join()
    }

    private static func run(_ monitor: Monitor<State>) {
        while let job = monitor.wait(until: next) {
            let outcome = Result { try job() }
            monitor.withLock { $0.outcome = outcome }
            monitor.wakeAll()
        }
    }

    /// A job, or `.some(nil)` at the end.
    private static func next(_ state: inout State) -> Work?? {
        if let job = state.job.take() { return .some(job) }
        return state.isClosed ? .some(nil) : nil
    }
}

/// Both jobs on the caller's thread, in an order that a seed decides; for simulations.
struct SteppedSideSync: SideSync {
    let random: any RandomSource

    func together(_ side: @escaping Work, _ own: () throws -> Void) throws {
        if random.next() & 1 == 0 {
            try side()
            try own()
        } else {
            try own()
            try side()
        }
    }

    func close() {}
}
