import Identity
import Queues

/// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_TagQueue.html
enum TagQueue: SQSOperation {
    static let wire = SQSOperationWire(name: "TagQueue", response: "TagQueueResponse", result: "TagQueueResult")

    static func run(_ call: SQSCall) async throws -> SQSAnswer {
        let queue = try call.queue(for: .sqs("TagQueue"))
        let tags = try call.input.strings(map: "Tags", query: "Tag", key: "Key")
        guard !tags.isEmpty else { throw SQSError.missingParameter("Tags") }
        return SQSAnswer(lsn: try await call.queues.tag(queue, tags))
    }
}
