import Identity
import Queues

/// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ListDeadLetterSourceQueues.html
enum ListDeadLetterSourceQueues: SQSOperation {
    static let wire = SQSOperationWire(
        name: "ListDeadLetterSourceQueues", response: "ListDeadLetterSourceQueuesResponse", result: "ListDeadLetterSourceQueuesResult")

    static func run(_ call: SQSCall) async throws -> SQSAnswer {
        let queue = try call.queue(for: .sqs("ListDeadLetterSourceQueues"))
        let names = try await call.queues.deadLetterSources(of: queue)
        var output = SQSOutput()
        let urls = names.map { call.url(of: QueueAddress(account: queue.account, name: $0)) }
        // A small q: the JSON shape is not the XML one's twin here.
        output.add("queueUrls", xml: "QueueUrl", .texts(urls))
        return SQSAnswer(output: output)
    }
}
