import Identity
import Queues

/// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_DeleteQueue.html
enum DeleteQueue: SQSOperation {
    static let wire = SQSOperationWire(name: "DeleteQueue", response: "DeleteQueueResponse", result: "DeleteQueueResult")

    static func run(_ call: SQSCall) async throws -> SQSAnswer {
        let queue = try call.queue(for: .sqs("DeleteQueue"))
        return SQSAnswer(lsn: try await call.queues.delete(queue))
    }
}
