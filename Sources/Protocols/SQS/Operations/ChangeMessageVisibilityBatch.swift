import Identity
import Queues

/// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ChangeMessageVisibilityBatch.html
enum ChangeMessageVisibilityBatch: SQSOperation {
    static let wire = SQSOperationWire(
        name: "ChangeMessageVisibilityBatch", response: "ChangeMessageVisibilityBatchResponse", result: "ChangeMessageVisibilityBatchResult"
    )

    static func run(_ call: SQSCall) async throws -> SQSAnswer {
        let queue = try call.queue(for: .sqs("ChangeMessageVisibility"))
        let entries = try SQSBatches.entries(call.input, query: "ChangeMessageVisibilityBatchRequestEntry") { entry in
            let handle = try entry.requiredString("ReceiptHandle")
            guard let seconds = try entry.integer("VisibilityTimeout") else { throw QueueError.missingParameter("VisibilityTimeout") }
            return VisibilityChange(receiptHandle: handle, seconds: seconds)
        }
        let outcome = try await call.queues.changeVisibilities(entries, in: queue)
        return SQSBatches.answer(outcome, successElement: "ChangeMessageVisibilityBatchResultEntry") { _, _ in }
    }
}
