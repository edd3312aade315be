import Model
import StoragePorts
import SwiftProtobuf

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// A queue as the ledger keeps it.
struct QueueRecord: Sendable {
    /// LSN of the commit that made the queue.
    var incarnation: UInt64
    /// Prefix of the messages' keys.
    var space: UInt64
    var created: Timestamp
    var modified: Timestamp
    /// When the queue was last purged; nil when it never was.
    var purged: Timestamp?
    var attributes: QueueAttributes
    /// The queue's key, wrapped by a master key; empty until it is first to encrypt.
    var wrappedKey: [UInt8] = []
    var tags: [(key: String, value: String)]

    init(incarnation: UInt64, created: Timestamp, attributes: QueueAttributes, tags: [(key: String, value: String)]) {
        self.incarnation = incarnation
        self.space = incarnation
        self.created = created
        self.modified = created
        self.attributes = attributes
        self.tags = tags
    }

    /// Throws `LedgerError.damaged`.
    init(stored bytes: [UInt8]) throws {
        guard let stored = try? StoredQueue(serializedBytes: bytes) else { throw LedgerError.damaged("a queue's record") }
        incarnation = stored.incarnation
        space = stored.space
        created = Timestamp(milliseconds: stored.createdAtMs)
        modified = Timestamp(milliseconds: stored.modifiedAtMs)
        purged = stored.purgedAtMs == 0 ? nil : Timestamp(milliseconds: stored.purgedAtMs)
        attributes = QueueAttributes()
        attributes.delaySeconds = Int(stored.delaySeconds)
        attributes.messageBytesMax = Int(stored.messageBytesMax)
        attributes.retentionSeconds = Int(stored.retentionSeconds)
        attributes.receiveWaitSeconds = Int(stored.receiveWaitSeconds)
        attributes.visibilityTimeoutSeconds = Int(stored.visibilityTimeoutSeconds)
        attributes.policy = stored.policy.isEmpty ? nil : stored.policy
        if stored.hasRedrive {
            guard let arn = ARN(stored.redrive.deadLetterArn) else { throw LedgerError.damaged("a queue's redrive policy") }
            attributes.redrive = RedrivePolicy(deadLetter: arn, receivesMax: Int(stored.redrive.receivesMax))
        }
        if stored.hasRedriveAllow { attributes.redriveAllow = try Self.redriveAllow(stored.redriveAllow) }
        attributes.isEncrypted = stored.encrypts
        wrappedKey = Array(stored.wrappedKey)
        guard !attributes.isEncrypted || !wrappedKey.isEmpty else { throw LedgerError.damaged("a queue that encrypts without a key") }
        tags = stored.tags.map { ($0.key, $0.value) }
    }

    func bytes() throws -> [UInt8] {
        var stored = StoredQueue()
        stored.incarnation = incarnation
        stored.space = space
        stored.createdAtMs = created.milliseconds
        stored.modifiedAtMs = modified.milliseconds
        stored.purgedAtMs = purged?.milliseconds ?? 0
        stored.delaySeconds = UInt32(attributes.delaySeconds)
        stored.messageBytesMax = UInt32(attributes.messageBytesMax)
        stored.retentionSeconds = UInt32(attributes.retentionSeconds)
        stored.receiveWaitSeconds = UInt32(attributes.receiveWaitSeconds)
        stored.visibilityTimeoutSeconds = UInt32(attributes.visibilityTimeoutSeconds)
        stored.policy = attributes.policy ?? ""
        stored.encrypts = attributes.isEncrypted
        stored.wrappedKey = Data(wrappedKey)
        if let redrive = attributes.redrive {
            stored.redrive.deadLetterArn = redrive.deadLetter.description
            stored.redrive.receivesMax = UInt32(redrive.receivesMax)
        }
        if let allow = attributes.redriveAllow { stored.redriveAllow = Self.stored(allow) }
        stored.tags = tags.map { tag in
            var stored = StoredTag()
            stored.key = tag.key
            stored.value = tag.value
            return stored
        }
        return try stored.serializedBytes()
    }

    private static func redriveAllow(_ stored: StoredRedriveAllow) throws -> RedriveAllowPolicy {
        switch stored.permission {
        case .allowAll: return .allowAll
        case .denyAll: return .denyAll
        case .byQueue: return .byQueue(stored.sourceArns.compactMap { ARN($0) })
        case .UNRECOGNIZED: throw LedgerError.damaged("a queue's redrive-allow policy")
        }
    }

    private static func stored(_ allow: RedriveAllowPolicy) -> StoredRedriveAllow {
        var stored = StoredRedriveAllow()
        switch allow {
        case .allowAll: stored.permission = .allowAll
        case .denyAll: stored.permission = .denyAll
        case .byQueue(let sources):
            stored.permission = .byQueue
            stored.sourceArns = sources.map(\.description)
        }
        return stored
    }
}
