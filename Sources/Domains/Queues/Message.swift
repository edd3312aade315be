import Model

/// A message attribute that a sender attaches for consumers.
package struct MessageAttribute: Hashable, Sendable {
    package enum Value: Hashable, Sendable {
        case text(String)
        case binary([UInt8])
    }

    package let name: String
    /// `String`, `Number` or `Binary`, with an optional label: `Number.float`.
    package let type: String
    package let value: Value

    package init(name: String, type: String, value: Value) {
        self.name = name
        self.type = type
        self.value = value
    }

    /// What the attribute counts towards the message's size.
    var byteCount: Int {
        switch value {
        case .text(let text): name.utf8.count + type.utf8.count + text.utf8.count
        case .binary(let bytes): name.utf8.count + type.utf8.count + bytes.count
        }
    }
}

/// A message as its sender gives it.
package struct OutgoingMessage: Hashable, Sendable {
    package var body: String
    package var attributes: [MessageAttribute]
    /// The `AWSTraceHeader` system attribute.
    package var traceHeader: String?
    /// The trace of the request that sends the message, which consumers see where the message has no `traceHeader`.
    package var requestTrace: String?
    /// `MessageGroupId`: whose message it is where tenants share the queue. Kept and given back.
    package var groupID: String?
    /// Nil takes the queue's delay.
    package var delaySeconds: Int?
    /// What consumers see as `SenderId`.
    package var sender: String

    package init(
        body: String, attributes: [MessageAttribute] = [], traceHeader: String? = nil, requestTrace: String? = nil,
        groupID: String? = nil, delaySeconds: Int? = nil, sender: String
    ) {
        self.body = body
        self.attributes = attributes
        self.traceHeader = traceHeader
        self.requestTrace = requestTrace
        self.groupID = groupID
        self.delaySeconds = delaySeconds
        self.sender = sender
    }

    /// What counts towards the limits: body and attributes.
    package var byteCount: Int { attributes.reduce(body.utf8.count) { $0 + $1.byteCount } }
}

/// A message that is in the queue, durably.
package struct SentMessage: Hashable, Sendable {
    package let messageID: String
    /// 32 lower-case hexadecimal digits.
    package let bodyMD5: String
    /// Nil without attributes.
    package let attributesMD5: String?
    package let systemAttributesMD5: String?
}

/// A message as a consumer gets it.
package struct ReceivedMessage: Hashable, Sendable {
    package let messageID: String
    package let receiptHandle: String
    package let body: String
    package let bodyMD5: String
    /// Those that the request asked for, by name in order.
    package let attributes: [MessageAttribute]
    /// Over `attributes`; nil when there are none.
    package let attributesMD5: String?
    package let sender: String
    package let sent: Timestamp
    /// In all queues that the message was in, this receive included.
    package let receiveCount: Int
    package let firstReceived: Timestamp
    package let traceHeader: String?
    package let groupID: String?
    /// The queue that this dead letter comes from.
    package let deadLetterSource: String?
}

/// Which message attributes a receive wants.
package struct AttributeSelection: Hashable, Sendable {
    private var everything = false
    private var names: Set<String> = []
    private var prefixes: [String] = []

    /// From `MessageAttributeNames`: a name, `All`, `*`, `.*`, or a prefix ending in `.*`.
    package init(_ patterns: [String]) {
        for pattern in patterns {
            if ["All", "*", ".*"].contains(pattern) {
                everything = true
            } else if pattern.hasSuffix(".*") {
                prefixes.append(String(pattern.dropLast(2)))
            } else {
                names.insert(pattern)
            }
        }
    }

    func contains(_ name: String) -> Bool {
        everything || names.contains(name) || prefixes.contains { name.hasPrefix($0) }
    }
}

/// One `ReceiveMessage`.
package struct ReceiveRequest: Hashable, Sendable {
    package var countMax: Int
    /// Nil takes the queue's.
    package var visibilityTimeoutSeconds: Int?
    /// How long to wait for the first message; nil takes the queue's.
    package var waitSeconds: Int?
    package var attributes: AttributeSelection

    package init(
        countMax: Int = 1, visibilityTimeoutSeconds: Int? = nil, waitSeconds: Int? = nil,
        attributes: AttributeSelection = AttributeSelection([])
    ) {
        self.countMax = countMax
        self.visibilityTimeoutSeconds = visibilityTimeoutSeconds
        self.waitSeconds = waitSeconds
        self.attributes = attributes
    }

    func validate() throws(QueueError) {
        try MessageRules.check("MaxNumberOfMessages", countMax, QueueLimits.receiveMessages)
        try MessageRules.check("VisibilityTimeout", visibilityTimeoutSeconds, QueueLimits.visibilityTimeoutSeconds)
        let waits = QueueLimits.receiveWaitSeconds
        if let waitSeconds, !waits.contains(waitSeconds) {
            throw .invalidParameter(
                "Value \(waitSeconds) for parameter WaitTimeSeconds is invalid. Reason: Must be >= \(waits.lowerBound) and "
                    + "<= \(waits.upperBound), if provided.")
        }
    }
}
