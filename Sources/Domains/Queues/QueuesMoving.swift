import Environment
import Model
import StoragePorts

/// Move tasks.
extension Queues {
    /// How long the tasks stand still after a step that failed.
    private static let moveRetryPause: Duration = .seconds(5)
    /// Between steps of tasks that nothing holds back, so that requests come in between.
    private static let movePause: Duration = .milliseconds(5)

    /// Starts to move the messages that `source` holds now: to `destination`, or each to the queue that it came from. Returns the task's
    /// id; the moves are made by `runMoves`, over restarts too.
    package func startMove(
        from source: QueueAddress, to destination: QueueAddress?, perSecondMax: Int?
    ) async throws -> Committed<String> {
        try MessageRules.check("MaxNumberOfMessagesPerSecond", perSecondMax, QueueLimits.movedPerSecond)
        guard source != destination else {
            throw QueueError.invalidParameter("The source and the destination of a task cannot be the same queue.")
        }
        let sources: [QueueAddress]
        do {
            sources = try await deadLetterSources(of: source)
        } catch QueueError.queueDoesNotExist {
            throw QueueError.noSuchResource("SourceArn")
        }
        guard !sources.isEmpty else {
            throw QueueError.invalidParameter("Source queue must be configured as a Dead Letter Queue.")
        }
        let started = try await commit(source) { [engine] in
            try engine.startMove(from: source, to: destination, perSecondMax: perSecondMax, in: $0)
        }
        moveAlarm.ring()
        return started
    }

    /// The queue's tasks, the latest first, at most `QueueLimits.keptMoveTasksMax`.
    package func moveTasks(of source: QueueAddress) async throws -> [MoveTask] {
        try await ledger.read { [engine] snapshot in
            guard let record = try engine.find(source, in: snapshot) else { throw QueueError.noSuchResource("SourceArn") }
            return try engine.moves(of: record.incarnation, in: snapshot).reversed().map { try MoveTask($0.task) }
        }
    }

    /// Ends a running task. Returns how many messages it had moved; those stay where they are.
    package func cancelMove(_ id: String, of source: QueueAddress) async throws -> Committed<Int> {
        try await commit(source) { [engine] in try engine.cancelMove(id, of: source, in: $0) }
    }

    /// Makes the running tasks' moves until the task is cancelled. `failed` hears of steps that did not succeed; they are made again.
    package func runMoves(failed: @Sendable (any Error) -> Void) async {
        while !Task.isCancelled {
            do {
                await moveAlarm.sleep(atMost: try await stepMoves().map { max($0, Self.movePause) })
            } catch {
                failed(error)
                try? await Task.sleep(for: Self.moveRetryPause)
            }
        }
    }

    /// One bounded step of every running task. Returns how long until the next is due; nil when none runs.
    @discardableResult
    package func stepMoves() async throws -> Duration? {
        var next: Int64?
        for running in try await ledger.read({ [engine] in try engine.runningMoves(in: $0) }) {
            let pause = try await commit(running.source) { [engine] in try engine.stepMove(running, in: $0) }.value
            if let pause { next = min(next ?? pause, pause) }
        }
        return next.map { .milliseconds($0) }
    }
}
