import Identity
import Queues

/// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_RemovePermission.html
enum RemovePermission: SQSOperation {
    static let wire = SQSOperationWire(name: "RemovePermission", response: "RemovePermissionResponse", result: "RemovePermissionResult")

    static func run(_ call: SQSCall) async throws -> SQSAnswer {
        let queue = try call.queue(for: .sqs("RemovePermission"))
        let label = try QueuePermission.label(call.input)
        return SQSAnswer(lsn: try await call.queues.changePolicy(queue) { try QueuePermission.removed(label, from: $0) })
    }
}
