import Model
import StoragePorts
import SwiftProtobuf

extension Objects {
    /// Stores an object as the key's current version. Throws `.noSuchBucket`, `.preconditionFailed`, `.noSuchKey` (If-Match
    /// on a missing object), `.entityTooLarge`, `.checksumMissing`, `.noObjectLock`, `.retentionInThePast`.
    package func put(_ request: PutRequest) async throws(ObjectsError) -> Committed<ObjectInfo> {
        let payload = request.payload
        defer { withExtendedLifetime(payload) {} }
        let checksum = try payload.checksum(request.checksum)
        let prepared = try prepare(request, checksum)
        let stored = try await commit(reading: hints(request.bucket, request.key)) { [self] transaction in
            let state = try require(request.bucket, in: transaction)
            let header = StoredHeader(
                layout: .empty, storageClass: request.attributes.storageClass, checksumAlgorithm: checksum?.algorithm,
                checksumType: checksum == nil ? nil : .fullObject, size: payload.size, lastModified: transaction.now,
                lsn: transaction.lsn, md5: payload.md5)
            return try store(prepared, header, in: state, transaction) { transaction in try payload.place(in: transaction) }
        }
        await drainAfterCommit(stored.value.orphans)
        let info = ObjectInfo(request.key, stored.value, attributes: request.attributes, checksum: checksum)
        return Committed(value: info, lsn: stored.lsn)
    }

    private func prepare(_ request: PutRequest, _ checksum: Checksum?) throws(ObjectsError) -> PreparedObject {
        try PreparedObject(
            bucket: request.bucket, key: request.key, details: request.attributes.details(checksum: checksum),
            condition: request.condition, lock: request.lock, event: request.isPost ? .objectCreatedPost : .objectCreatedPut,
            fact: (request.payload.size, request.payload.md5.etag()), context: request.context)
    }
}

/// What an object's commit needs, encoded before the commit on the caller's thread wherever it can be.
struct PreparedObject: Sendable {
    let bucket: BucketName
    let key: ObjectKey
    /// Without the lock, which the commit appends.
    let details: [UInt8]
    /// Without those of version and lock.
    let flags: StoredHeader.Flags
    let condition: WriteCondition
    let lock: ObjectLock
    let event: NotificationEvent
    let fact: Fact
    let context: ChangeContext

    init(
        bucket: BucketName, key: ObjectKey, details: PBObjectDetails, condition: WriteCondition, lock: ObjectLock,
        event: NotificationEvent, fact: (size: Int64, etag: ETag), context: ChangeContext
    ) throws(ObjectsError) {
        self.bucket = bucket
        self.key = key
        self.condition = condition
        self.lock = lock
        self.flags = details.flags
        self.event = event
        self.context = context
        do {
            self.details = try details.serializedBytes()
            self.fact = try .objectCreated(bucket, key, size: fact.size, etag: fact.etag, cause: event.cause, context)
        } catch {
            throw ObjectsError(error)
        }
    }
}

/// What a commit that stored an object hands back to its caller.
struct StoredOutcome: Sendable {
    let header: StoredHeader
    /// Nil in a bucket that never had versions.
    let version: VersionID?
    let lock: ObjectLock
    let owner: Owner
    /// Parts of the object that was replaced, to be drained.
    let orphans: [UploadID]
}

extension Objects {
    /// The end of every operation that makes an object: checks the condition, places the bytes, makes them the current
    /// version, and tells of it.
    func store(
        _ prepared: PreparedObject, _ header: StoredHeader, in state: BucketState, _ transaction: Transaction,
        place: (Transaction) throws -> StoredHeader.Layout
    ) throws -> StoredOutcome {
        let versions = VersionedKey(state: state, key: prepared.key)
        let current = try versions.current(in: transaction)
        try prepared.condition.check(current?.header, prepared.bucket, prepared.key)
        let lock = try state.lock(forNew: prepared.lock, at: transaction.now)
        var header = header
        header.flags = prepared.flags
        if state.versioning == .enabled { header.flags.insert(.versionID) }
        if lock.isHeld { header.flags.insert(.lock) }
        header.layout = try place(transaction)
        let value = header.encoded(tail: lock == .none ? prepared.details : prepared.details + (try lock.encoded()))
        let orphan = try versions.replace(current, by: value, in: transaction, partsMax: Self.partsReleasedAtOnceMax)
        let version = state.hasVersions ? header.version : nil
        try transaction.emit(version.map { prepared.fact.naming($0) } ?? prepared.fact)
        if let notifications = state.notifications {
            let object = ObjectEvent(event: prepared.event, key: prepared.key, version: version, stored: header)
            try notifications.announce(object, context: prepared.context, in: transaction)
        }
        return StoredOutcome(
            header: header, version: version, lock: lock, owner: state.bucket.owner, orphans: orphan.map { [$0] } ?? [])
    }
}

extension NotificationEvent {
    fileprivate var cause: PBObjectCreated.Cause {
        switch self {
        case .objectCreatedPost: .post
        case .objectCreatedCopy: .copy
        case .objectCreatedCompleteMultipartUpload: .completeMultipartUpload
        default: .put
        }
    }
}
