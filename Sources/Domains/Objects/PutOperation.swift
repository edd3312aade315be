import Model
import NIOCore
import StoragePorts
import SwiftProtobuf

extension Objects {
    private static let putTriesMax = 8

    /// Stores an object as the key's current version. Throws `.noSuchBucket`, `.preconditionFailed`, `.noSuchKey` (If-Match
    /// on a missing object), `.entityTooLarge`, `.checksumMissing`, `.noObjectLock`, `.retentionInThePast`, `.conflict` when the bucket's default
    /// encryption was changed while the payload came.
    package func put(_ request: PutRequest) async throws(ObjectsError) -> Committed<ObjectInfo> {
        try await put(request, event: request.isPost ? .objectCreatedPost : .objectCreatedPut)
    }

    /// Stores bytes that are at hand, whatever the bucket's default encryption becomes meanwhile. Throws as `put`.
    package func put(
        _ bytes: ByteBuffer, as key: ObjectKey, in bucket: BucketName, attributes: ObjectAttributes, checksum: ChecksumAlgorithm,
        encryption: EncryptionChoice, context: ChangeContext
    ) async throws(ObjectsError) -> Committed<ObjectInfo> {
        for _ in 0..<Self.putTriesMax {
            let intake = intake(
                digests: [checksum], expectedLength: Int64(bytes.readableBytes), seal: try await seal(encryption, of: bucket, key))
            try await intake.write(bytes)
            do {
                return try await put(
                    PutRequest(
                        bucket: bucket, key: key, payload: try await intake.finish(), attributes: attributes, checksum: checksum,
                        context: context))
            } catch {
                guard error == .conflict else { throw error }
            }
        }
        throw .conflict
    }

    func put(_ request: PutRequest, event: NotificationEvent) async throws(ObjectsError) -> Committed<ObjectInfo> {
        let payload = request.payload
        defer { withExtendedLifetime(payload) {} }
        let checksum = try payload.checksum(request.checksum)
        let prepared = try prepare(request, checksum, event)
        let stored = try await commit(reading: hints(request.bucket, request.key)) { [self] transaction in
            let state = try require(request.bucket, in: transaction)
            return try store(prepared, header(request, transaction), in: state, transaction) { transaction in
                try payload.place(in: transaction)
            }
        }
        await drainAfterCommit(stored.value.orphans)
        var info = ObjectInfo(request.key, stored.value, attributes: request.attributes, checksum: checksum)
        info.encryption = prepared.encryption.shown
        return Committed(value: info, lsn: stored.lsn)
    }

    /// Without its layout, which placing the bytes gives.
    func header(_ request: PutRequest, _ transaction: Transaction) -> StoredHeader {
        StoredHeader(
            layout: .empty, storageClass: request.attributes.storageClass, checksumAlgorithm: request.checksum,
            checksumType: request.checksum == nil ? nil : .fullObject, size: request.payload.size, lastModified: transaction.now,
            lsn: transaction.lsn, md5: request.payload.digest)
    }

    func prepare(_ request: PutRequest, _ checksum: Checksum?, _ event: NotificationEvent) throws(ObjectsError) -> PreparedObject {
        try PreparedObject(
            bucket: request.bucket, key: request.key, details: request.attributes.details(checksum: checksum),
            condition: request.condition, lock: request.lock, event: event,
            fact: (request.payload.size, request.payload.digest.etag()), context: request.context,
            encryption: PreparedEncryption(request.payload))
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
    let contentType: String?
    let lock: ObjectLock
    let event: NotificationEvent
    let fact: Fact
    let context: ChangeContext
    let encryption: PreparedEncryption

    init(
        bucket: BucketName, key: ObjectKey, details: PBObjectDetails, condition: WriteCondition, lock: ObjectLock,
        event: NotificationEvent, fact: (size: Int64, etag: ETag), context: ChangeContext, encryption: PreparedEncryption
    ) throws(ObjectsError) {
        self.bucket = bucket
        self.key = key
        self.condition = condition
        self.lock = lock
        self.flags = details.flags
        self.contentType = details.hasContentType ? details.contentType : nil
        self.event = event
        self.context = context
        self.encryption = encryption
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
    let expiration: ObjectExpiration?
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
        if state.hasAdmission { try state.checkAdmission(prepared.key, size: header.size, contentType: prepared.contentType) }
        let lock = try state.lock(forNew: prepared.lock, at: transaction.clock)
        var header = header
        header.flags = prepared.flags
        if state.versioning.status(of: prepared.key) == .enabled { header.flags.insert(.versionID) }
        if lock.isHeld { header.flags.insert(.lock) }
        header.layout = try place(transaction)
        let details = try prepared.encryption.write(to: &header, prepared, in: state, transaction)
        let value = header.encoded(tail: lock == .none ? details : details + (try lock.encoded()))
        let orphan = try versions.replace(current, by: value, in: transaction, partsMax: Self.partsReleasedAtOnceMax)
        let version = state.hasVersions ? header.version : nil
        try transaction.emit(version.map { prepared.fact.naming($0) } ?? prepared.fact)
        if let notifications = state.notifications {
            let object = ObjectEvent(event: prepared.event, key: prepared.key, version: version, stored: header)
            try notifications.announce(object, context: prepared.context, in: transaction)
        }
        return StoredOutcome(
            header: header, version: version, lock: lock, owner: state.bucket.owner,
            expiration: try state.expiration(of: prepared.key, header, value), orphans: orphan.map { [$0] } ?? [])
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
