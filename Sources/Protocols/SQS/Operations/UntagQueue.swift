import Identity
import Queues

/// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_UntagQueue.html
enum UntagQueue: SQSOperation {
    static let wire = SQSOperationWire(name: "UntagQueue", response: "UntagQueueResponse", result: "UntagQueueResult")

    static func run(_ call: SQSCall) async throws -> SQSAnswer {
        let queue = try call.queue(for: .sqs("UntagQueue"))
        let keys = try call.input.strings("TagKeys", query: "TagKey")
        guard !keys.isEmpty else { throw SQSError.missingParameter("TagKeys") }
        return SQSAnswer(lsn: try await call.queues.untag(queue, keys))
    }
}
