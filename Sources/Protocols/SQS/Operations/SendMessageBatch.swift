import Identity
import Model
import Queues

/// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessageBatch.html
enum SendMessageBatch: SQSOperation {
    static let wire = SQSOperationWire(name: "SendMessageBatch", response: "SendMessageBatchResponse", result: "SendMessageBatchResult")

    static func run(_ call: SQSCall) async throws -> SQSAnswer {
        let queue = try call.queue(for: .sqs("SendMessage"))
        let entries = try SQSBatches.entries(call.input, query: "SendMessageBatchRequestEntry") {
            try SQSMessages.message($0, call)
        }
        let outcome = try await call.queues.sendBatch(entries, to: queue)
        return SQSBatches.answer(outcome, successElement: "SendMessageBatchResultEntry") { sent, output in
            SQSMessages.add(sent, to: &output)
        }
    }
}
