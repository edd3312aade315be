import Identity
import Queues

/// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ListQueueTags.html
enum ListQueueTags: SQSOperation {
    static let wire = SQSOperationWire(name: "ListQueueTags", response: "ListQueueTagsResponse", result: "ListQueueTagsResult")

    static func run(_ call: SQSCall) async throws -> SQSAnswer {
        let queue = try call.queue(for: .sqs("ListQueueTags"))
        let tags = try await call.queues.tags(of: queue)
        var output = SQSOutput()
        if !tags.isEmpty { output.add("Tags", xml: "Tag", .textMap(tags, key: "Key", value: "Value")) }
        return SQSAnswer(output: output)
    }
}
