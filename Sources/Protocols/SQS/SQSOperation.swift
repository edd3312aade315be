import Model

/// One of SQS's operations. Its steps are always the same: decode, authorise, validate, call the domain, encode.
protocol SQSOperation: SendableMetatype {
    static var wire: SQSOperationWire { get }
    static func run(_ call: SQSCall) async throws -> SQSAnswer
}

/// An operation's names on the wire: the action, and the elements of its XML answer.
struct SQSOperationWire: Sendable {
    let name: String
    let response: StaticString
    let result: StaticString
}

/// What an operation gives back.
struct SQSAnswer: Sendable {
    /// Nil for operations that answer nothing.
    var output: SQSOutput?
    /// The position of a write.
    var lsn: LSN?
}

enum SQSOperations {
    private static let all: [any SQSOperation.Type] = [
        AddPermission.self, CancelMessageMoveTask.self, ChangeMessageVisibility.self, ChangeMessageVisibilityBatch.self, CreateQueue.self,
        DeleteMessage.self, DeleteMessageBatch.self, DeleteQueue.self, GetQueueAttributes.self, GetQueueURL.self,
        ListDeadLetterSourceQueues.self, ListMessageMoveTasks.self, ListQueueTags.self, ListQueues.self, PurgeQueue.self,
        ReceiveMessage.self, RemovePermission.self, SendMessage.self, SendMessageBatch.self, SetQueueAttributes.self,
        StartMessageMoveTask.self, TagQueue.self, UntagQueue.self,
    ]

    private static let byName = Dictionary(uniqueKeysWithValues: all.map { ($0.wire.name, $0) })

    /// What is asked of the service and not of one of its queues: in the query protocol a queue's own URL does not know it.
    private static let notOfQueues: Set<String> = ["CreateQueue", "ListQueues"]

    static func named(_ action: String, atQueue: Bool) -> (any SQSOperation.Type)? {
        atQueue && notOfQueues.contains(action) ? nil : byName[action]
    }

    static func refusal(of action: String, _ format: SQSFormat) -> SQSError {
        if case .json = format { return .unknownOperation(action, isJSON: true) }
        return .unknownOperation(action, isJSON: false)
    }
}
