import Identity
import Model
import Queues
import StoragePorts

/// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
enum SendMessage: SQSOperation {
    static let wire = SQSOperationWire(name: "SendMessage", response: "SendMessageResponse", result: "SendMessageResult")

    static func run(_ call: SQSCall) async throws -> SQSAnswer {
        let queue = try call.queue(for: .sqs("SendMessage"))
        let message = try SQSMessages.message(call.input, call)
        let sent = try await call.queues.send(message, to: queue)
        var output = SQSOutput()
        SQSMessages.add(sent.value, to: &output)
        return SQSAnswer(output: output, lsn: sent.lsn)
    }
}
