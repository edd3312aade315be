import Identity
import Queues

/// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ListDeadLetterSourceQueues.html
enum ListDeadLetterSourceQueues: SQSOperation {
    static let wire = SQSOperationWire(
        name: "ListDeadLetterSourceQueues", response: "ListDeadLetterSourceQueuesResponse", result: "ListDeadLetterSourceQueuesResult")

    static func run(_ call: SQSCall) async throws -> SQSAnswer {
        let queue = try call.queue(for: .sqs("ListDeadLetterSourceQueues"))
        let urls = try await call.queues.deadLetterSources(of: queue).map(call.url)
        var output = SQSOutput()
        // A small q: the JSON shape is not the XML one's twin here.
        output.add("queueUrls", xml: "QueueUrl", .texts(urls))
        return SQSAnswer(output: output)
    }
}
