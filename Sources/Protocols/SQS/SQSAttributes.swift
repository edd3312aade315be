import AWSWire
import JSON
import Model
import NIOCore
import Queues

/// Queue attributes between their wire texts and the domain's values.
enum SQSAttributes {
    /// Throws for an unknown name, a value that makes no sense, and what Roost has not yet.
    static func changes(_ pairs: [(key: String, value: String)]) throws -> QueueAttributeChanges {
        var changes = QueueAttributeChanges()
        // Is refused as a whole, not for the first of the attributes that such a queue has.
        for (name, value) in pairs where name == "FifoQueue" { try set(name, value, in: &changes) }
        if pairs.contains(where: { $0.key == "KmsMasterKeyId" && !$0.value.isEmpty }),
            pairs.contains(where: { $0.key == "SqsManagedSseEnabled" && $0.value == "true" })
        {
            throw SQSError.twoEncryptions
        }
        for (name, value) in pairs { try set(name, value, in: &changes) }
        return changes
    }

    private static func set(_ name: String, _ value: String, in changes: inout QueueAttributeChanges) throws {
        switch name {
        case "DelaySeconds": changes.delaySeconds = try integer(name, value)
        case "MaximumMessageSize": changes.messageBytesMax = try integer(name, value)
        case "MessageRetentionPeriod": changes.retentionSeconds = try integer(name, value)
        case "ReceiveMessageWaitTimeSeconds": changes.receiveWaitSeconds = try integer(name, value)
        case "VisibilityTimeout": changes.visibilityTimeoutSeconds = try integer(name, value)
        case "Policy": changes.policy = .some(value.isEmpty ? nil : try policy(value))
        case "RedrivePolicy": changes.redrive = .some(value.isEmpty ? nil : try redrive(value))
        case "RedriveAllowPolicy": changes.redriveAllow = .some(value.isEmpty ? nil : try redriveAllow(value))
        case "SqsManagedSseEnabled": changes.isEncrypted = try flag(name, value)
        default: try refuseOrIgnore(name, value)
        }
    }

    /// What only switches off something that is off needs no storing; everything else is refused by name.
    private static func refuseOrIgnore(_ name: String, _ value: String) throws {
        switch name {
        case "FifoQueue" where value == "true": throw SQSError.unsupported("FIFO queues")
        // A queue that is no FIFO queue has none of these, whatever their value.
        case "DeduplicationScope", "FifoThroughputLimit": throw SQSError.onlyForFIFO(attribute: name)
        case "KmsMasterKeyId":
            if !value.isEmpty { throw SQSError.unsupported("Encryption of queues with a key of one's own (attribute \(name))") }
        case "KmsDataKeyReusePeriodSeconds":
            throw SQSError.unsupported("Encryption of queues with a key of one's own (attribute \(name))")
        default: throw QueueError.invalidAttributeName(name)
        }
    }

    private static func integer(_ name: String, _ value: String) throws -> Int {
        guard let number = Int(value) else { throw QueueError.invalidAttributeValue(name: name, value: value) }
        return number
    }

    private static func flag(_ name: String, _ value: String) throws -> Bool {
        guard let flag = ["true": true, "false": false][value] else { throw QueueError.invalidAttributeValue(name: name, value: value) }
        return flag
    }

    private static func object(_ name: String, _ value: String) throws -> JSONObject {
        let limits = JSONLimits(bytesMax: QueueLimits.policyBytesMax)
        guard let object = (try? JSONValue.parse(ByteBuffer(string: value), limits: limits))?.object else {
            throw QueueError.invalidAttributeValue(name: name, value: value)
        }
        return object
    }

    /// A policy is kept and given back. Its Allow statements ask for no more than callers may today: the owner everything, services
    /// of this server delivery. A Deny that is not carried out would be a false promise.
    private static func policy(_ value: String) throws -> String {
        guard let statement = try object("Policy", value)["Statement"] else {
            throw QueueError.invalidAttributeValue(name: "Policy", value: value)
        }
        for statement in statement.array ?? [statement] {
            guard let effect = statement.object?["Effect"]?.string else {
                throw QueueError.invalidAttributeValue(name: "Policy", value: value)
            }
            guard effect == "Allow" else { throw SQSError.unsupported("Deny statements in queue policies") }
        }
        return value
    }

    private static func redrive(_ value: String) throws -> RedrivePolicy {
        guard let object = try? object("RedrivePolicy", value) else {
            throw QueueError.invalidRedrivePolicy(value, "Redrive policy is not a valid JSON map.")
        }
        func required(_ name: String) throws -> JSONValue {
            if let member = object[name] { return member }
            throw QueueError.invalidRedrivePolicy(value, "Redrive policy does not contain mandatory attribute: \(name).")
        }
        let (target, count) = (try required("deadLetterTargetArn"), try required("maxReceiveCount"))
        guard let arn = target.string.flatMap(ARN.init) else {
            throw QueueError.invalidRedrivePolicy(value, "Invalid value for deadLetterTargetArn.")
        }
        // AWS's console writes the count as a number, many templates as a text.
        guard let count = count.int64 ?? count.string.flatMap(Int64.init) else {
            throw QueueError.invalidRedrivePolicy(value, "Invalid value for maxReceiveCount.")
        }
        return RedrivePolicy(deadLetter: arn, receivesMax: Int(count))
    }

    private static func redriveAllow(_ value: String) throws -> RedriveAllowPolicy {
        let object = try object("RedriveAllowPolicy", value)
        switch object["redrivePermission"]?.string {
        case "allowAll": return .allowAll
        case "denyAll": return .denyAll
        case "byQueue":
            let texts = object["sourceQueueArns"]?.array?.compactMap(\.string) ?? []
            return .byQueue(texts.compactMap { ARN($0) })
        default: throw QueueError.invalidAttributeValue(name: "RedriveAllowPolicy", value: value)
        }
    }

    // MARK: Out

    static let names: Set<String> = [
        "Policy", "VisibilityTimeout", "MaximumMessageSize", "MessageRetentionPeriod", "ApproximateNumberOfMessages",
        "ApproximateNumberOfMessagesNotVisible", "ApproximateNumberOfMessagesDelayed", "CreatedTimestamp", "LastModifiedTimestamp",
        "QueueArn", "DelaySeconds", "ReceiveMessageWaitTimeSeconds", "RedrivePolicy", "RedriveAllowPolicy", "SqsManagedSseEnabled",
        "FifoQueue", "ContentBasedDeduplication", "KmsMasterKeyId", "KmsDataKeyReusePeriodSeconds", "DeduplicationScope",
        "FifoThroughputLimit",
    ]

    /// All that the queue has, by name. What is not set is not there.
    static func all(_ queue: QueueDescription) -> [(key: String, value: String)] {
        let attributes = queue.attributes
        var all = [
            ("QueueArn", queue.arn.description), ("ApproximateNumberOfMessages", String(queue.visibleCount)),
            ("ApproximateNumberOfMessagesNotVisible", String(queue.inFlightCount)),
            ("ApproximateNumberOfMessagesDelayed", String(queue.delayedCount)), ("CreatedTimestamp", String(queue.created.seconds)),
            ("LastModifiedTimestamp", String(queue.modified.seconds)), ("VisibilityTimeout", String(attributes.visibilityTimeoutSeconds)),
            ("MaximumMessageSize", String(attributes.messageBytesMax)), ("MessageRetentionPeriod", String(attributes.retentionSeconds)),
            ("DelaySeconds", String(attributes.delaySeconds)), ("ReceiveMessageWaitTimeSeconds", String(attributes.receiveWaitSeconds)),
            ("SqsManagedSseEnabled", attributes.isEncrypted ? "true" : "false"),
        ]
        if let policy = attributes.policy { all.append(("Policy", policy)) }
        if let redrive = attributes.redrive { all.append(("RedrivePolicy", text(redrive))) }
        if let allow = attributes.redriveAllow { all.append(("RedriveAllowPolicy", text(allow))) }
        return all.map { (key: $0.0, value: $0.1) }
    }

    private static func text(_ redrive: RedrivePolicy) -> String {
        text(["deadLetterTargetArn": .string(redrive.deadLetter.description), "maxReceiveCount": .integer(redrive.receivesMax)])
    }

    private static func text(_ allow: RedriveAllowPolicy) -> String {
        switch allow {
        case .allowAll: text(["redrivePermission": .string("allowAll")])
        case .denyAll: text(["redrivePermission": .string("denyAll")])
        case .byQueue(let sources):
            text(["redrivePermission": .string("byQueue"), "sourceQueueArns": .strings(sources.map(\.description))])
        }
    }

    private static func text(_ object: JSONObject) -> String { String(buffer: JSONValue.object(object).bytes) }
}
