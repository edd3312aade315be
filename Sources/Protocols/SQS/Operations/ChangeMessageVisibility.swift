import Identity
import Queues

/// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ChangeMessageVisibility.html
enum ChangeMessageVisibility: SQSOperation {
    static let wire = SQSOperationWire(
        name: "ChangeMessageVisibility", response: "ChangeMessageVisibilityResponse", result: "ChangeMessageVisibilityResult")

    static func run(_ call: SQSCall) async throws -> SQSAnswer {
        let queue = try call.queue(for: .sqs("ChangeMessageVisibility"))
        let handle = try call.input.requiredString("ReceiptHandle")
        guard let seconds = try call.input.integer("VisibilityTimeout") else { throw SQSError.missingParameter("VisibilityTimeout") }
        let lsn = try await call.queues.changeVisibility(VisibilityChange(receiptHandle: handle, seconds: seconds), in: queue)
        return SQSAnswer(lsn: lsn)
    }
}
