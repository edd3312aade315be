import Identity
import Queues

/// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html
enum SetQueueAttributes: SQSOperation {
    static let wire = SQSOperationWire(
        name: "SetQueueAttributes", response: "SetQueueAttributesResponse", result: "SetQueueAttributesResult")

    static func run(_ call: SQSCall) async throws -> SQSAnswer {
        let queue = try call.queue(for: .sqs("SetQueueAttributes"))
        let pairs = try call.input.strings(map: "Attributes", query: "Attribute")
        guard !pairs.isEmpty else { throw SQSError.missingParameter("Attributes") }
        return SQSAnswer(lsn: try await call.queues.setAttributes(queue, try SQSAttributes.changes(pairs)))
    }
}
