import Model
import StoragePorts

extension Objects {
    /// Deletes an object, or one version of it; a missing one is success. Throws `.noSuchBucket`, `.preconditionFailed`, `.noSuchKey` (a
    /// condition on a missing object), `.versionIsLocked`, `.noVersions`.
    package func delete(
        _ bucket: BucketName, _ key: ObjectKey, version: VersionID? = nil, condition: DeleteCondition = .none,
        bypassGovernance: Bool = false, context: ChangeContext
    ) async throws(ObjectsError) -> Committed<Deletion> {
        let deletion = KeyDeletion(key: key, version: version, condition: condition, bypassesGovernance: bypassGovernance)
        let deleted = try await commit(reading: hints(bucket, key)) { [self] transaction in
            let removal = Removal(state: try require(bucket, in: transaction), context: context)
            return try removal.perform(deletion, in: transaction, partsMax: Self.partsReleasedAtOnceMax)
        }
        let done = try deleted.value.result.deletion(bucket, deletion)
        await drainAfterCommit(deleted.value.orphan.map { [$0] } ?? [])
        return Committed(value: done, lsn: deleted.lsn)
    }

    /// Deletes up to `ObjectsLimits.deletesPerRequestMax` objects or versions in one commit. One result per key, in order: what is
    /// refused does not hinder the others. Throws `.noSuchBucket`.
    package func deleteMany(
        _ bucket: BucketName, _ keys: [KeyDeletion], context: ChangeContext
    ) async throws(ObjectsError) -> Committed<[KeyDeletionResult]> {
        precondition(keys.count <= ObjectsLimits.deletesPerRequestMax)
        let deleted = try await commit(reading: keys.flatMap { hints(bucket, $0.key) }) { [self] transaction in
            let removal = Removal(state: try require(bucket, in: transaction), tellsOfMissing: true, context: context)
            return try keys.map { try removal.perform($0, in: transaction, partsMax: 0) }
        }
        await drainAfterCommit(deleted.value.compactMap(\.orphan))
        return Committed(value: deleted.value.map(\.result), lsn: deleted.lsn)
    }
}

/// Takes objects and versions away within a commit: every deletion, whoever asks for it, is one of these.
struct Removal {
    /// What the removal is told as.
    struct Events {
        let removed: NotificationEvent
        let markerCreated: NotificationEvent

        static let requested = Events(removed: .objectRemovedDelete, markerCreated: .objectRemovedDeleteMarkerCreated)
        static let expired = Events(removed: .lifecycleExpirationDelete, markerCreated: .lifecycleExpirationDeleteMarkerCreated)
    }

    let state: BucketState
    var events = Events.requested
    /// Whether the notification is sent for a key that has no object too: AWS does so for DeleteObjects.
    var tellsOfMissing = false
    let context: ChangeContext

    /// Parts of the removed version that were too many for this commit are named by `orphan`: drain them after it.
    func perform(
        _ deletion: KeyDeletion, in transaction: Transaction, partsMax: Int
    ) throws -> (result: KeyDeletionResult, orphan: UploadID?) {
        let versions = VersionedKey(state: state, key: deletion.key)
        guard let id = deletion.version else {
            return try perform(deletion, on: try versions.current(in: transaction), in: transaction, partsMax: partsMax)
        }
        guard state.hasVersions || id == .null else { return (.noVersions, nil) }
        return try perform(deletion, on: try versions.find(id, in: transaction), in: transaction, partsMax: partsMax)
    }

    /// The same where it is known which version the deletion names, the current one if none.
    func perform(
        _ deletion: KeyDeletion, on version: StoredVersion?, in transaction: Transaction, partsMax: Int
    ) throws -> (result: KeyDeletionResult, orphan: UploadID?) {
        let versions = VersionedKey(state: state, key: deletion.key)
        do {
            if deletion.version == nil, state.hasVersions { return try mark(version, versions, deletion, transaction, partsMax) }
            return try remove(version, versions, deletion, transaction, partsMax)
        } catch ObjectsError.versionIsLocked {
            return (.locked, nil)
        }
    }

    /// Without an id in a bucket with versions: a delete marker becomes current.
    private func mark(
        _ current: StoredVersion?, _ versions: VersionedKey, _ deletion: KeyDeletion, _ transaction: Transaction, _ partsMax: Int
    ) throws -> (KeyDeletionResult, UploadID?) {
        if let refusal = deletion.refusal(current?.header) { return (refusal, nil) }
        var marker = StoredHeader.deleteMarker(transaction)
        if state.versioning.status(of: deletion.key) == .enabled { marker.flags.insert(.versionID) }
        let orphan = try versions.replace(current, by: marker.encoded(tail: []), in: transaction, partsMax: partsMax)
        try transaction.emit(.deleteMarkerCreated(state.bucket.name, deletion.key, marker.version, context))
        try announce(events.markerCreated, deletion.key, marker.version, transaction)
        let existed = current.map { !$0.header.isDeleteMarker } ?? false
        return (.deleted(Deletion(existed: existed, version: marker.version, isDeleteMarker: true)), orphan)
    }

    /// Takes the version itself.
    private func remove(
        _ version: StoredVersion?, _ versions: VersionedKey, _ deletion: KeyDeletion, _ transaction: Transaction, _ partsMax: Int
    ) throws -> (KeyDeletionResult, UploadID?) {
        if let refusal = deletion.refusal(version?.header) { return (refusal, nil) }
        guard let version else {
            if tellsOfMissing, deletion.version == nil { try announce(events.removed, deletion.key, nil, transaction) }
            return (.deleted(Deletion(existed: false, version: deletion.version)), nil)
        }
        let orphan = try versions.remove(
            version, in: transaction, bypassGovernance: deletion.bypassesGovernance, partsMax: partsMax)
        let isMarker = version.header.isDeleteMarker
        let id = state.hasVersions ? version.header.version : nil
        if let id {
            try transaction.emit(.versionRemoved(state.bucket.name, deletion.key, id, isDeleteMarker: isMarker, context))
        } else {
            try transaction.emit(.objectRemoved(state.bucket.name, deletion.key, context))
        }
        try announce(events.removed, deletion.key, id, transaction)
        return (.deleted(Deletion(existed: true, version: id ?? deletion.version, isDeleteMarker: isMarker)), orphan)
    }

    private func announce(_ event: NotificationEvent, _ key: ObjectKey, _ version: VersionID?, _ transaction: Transaction) throws {
        guard let notifications = state.notifications else { return }
        try notifications.announce(
            ObjectEvent(event: event, key: key, version: version, stored: nil), context: context, in: transaction)
    }
}

extension KeyDeletion {
    /// Nil when the condition holds. A delete marker counts as no object, except where it is what the deletion names.
    fileprivate func refusal(_ header: StoredHeader?) -> KeyDeletionResult? {
        if condition == .none { return nil }
        guard let header, version != nil || !header.isDeleteMarker else { return .noSuchKey }
        return condition.failure(header).map { .preconditionFailed($0) }
    }
}

extension DeleteCondition {
    fileprivate func failure(_ header: StoredHeader) -> ObjectsError.Condition? {
        if let ifMatch, !ifMatch.matches(header.etag) { return .ifMatch }
        if let size, size != header.size { return .size }
        if let lastModified, lastModified.seconds != header.lastModified.seconds { return .lastModified }
        return nil
    }
}
