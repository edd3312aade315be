import Identity
import Queues

/// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_AddPermission.html
enum AddPermission: SQSOperation {
    static let wire = SQSOperationWire(name: "AddPermission", response: "AddPermissionResponse", result: "AddPermissionResult")

    static func run(_ call: SQSCall) async throws -> SQSAnswer {
        let queue = try call.queue(for: .sqs("AddPermission"))
        let permission = try QueuePermission(call.input)
        let arn = call.queues.engine.arn(of: queue)
        return SQSAnswer(lsn: try await call.queues.changePolicy(queue) { try permission.added(to: $0, of: arn) })
    }
}
