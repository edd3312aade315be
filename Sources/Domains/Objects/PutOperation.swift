import Model
import StoragePorts
import SwiftProtobuf

extension Objects {
    /// Stores an object in place of what the key held. Throws `.noSuchBucket`, `.preconditionFailed`, `.noSuchKey` (If-Match
    /// on a missing object), `.entityTooLarge`, `.checksumMissing`.
    package func put(_ request: PutRequest) async throws(ObjectsError) -> Committed<ObjectInfo> {
        try await put(request, event: request.isPost ? .objectCreatedPost : .objectCreatedPut)
    }

    func put(_ request: PutRequest, event: NotificationEvent) async throws(ObjectsError) -> Committed<ObjectInfo> {
        let payload = request.payload
        defer { withExtendedLifetime(payload) {} }
        let checksum = try payload.checksum(request.checksum)
        let prepared = try prepare(request, checksum, event)
        let stored = try await commit(reading: hints(request.bucket, request.key)) { [self] transaction in
            let state = try require(request.bucket, in: transaction)
            let header = StoredHeader(
                layout: .empty, storageClass: request.attributes.storageClass, checksumAlgorithm: checksum?.algorithm,
                checksumType: checksum == nil ? nil : .fullObject, size: payload.size, lastModified: transaction.now,
                lsn: transaction.lsn, md5: payload.digest)
            return try store(prepared, header, in: state, transaction) { transaction in try payload.place(in: transaction) }
        }
        await drainAfterCommit(stored.value.orphans)
        var info = ObjectInfo(
            request.key, stored.value.header, attributes: request.attributes, checksum: checksum, owner: stored.value.owner)
        info.encryption = payload.seal?.pending?.shown
        return Committed(value: info, lsn: stored.lsn)
    }

    private func prepare(
        _ request: PutRequest, _ checksum: Checksum?, _ event: NotificationEvent
    ) throws(ObjectsError) -> PreparedObject {
        try PreparedObject(
            bucket: request.bucket, key: request.key, details: request.attributes.details(checksum: checksum),
            condition: request.condition, event: event, fact: (request.payload.size, request.payload.digest.etag()),
            context: request.context, encryption: PreparedEncryption(request.payload))
    }
}

/// What an object's commit needs, encoded before the commit on the caller's thread wherever it can be.
struct PreparedObject: Sendable {
    let bucket: BucketName
    let key: ObjectKey
    let details: [UInt8]
    let condition: WriteCondition
    let event: NotificationEvent
    let fact: Fact
    let context: ChangeContext
    let encryption: PreparedEncryption?

    init(
        bucket: BucketName, key: ObjectKey, details: PBObjectDetails, condition: WriteCondition, event: NotificationEvent,
        fact: (size: Int64, etag: ETag), context: ChangeContext, encryption: PreparedEncryption? = nil
    ) throws(ObjectsError) {
        self.bucket = bucket
        self.key = key
        self.condition = condition
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
    let owner: Owner
    /// Parts of the object that was replaced, to be drained.
    let orphans: [UploadID]
}

extension Objects {
    /// The end of every operation that makes an object: checks the condition, places the bytes, replaces the record, gives up what it
    /// held, and tells of it.
    func store(
        _ prepared: PreparedObject, _ header: StoredHeader, in state: BucketState, _ transaction: Transaction,
        place: (Transaction) throws -> StoredHeader.Layout
    ) throws -> StoredOutcome {
        let ledgerKey = ObjectKeys.object(state.instance, prepared.key)
        let replaced = try transaction.get(ledgerKey).map { try StoredHeader($0) }
        try prepared.condition.check(replaced, prepared.bucket, prepared.key)
        var header = header
        header.layout = try place(transaction)
        let orphan = try replaced?.release(in: transaction)
        let details = try prepared.encryption?.write(to: &header, prepared, in: transaction) ?? prepared.details
        transaction.put(ledgerKey, header.encoded(tail: details))
        try transaction.emit(prepared.fact)
        if let notifications = state.notifications {
            let object = ObjectEvent(event: prepared.event, key: prepared.key, stored: header)
            try notifications.announce(object, context: prepared.context, in: transaction)
        }
        return StoredOutcome(header: header, owner: state.bucket.owner, orphans: orphan.map { [$0] } ?? [])
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
