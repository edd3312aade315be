import Identity
import Model
import Queues

/// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_CreateQueue.html
enum CreateQueue: SQSOperation {
    static let wire = SQSOperationWire(name: "CreateQueue", response: "CreateQueueResponse", result: "CreateQueueResult")

    static func run(_ call: SQSCall) async throws -> SQSAnswer {
        let address = call.address(try call.queueName())
        try call.authorize(.sqs("CreateQueue"), on: address)
        let changes = try SQSAttributes.changes(try call.input.strings(map: "Attributes", query: "Attribute"))
        let tags = try call.input.strings(map: "tags", query: "Tag", key: "Key")
        let lsn = try await call.queues.create(address, changes, tags: tags)
        var output = SQSOutput()
        output.add("QueueUrl", call.url(of: address))
        return SQSAnswer(output: output, lsn: lsn)
    }
}
