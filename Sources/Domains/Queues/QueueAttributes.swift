import Model

/// A queue's settings, all within their limits.
package struct QueueAttributes: Hashable, Sendable {
    package var delaySeconds = 0
    /// The largest message that is accepted, body and attributes together.
    package var messageBytesMax = 1_048_576
    package var retentionSeconds = 345_600
    package var receiveWaitSeconds = 0
    package var visibilityTimeoutSeconds = 30
    /// A policy document as the client gave it; nil when there is none.
    package var policy: String?
    package var redrive: RedrivePolicy?
    package var redriveAllow: RedriveAllowPolicy?
    /// Whether new messages are sealed; `SqsManagedSseEnabled`.
    package var isEncrypted = false

    package init() {}
}

/// When and whereto messages that fail again and again are moved.
package struct RedrivePolicy: Hashable, Sendable {
    package let deadLetter: ARN
    /// A message received this often moves at the next receive. 1 to 1,000.
    package let receivesMax: Int

    package init(deadLetter: ARN, receivesMax: Int) {
        self.deadLetter = deadLetter
        self.receivesMax = receivesMax
    }
}

/// Which queues may name this one as their dead-letter queue.
package enum RedriveAllowPolicy: Hashable, Sendable {
    case allowAll
    case denyAll
    /// At most `QueueLimits.redriveSourcesMax`.
    case byQueue([ARN])
}

/// What a request sets; nil leaves a setting as it is, `.some(nil)` removes one.
package struct QueueAttributeChanges: Hashable, Sendable {
    package var delaySeconds: Int?
    package var messageBytesMax: Int?
    package var retentionSeconds: Int?
    package var receiveWaitSeconds: Int?
    package var visibilityTimeoutSeconds: Int?
    package var policy: String??
    package var redrive: RedrivePolicy??
    package var redriveAllow: RedriveAllowPolicy??
    package var isEncrypted: Bool?

    package init() {}

    /// Throws `.invalidAttributeValue` for the first one out of its limits.
    func validate() throws(QueueError) {
        try Self.check("DelaySeconds", delaySeconds, QueueLimits.delaySeconds)
        try Self.check("MaximumMessageSize", messageBytesMax, QueueLimits.messageBytes)
        try Self.check("MessageRetentionPeriod", retentionSeconds, QueueLimits.retentionSeconds)
        try Self.check("ReceiveMessageWaitTimeSeconds", receiveWaitSeconds, QueueLimits.receiveWaitSeconds)
        try Self.check("VisibilityTimeout", visibilityTimeoutSeconds, QueueLimits.visibilityTimeoutSeconds)
        if case .some(.some(let policy)) = policy, policy.utf8.count > QueueLimits.policyBytesMax {
            throw .invalidAttributeValue(name: "Policy", value: "more than \(QueueLimits.policyBytesMax) bytes")
        }
        if case .some(.some(let redrive)) = redrive {
            let counts = QueueLimits.deadLetterReceives
            guard counts.contains(redrive.receivesMax) else {
                throw .invalidRedrivePolicy(
                    redrive.deadLetter.description,
                    "Invalid value for maxReceiveCount: \(redrive.receivesMax), valid values are from \(counts.lowerBound) to "
                        + "\(counts.upperBound) both inclusive.")
            }
        }
        if case .some(.some(.byQueue(let sources))) = redriveAllow, !(1...QueueLimits.redriveSourcesMax).contains(sources.count) {
            throw .invalidAttributeValue(name: "RedriveAllowPolicy", value: "\(sources.count) source queues")
        }
    }

    /// The settings after the change.
    func applied(to before: QueueAttributes) -> QueueAttributes {
        var after = before
        if let delaySeconds { after.delaySeconds = delaySeconds }
        if let messageBytesMax { after.messageBytesMax = messageBytesMax }
        if let retentionSeconds { after.retentionSeconds = retentionSeconds }
        if let receiveWaitSeconds { after.receiveWaitSeconds = receiveWaitSeconds }
        if let visibilityTimeoutSeconds { after.visibilityTimeoutSeconds = visibilityTimeoutSeconds }
        if let policy { after.policy = policy }
        if let redrive { after.redrive = redrive }
        if let redriveAllow { after.redriveAllow = redriveAllow }
        if let isEncrypted { after.isEncrypted = isEncrypted }
        return after
    }

    private static func check(_ name: String, _ value: Int?, _ range: ClosedRange<Int>) throws(QueueError) {
        if let value, !range.contains(value) { throw .invalidAttributeValue(name: name, value: String(value)) }
    }
}

extension QueueAttributes {
    /// The wire name of a setting that differs, or nil when all agree.
    func firstDifference(from other: QueueAttributes) -> String? {
        if delaySeconds != other.delaySeconds { return "DelaySeconds" }
        if messageBytesMax != other.messageBytesMax { return "MaximumMessageSize" }
        if retentionSeconds != other.retentionSeconds { return "MessageRetentionPeriod" }
        if receiveWaitSeconds != other.receiveWaitSeconds { return "ReceiveMessageWaitTimeSeconds" }
        if visibilityTimeoutSeconds != other.visibilityTimeoutSeconds { return "VisibilityTimeout" }
        if policy != other.policy { return "Policy" }
        if redrive != other.redrive { return "RedrivePolicy" }
        if redriveAllow != other.redriveAllow { return "RedriveAllowPolicy" }
        if isEncrypted != other.isEncrypted { return "SqsManagedSseEnabled" }
        return nil
    }
}

/// A queue as a client sees it.
package struct QueueDescription: Hashable, Sendable {
    package let arn: ARN
    package let attributes: QueueAttributes
    package let created: Timestamp
    /// Of the last change of an attribute.
    package let modified: Timestamp
    /// Messages that may be received now. Exact but for what is under way.
    package let visibleCount: Int
    /// Messages received and neither deleted nor timed out.
    package let inFlightCount: Int
    /// Messages whose delay is not over.
    package let delayedCount: Int
}
