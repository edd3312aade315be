import Identity
import Queues

/// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_DeleteMessage.html
enum DeleteMessage: SQSOperation {
    static let wire = SQSOperationWire(name: "DeleteMessage", response: "DeleteMessageResponse", result: "DeleteMessageResult")

    static func run(_ call: SQSCall) async throws -> SQSAnswer {
        let queue = try call.queue(for: .sqs("DeleteMessage"))
        let handle = try call.input.requiredString("ReceiptHandle")
        return SQSAnswer(lsn: try await call.queues.deleteMessage(handle, from: queue))
    }
}
