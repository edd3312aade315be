import Identity
import Queues

/// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_GetQueueAttributes.html
enum GetQueueAttributes: SQSOperation {
    static let wire = SQSOperationWire(
        name: "GetQueueAttributes", response: "GetQueueAttributesResponse", result: "GetQueueAttributesResult")

    static func run(_ call: SQSCall) async throws -> SQSAnswer {
        let queue = try call.queue(for: .sqs("GetQueueAttributes"))
        let names = try call.input.strings("AttributeNames", query: "AttributeName")
        for name in names where name != "All" && !SQSAttributes.names.contains(name) { throw QueueError.invalidAttributeName(name) }
        let description = try await call.queues.describe(queue)
        let isAll = names.contains("All")
        let attributes = SQSAttributes.all(description).filter { isAll || names.contains($0.key) }
        var output = SQSOutput()
        if !attributes.isEmpty { output.add("Attributes", xml: "Attribute", .textMap(attributes, key: "Name", value: "Value")) }
        return SQSAnswer(output: output)
    }
}
