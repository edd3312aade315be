import Identity
import Queues

/// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_DeleteMessageBatch.html
enum DeleteMessageBatch: SQSOperation {
    static let wire = SQSOperationWire(
        name: "DeleteMessageBatch", response: "DeleteMessageBatchResponse", result: "DeleteMessageBatchResult")

    static func run(_ call: SQSCall) async throws -> SQSAnswer {
        let queue = try call.queue(for: .sqs("DeleteMessage"))
        let entries = try SQSBatches.entries(call.input, query: "DeleteMessageBatchRequestEntry") { entry in
            try entry.requiredString("ReceiptHandle")
        }
        let outcome = try await call.queues.deleteMessages(entries, from: queue)
        return SQSBatches.answer(outcome, successElement: "DeleteMessageBatchResultEntry") { _, _ in }
    }
}
