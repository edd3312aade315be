import Identity
import Model
import Queues
import StoragePorts

/// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_StartMessageMoveTask.html
enum StartMessageMoveTask: SQSOperation {
    static let wire = SQSOperationWire(
        name: "StartMessageMoveTask", response: "StartMessageMoveTaskResponse", result: "StartMessageMoveTaskResult")

    static func run(_ call: SQSCall) async throws -> SQSAnswer {
        let source = try call.queue(named: "SourceArn", for: .sqs("StartMessageMoveTask"))
        for action in ["ReceiveMessage", "DeleteMessage"] { try call.authorize(.sqs(action), on: source) }
        let destination = try call.input.string("DestinationArn").map { _ in
            try call.queue(named: "DestinationArn", for: .sqs("SendMessage"))
        }
        if destination == nil {
            // Every queue that the messages may go back to.
            for origin in (try? await call.queues.deadLetterSources(of: source)) ?? [] {
                try call.authorize(.sqs("SendMessage"), on: origin)
            }
        }
        let rate = try call.input.integer("MaxNumberOfMessagesPerSecond")
        let started = try await call.queues.startMove(from: source, to: destination, perSecondMax: rate)
        var output = SQSOutput()
        output.add("TaskHandle", MoveTaskHandle(task: started.value, source: call.queues.engine.arn(of: source)).text)
        return SQSAnswer(output: output, lsn: started.lsn)
    }
}
