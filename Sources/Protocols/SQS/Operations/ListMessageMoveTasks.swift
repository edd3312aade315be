import Identity
import Model
import Queues

/// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ListMessageMoveTasks.html
enum ListMessageMoveTasks: SQSOperation {
    static let wire = SQSOperationWire(
        name: "ListMessageMoveTasks", response: "ListMessageMoveTasksResponse", result: "ListMessageMoveTasksResult")

    static func run(_ call: SQSCall) async throws -> SQSAnswer {
        let source = try call.queue(named: "SourceArn", for: .sqs("ListMessageMoveTasks"))
        let countMax = try call.input.integer("MaxResults") ?? 1
        guard (1...QueueLimits.keptMoveTasksMax).contains(countMax) else {
            throw SQSError.invalidParameter(
                "Value \(countMax) for parameter MaxResults is invalid. Reason: Must be between 1 and \(QueueLimits.keptMoveTasksMax), "
                    + "if provided.")
        }
        let arn = call.queues.engine.arn(of: source)
        let tasks = try await call.queues.moveTasks(of: source)
        var output = SQSOutput()
        let results = tasks.prefix(countMax).map { encode($0, arn) }
        if !results.isEmpty { output.add("Results", xml: "ListMessageMoveTasksResultEntry", .structures(results)) }
        return SQSAnswer(output: output)
    }

    private static func encode(_ task: MoveTask, _ source: ARN) -> SQSOutput {
        var output = SQSOutput()
        if task.status == .running { output.add("TaskHandle", MoveTaskHandle(task: task.id, source: source).text) }
        output.add("Status", name(of: task.status))
        output.add("SourceArn", source.description)
        output.add("DestinationArn", task.destination?.description)
        if let rate = task.perSecondMax { output.add("MaxNumberOfMessagesPerSecond", .number(rate)) }
        output.add("ApproximateNumberOfMessagesMoved", .number(task.movedCount))
        output.add("ApproximateNumberOfMessagesToMove", .number(task.countAtStart))
        if task.status == .failed { output.add("FailureReason", task.failure?.rawValue) }
        output.add("StartedTimestamp", .number(Int(task.started.milliseconds)))
        return output
    }

    private static func name(of status: MoveTask.Status) -> String {
        switch status {
        case .running: "RUNNING"
        case .completed: "COMPLETED"
        case .cancelled: "CANCELLED"
        case .failed: "FAILED"
        }
    }
}
