import Model

// Names and sets of events. Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-how-to-event-types-and-destinations.html

extension NotificationEvent {
    /// As in a message's `eventName`: without the `s3:` that configurations have.
    package var wireName: String {
        switch self {
        case .objectCreatedPut: "ObjectCreated:Put"
        case .objectCreatedPost: "ObjectCreated:Post"
        case .objectCreatedCopy: "ObjectCreated:Copy"
        case .objectCreatedCompleteMultipartUpload: "ObjectCreated:CompleteMultipartUpload"
        case .objectRemovedDelete: "ObjectRemoved:Delete"
        case .objectRemovedDeleteMarkerCreated: "ObjectRemoved:DeleteMarkerCreated"
        case .objectRestorePost: "ObjectRestore:Post"
        case .objectRestoreCompleted: "ObjectRestore:Completed"
        case .objectRestoreDelete: "ObjectRestore:Delete"
        case .reducedRedundancyLostObject: "ReducedRedundancyLostObject"
        case .replicationOperationFailed: "Replication:OperationFailedReplication"
        case .replicationOperationNotTracked: "Replication:OperationNotTracked"
        case .replicationOperationMissedThreshold: "Replication:OperationMissedThreshold"
        case .replicationOperationReplicatedAfterThreshold: "Replication:OperationReplicatedAfterThreshold"
        case .objectTaggingPut: "ObjectTagging:Put"
        case .objectTaggingDelete: "ObjectTagging:Delete"
        case .objectAclPut: "ObjectAcl:Put"
        case .lifecycleExpirationDelete: "LifecycleExpiration:Delete"
        case .lifecycleExpirationDeleteMarkerCreated: "LifecycleExpiration:DeleteMarkerCreated"
        case .lifecycleTransition: "LifecycleTransition"
        case .intelligentTiering: "IntelligentTiering"
        }
    }

    /// What differs between the messages of events: those that S3 got later have version 2.3, and those of tags and ACLs say neither
    /// size nor sequencer.
    var content: (isLater: Bool, hasSize: Bool, hasSequencer: Bool) {
        switch self {
        case .objectTaggingPut, .objectTaggingDelete, .objectAclPut: (true, false, false)
        case .lifecycleExpirationDelete, .lifecycleExpirationDeleteMarkerCreated, .lifecycleTransition, .intelligentTiering,
            .objectRestoreDelete:
            (true, true, true)
        default: (false, true, true)
        }
    }

    /// The bit of this event in a set.
    var bit: UInt32 { 1 << UInt32(rawValue) }
}

extension EventPattern {
    /// `s3:ObjectCreated:Put`, `s3:ObjectCreated:*`. Nil for an event that S3 does not know.
    package init?(_ wireName: String) {
        guard wireName.hasPrefix("s3:") else { return nil }
        let name = wireName.dropFirst(3)
        let events: [NotificationEvent]
        if name.hasSuffix(":*") {
            let family = name.dropLast()
            events = NotificationEvent.allCases.filter { $0.wireName.hasPrefix(family) }
        } else {
            events = NotificationEvent.allCases.filter { $0.wireName == name }
        }
        guard !events.isEmpty else { return nil }
        self.init(wireName: wireName, events: Set(events))
    }
}

extension NotificationTarget {
    /// The events that the target hears of.
    var eventBits: UInt32 {
        events.reduce(0) { bits, pattern in pattern.events.reduce(bits) { $0 | $1.bit } }
    }
}

extension NotificationConfiguration {
    package static let idBytesMax = 255
    package static let filterBytesMax = 1024

    /// What AWS would refuse, in the order of the targets; nil when nothing. Ids are in place.
    func problem() -> NotificationProblem? {
        let targets = targets
        guard targets.count <= ObjectsLimits.notificationTargetsMax else {
            return .tooManyTargets(limit: ObjectsLimits.notificationTargetsMax)
        }
        if let wrong = queues.first(where: { $0.arn.service != "sqs" }) { return .notAQueue(wrong.arn) }
        if let wrong = functions.first(where: { $0.arn.service != "lambda" }) { return .notAFunction(wrong.arn) }
        var ids: Set<String> = []
        for (index, target) in targets.enumerated() {
            let id = target.id ?? ""
            if id.utf8.count > Self.idBytesMax { return .idTooLong(id) }
            if !ids.insert(id).inserted { return .duplicateID(id) }
            if target.events.isEmpty { return .noEvents(id: id) }
            if max(target.prefix?.utf8.count ?? 0, target.suffix?.utf8.count ?? 0) > Self.filterBytesMax { return .filterTooLong(id: id) }
            if let other = targets[..<index].first(where: { $0.overlaps(target) }) { return .overlap(other.id ?? "", id) }
        }
        return nil
    }
}

extension NotificationTarget {
    /// Two targets overlap when an event and a key exist that both hear of, as AWS judges it: by prefixes and suffixes alone.
    func overlaps(_ other: NotificationTarget) -> Bool {
        guard eventBits & other.eventBits != 0 else { return false }
        let prefixes = (Array((prefix ?? "").utf8), Array((other.prefix ?? "").utf8))
        let suffixes = (Array((suffix ?? "").utf8.reversed()), Array((other.suffix ?? "").utf8.reversed()))
        return (prefixes.0.starts(with: prefixes.1) || prefixes.1.starts(with: prefixes.0))
            && (suffixes.0.starts(with: suffixes.1) || suffixes.1.starts(with: suffixes.0))
    }
}
