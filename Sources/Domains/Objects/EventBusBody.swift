import Bytes
import Model

/// Writes the event that S3 sends to EventBridge: another shape than the message for queues and functions, and the raw key.
///
/// Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html
struct EventBusTemplate: Sendable {
    private let bucket: Bucket

    init(_ bucket: Bucket) {
        self.bucket = bucket
    }

    /// The bus that the events of the account's buckets go to.
    static func bus(of bucket: Bucket) -> ARN {
        ARN(service: "events", region: bucket.region.rawValue, account: bucket.owner.account.rawValue, resource: "event-bus/default")
    }

    /// Events that go to the bus, as a set.
    static let events: UInt32 = NotificationEvent.allCases.reduce(0) { $1.busDetail == nil ? $0 : $0 | $1.bit }

    /// `lane` distinguishes the events of one commit.
    func body(_ object: ObjectEvent, context: ChangeContext, time: Timestamp, lsn: LSN, lane: UInt64) -> [UInt8] {
        guard let detail = object.event.busDetail else { preconditionFailure("only the bus's events come here") }
        var json = JSONBytes(reservingCapacity: 640 + object.key.utf8.count)
        json.raw("{\"version\":\"0\",\"id\":\"")
        json.raw(Self.uuid(lsn.rawValue, lane))
        json.raw("\",\"detail-type\":")
        json.string(detail.type)
        json.raw(",\"source\":\"aws.s3\",\"account\":")
        json.string(bucket.owner.account.rawValue)
        json.raw(",\"time\":\"")
        json.raw(String(ISO8601.format(time).dropLast(".000Z".count)))
        json.raw("Z\",\"region\":")
        json.string(bucket.region.rawValue)
        json.raw(",\"resources\":[")
        json.string("arn:aws:s3:::\(bucket.name.rawValue)")
        json.raw("],\"detail\":{\"version\":\"0\",\"bucket\":{\"name\":")
        json.string(bucket.name.rawValue)
        json.raw("},\"object\":{\"key\":")
        json.string(object.key.string)
        if let stored = object.stored {
            if object.event.content.hasSize { json.raw(",\"size\":\(stored.size)") }
            json.raw(",\"etag\":")
            json.string(stored.etag.text)
        }
        if case .made? = object.version, let version = object.version {
            json.raw(",\"version-id\":")
            json.string(version.description)
        }
        if object.event.content.hasSequencer {
            json.raw(",\"sequencer\":\"")
            json.hexadecimal(lsn.rawValue)
            json.raw("\"")
        }
        json.raw("},\"request-id\":")
        json.string(context.requestID.description)
        json.raw(",\"requester\":")
        json.string(context.principal.account.rawValue)
        json.raw(",\"source-ip-address\":")
        json.string(context.sourceIP)
        if let reason = detail.reason {
            json.raw(",\"reason\":")
            json.string(reason)
        }
        if let deletion = detail.deletion {
            json.raw(",\"deletion-type\":")
            json.string(deletion)
        }
        if let until = object.restoredUntil, let stored = object.stored {
            json.raw(",\"source-storage-class\":")
            json.string(stored.storageClass.wireName)
            if object.event == .objectRestoreCompleted { json.raw(",\"restore-expiry-time\":\"\(ISO8601.format(until))\"") }
        }
        json.raw("}}")
        return json.bytes
    }

    /// The same for every attempt to deliver the event.
    private static func uuid(_ high: UInt64, _ low: UInt64) -> String {
        let digits = Array(Hex.encode(Digests.bigEndian(high) + Digests.bigEndian(low)))
        var text = ""
        for (index, digit) in digits.enumerated() {
            if [8, 12, 16, 20].contains(index) { text.append("-") }
            text.append(digit)
        }
        return text
    }
}

extension NotificationEvent {
    /// What the bus calls the event; nil when it hears nothing of it.
    fileprivate var busDetail: (type: String, reason: String?, deletion: String?)? {
        switch self {
        case .objectCreatedPut: ("Object Created", "PutObject", nil)
        case .objectCreatedPost: ("Object Created", "POST Object", nil)
        case .objectCreatedCopy: ("Object Created", "CopyObject", nil)
        case .objectCreatedCompleteMultipartUpload: ("Object Created", "CompleteMultipartUpload", nil)
        case .objectRemovedDelete: ("Object Deleted", "DeleteObject", "Permanently Deleted")
        case .objectRemovedDeleteMarkerCreated: ("Object Deleted", "DeleteObject", "Delete Marker Created")
        case .lifecycleExpirationDelete: ("Object Deleted", "Lifecycle Expiration", "Permanently Deleted")
        case .lifecycleExpirationDeleteMarkerCreated: ("Object Deleted", "Lifecycle Expiration", "Delete Marker Created")
        case .objectRestorePost: ("Object Restore Initiated", nil, nil)
        case .objectRestoreCompleted: ("Object Restore Completed", nil, nil)
        case .objectRestoreDelete: ("Object Restore Expired", nil, nil)
        case .lifecycleTransition: ("Object Storage Class Changed", nil, nil)
        case .intelligentTiering: ("Object Access Tier Changed", nil, nil)
        case .objectAclPut: ("Object ACL Updated", nil, nil)
        case .objectTaggingPut: ("Object Tags Added", nil, nil)
        case .objectTaggingDelete: ("Object Tags Deleted", nil, nil)
        case .reducedRedundancyLostObject, .replicationOperationFailed, .replicationOperationNotTracked,
            .replicationOperationMissedThreshold, .replicationOperationReplicatedAfterThreshold:
            nil
        }
    }
}
