import Model

/// What may be told of a bucket's objects. The raw value is the bit's place in a target's set, which is stored: never renumber.
package enum NotificationEvent: UInt8, Sendable, CaseIterable {
    case objectCreatedPut = 0
    case objectCreatedPost = 1
    case objectCreatedCopy = 2
    case objectCreatedCompleteMultipartUpload = 3
    case objectRemovedDelete = 4
    case objectRemovedDeleteMarkerCreated = 5
    case objectRestorePost = 6
    case objectRestoreCompleted = 7
    case objectRestoreDelete = 8
    case reducedRedundancyLostObject = 9
    case replicationOperationFailed = 10
    case replicationOperationNotTracked = 11
    case replicationOperationMissedThreshold = 12
    case replicationOperationReplicatedAfterThreshold = 13
    case objectTaggingPut = 14
    case objectTaggingDelete = 15
    case objectAclPut = 16
    case lifecycleExpirationDelete = 17
    case lifecycleExpirationDeleteMarkerCreated = 18
    case lifecycleTransition = 19
    case intelligentTiering = 20
}

/// Which changes a target hears of: one event, or all of a family (`s3:ObjectCreated:*`).
package struct EventPattern: Hashable, Sendable {
    /// As the client wrote it.
    package let wireName: String
    package let events: Set<NotificationEvent>
}

/// Announces changes of a bucket's objects to a queue or a function.
package struct NotificationTarget: Hashable, Sendable {
    /// Nil or empty: one is made up when the configuration is stored.
    package var id: String?
    package var arn: ARN
    package var events: [EventPattern]
    /// Compared with the raw key; nil matches every key, as an empty one does.
    package var prefix: String?
    package var suffix: String?

    package init(id: String? = nil, arn: ARN, events: [EventPattern], prefix: String? = nil, suffix: String? = nil) {
        self.id = id
        self.arn = arn
        self.events = events
        self.prefix = prefix
        self.suffix = suffix
    }
}

package struct NotificationConfiguration: Hashable, Sendable {
    package var queues: [NotificationTarget]
    package var functions: [NotificationTarget]
    /// All events go to the account's event bus too, without any filter.
    package var sendsToEventBus: Bool

    package init(queues: [NotificationTarget] = [], functions: [NotificationTarget] = [], sendsToEventBus: Bool = false) {
        self.queues = queues
        self.functions = functions
        self.sendsToEventBus = sendsToEventBus
    }

    /// Queues first.
    package var targets: [NotificationTarget] { queues + functions }
}

/// What is wrong with a configuration.
package enum NotificationProblem: Hashable, Sendable {
    case tooManyTargets(limit: Int)
    case duplicateID(String)
    case idTooLong(String)
    case noEvents(id: String)
    /// Two targets share an event and keys.
    case overlap(String, String)
    /// The target's ARN is not a queue's.
    case notAQueue(ARN)
    /// The target's ARN is not a function's.
    case notAFunction(ARN)
    case filterTooLong(id: String)
}
