import Identity
import Model
import Queues

/// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_GetQueueUrl.html
enum GetQueueURL: SQSOperation {
    static let wire = SQSOperationWire(name: "GetQueueUrl", response: "GetQueueUrlResponse", result: "GetQueueUrlResult")

    static func run(_ call: SQSCall) async throws -> SQSAnswer {
        let name = try call.queueName()
        let owner = try call.input.string("QueueOwnerAWSAccountId") ?? call.principal.account.rawValue
        guard let account = AccountID(owner) else {
            throw SQSError.invalidParameter("Value \(owner) for parameter QueueOwnerAWSAccountId is invalid.")
        }
        let address = call.address(name, of: account)
        try call.authorize(.sqs("GetQueueUrl"), on: address)
        guard try await call.queues.exists(address) else { throw QueueError.queueDoesNotExist }
        var output = SQSOutput()
        output.add("QueueUrl", call.url(of: address))
        return SQSAnswer(output: output)
    }
}
