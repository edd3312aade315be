import Model
import StoragePorts

/// For how long an archived object shall be readable, and how soon.
package struct Restoration: Hashable, Sendable {
    /// How much of a hurry it has. Here all are done at once.
    package enum Speed: Sendable {
        case standard, bulk, expedited
    }

    package let days: Int64
    package let speed: Speed

    package init(days: Int64, speed: Speed = .standard) {
        self.days = days
        self.speed = speed
    }
}

/// What a restore found and did.
package struct RestoredObject: Hashable, Sendable {
    /// Nil in a bucket that never had versions.
    package let version: VersionID?
    /// The object could be read already: its time was only set anew.
    package let wasRestored: Bool
}

extension Objects {
    private static let daySeconds: Int64 = 86_400

    /// Lets an object of an archive class be read for some days, at once: its bytes lie where all others do. The time ends at the midnight, of
    /// UTC, that follows, as AWS counts. The object stays the version that it was. Throws `.notArchived`, `.retrievalNotOffered`, and as
    /// `changeDetails`.
    package func restore(
        _ bucket: BucketName, _ key: ObjectKey, _ restoration: Restoration, version: VersionID? = nil, context: ChangeContext
    ) async throws(ObjectsError) -> Committed<RestoredObject> {
        try await changeDetails(of: key, version, in: bucket) { details, hand in
            guard hand.header.storageClass.isArchive else { throw ObjectsError.notArchived(hand.header.storageClass) }
            if restoration.speed == .expedited, hand.header.storageClass == .deepArchive { throw ObjectsError.retrievalNotOffered }
            let now = hand.transaction.now
            let wasRestored = details.restoredUntilMs > now.milliseconds
            let until = Timestamp(seconds: ((now.seconds + restoration.days * Self.daySeconds) / Self.daySeconds + 1) * Self.daySeconds)
            details.restoredUntilMs = until.milliseconds
            try hand.transaction.emit(.objectRestored(bucket, key, until: until, context))
            if !wasRestored, let notifications = hand.state.notifications {
                for (event, context) in [(NotificationEvent.objectRestorePost, context), (.objectRestoreCompleted, context.ofCompletion)] {
                    let object = ObjectEvent(event: event, key: key, version: hand.id, stored: hand.header, restoredUntil: until)
                    try notifications.announce(object, context: context, in: hand.transaction)
                }
            }
            return RestoredObject(version: hand.id, wasRestored: wasRestored)
        }
    }
}

extension ChangeContext {
    /// Of what the service does later, at AWS, because this was asked for.
    fileprivate var ofCompletion: ChangeContext {
        ChangeContext(principal: principal, requestID: requestID, hostID: hostID, sourceIP: Self.byService, trace: trace)
    }
}

extension ObjectInfo {
    /// Whether it has to be restored before it is read.
    package func isArchived(at time: Timestamp) -> Bool {
        attributes.storageClass.isArchive && restoredUntil.map { $0 <= time } ?? true
    }
}
