import Identity
import Queues

/// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_PurgeQueue.html
enum PurgeQueue: SQSOperation {
    static let wire = SQSOperationWire(name: "PurgeQueue", response: "PurgeQueueResponse", result: "PurgeQueueResult")

    static func run(_ call: SQSCall) async throws -> SQSAnswer {
        let queue = try call.queue(for: .sqs("PurgeQueue"))
        return SQSAnswer(lsn: try await call.queues.purge(queue))
    }
}
