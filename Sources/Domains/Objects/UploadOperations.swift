import Envelope
import Environment
import Model
import StoragePorts
import SwiftProtobuf

extension Objects {
    private static let createTriesMax = 8

    /// Throws `.noSuchBucket`, `.invalidChecksumType`, `.noObjectLock`, `.retentionInThePast`, `.encryption`.
    package func createUpload(_ request: UploadRequest) async throws(ObjectsError) -> Committed<UploadInfo> {
        let type = try request.resolvedChecksumType()
        for _ in 0..<Self.createTriesMax {
            let decision = try await encryption(request.encryption, of: request.bucket, request.key)
            let created = try await createUpload(request, type, decision)
            if let upload = created.value { return Committed(value: upload, lsn: created.lsn) }
        }
        throw .conflict
    }

    /// Nil when the bucket's default encryption is no longer what it was decided by.
    private func createUpload(
        _ request: UploadRequest, _ type: ChecksumType?, _ decision: EncryptionDecision
    ) async throws(ObjectsError) -> Committed<UploadInfo?> {
        let number = random.next()
        return try await commit(reading: [ObjectKeys.bucket(request.bucket)]) { [self] transaction in
            let state = try require(request.bucket, in: transaction)
            guard decision.holds(in: state) else { return nil }
            try state.check(request.lock, at: transaction.clock)
            let id = UploadID(lsn: transaction.lsn.rawValue, random: number)
            var record = PBUploadRecord.with {
                $0.initiatedMs = transaction.now.milliseconds
                $0.details = request.attributes.details(checksum: nil)
                $0.details.setLock(request.lock)
                $0.storageClass = UInt32(request.attributes.storageClass.rawValue)
                $0.checksumAlgorithm = UInt32(request.checksumAlgorithm?.rawValue ?? 0)
                $0.checksumType = UInt32(type?.rawValue ?? 0)
                $0.checksumIsDefault = !request.isChecksumChosen
                $0.initiator = Owner(request.context.principal).record
            }
            if let encryption = decision.pending {
                let place = ObjectKeyPlace(request.bucket, request.key, .upload(id))
                record.details.encryption = try encryption.record(for: place, in: transaction)
            }
            transaction.put(ObjectKeys.upload(state.instance, request.key, id), try record.serializedBytes())
            try KeyWatch(state.instance, request.key.utf8).begin(in: transaction)
            try transaction.emit(.uploadCreated(request.bucket, request.key, id, request.context))
            return try UploadInfo(id, request.key, record, bucketOwner: state.bucket.owner)
        }
    }

    /// The upload, to know its checksum algorithm before a part's payload comes. Throws `.noSuchBucket`, `.noSuchUpload`.
    package func upload(_ bucket: BucketName, _ key: ObjectKey, _ id: UploadID) async throws(ObjectsError) -> UploadInfo {
        try await read { [self] snapshot in
            let state = try require(bucket, in: snapshot)
            return try requireUpload(id, of: key, state, in: snapshot)
        }
    }

    /// Stores a part in place of what its number held. Throws `.noSuchBucket`, `.noSuchUpload`, `.invalidPartNumber`, `.entityTooLarge`,
    /// `.checksumMissing`.
    package func uploadPart(_ request: PartRequest) async throws(ObjectsError) -> Committed<PartInfo> {
        let payload = request.payload
        defer { withExtendedLifetime(payload) {} }
        let prepared = try PreparedPart(request)
        return try await commit(reading: prepared.hints(buckets)) { [self] transaction in
            try storePart(prepared, transaction) { transaction, upload in
                let checksum = try payload.checksum(upload.checksumAlgorithm)
                guard (payload.seal.sealing == nil) == (upload.encryption == nil) else { throw ObjectsError.noSuchUpload(upload.id) }
                return (try payload.place(in: transaction), checksum)
            }
        }
    }

    /// Gives up an upload and its parts. `initiated`, when given, must be the upload's (in whole seconds). Throws `.noSuchBucket`,
    /// `.noSuchUpload`, `.preconditionFailed`.
    package func abortUpload(
        _ bucket: BucketName, _ key: ObjectKey, _ id: UploadID, initiated: Timestamp? = nil, context: ChangeContext
    ) async throws(ObjectsError) -> Committed<Void> {
        let aborted = try await commit(reading: [ObjectKeys.bucket(bucket)]) { [self] transaction in
            let state = try require(bucket, in: transaction)
            let upload = try requireUpload(id, of: key, state, in: transaction)
            if let initiated, initiated.seconds != upload.initiated.seconds { throw ObjectsError.preconditionFailed(.initiated) }
            return try Self.abort(id, of: key, state, context, in: transaction, partsMax: Self.partsReleasedAtOnceMax)
        }
        await drainAfterCommit(aborted.value.map { [$0] } ?? [])
        return Committed(value: (), lsn: aborted.lsn)
    }

    /// The end of every upload that is not completed, whoever asks for it. Returns parts to be drained.
    static func abort(
        _ id: UploadID, of key: ObjectKey, _ state: BucketState, _ context: ChangeContext, in transaction: Transaction, partsMax: Int
    ) throws -> UploadID? {
        transaction.delete(ObjectKeys.upload(state.instance, key, id))
        try KeyWatch(state.instance, key.utf8).end(in: transaction)
        try state.holdsLess(try partsHeld(by: id, in: transaction), transaction)
        try transaction.emit(.uploadAborted(state.bucket.name, key, id, context))
        return try releaseParts(of: id, countMax: partsMax, in: transaction)
    }

    func requireUpload(
        _ id: UploadID, of key: ObjectKey, _ state: BucketState, in reader: any KeyValueReader
    ) throws -> UploadInfo {
        guard let value = try reader.get(ObjectKeys.upload(state.instance, key, id)) else { throw ObjectsError.noSuchUpload(id) }
        return try value.withUnsafeBytes { try UploadInfo(id, key, $0, bucketOwner: state.bucket.owner) }
    }

    /// The end of every operation that makes a part.
    func storePart(
        _ prepared: PreparedPart, _ transaction: Transaction,
        place: (Transaction, UploadInfo) throws -> (StoredHeader.Layout, Checksum?)
    ) throws -> PartInfo {
        let state = try require(prepared.bucket, in: transaction)
        let upload = try requireUpload(prepared.upload, of: prepared.key, state, in: transaction)
        let ledgerKey = ObjectKeys.part(prepared.upload, prepared.number)
        let replaced = try transaction.get(ledgerKey).map { try StoredHeader($0) }
        let (layout, checksum) = try place(transaction, upload)
        _ = try replaced?.release(in: transaction)
        try state.holdsMore(BucketAmount(bytes: prepared.size - (replaced?.size ?? 0)), transaction)
        let header = StoredHeader(
            layout: layout, size: prepared.size, lastModified: transaction.now, lsn: transaction.lsn, md5: prepared.md5)
        let part = StoredPartRecord(header: header, checksum: checksum, identity: prepared.identity)
        transaction.put(ledgerKey, part.encoded)
        try transaction.emit(prepared.fact)
        var info = part.info(number: prepared.number)
        info.encryption = upload.shownEncryption
        info.isChecksumChosen = upload.isChecksumChosen
        return info
    }
}

/// What a part's commit needs, made before the commit on the caller's thread.
struct PreparedPart: Sendable {
    let bucket: BucketName
    let key: ObjectKey
    let upload: UploadID
    let number: Int
    let size: Int64
    let md5: MD5Digest
    /// Of a sealed payload.
    let identity: PayloadIdentity?
    let fact: Fact

    init(_ request: PartRequest) throws(ObjectsError) {
        let sealed = request.payload.seal.sealing
        precondition(sealed.map { $0.part == request.number } ?? true, "a sealed part is bound to its number")
        try self.init(
            request.bucket, request.key, request.upload, request.number, request.payload.size, request.payload.digest, request.context,
            identity: request.payload.seal.sealing?.identity)
    }

    /// Throws `.invalidPartNumber`.
    init(
        _ bucket: BucketName, _ key: ObjectKey, _ upload: UploadID, _ number: Int, _ size: Int64, _ md5: MD5Digest,
        _ context: ChangeContext, identity: PayloadIdentity? = nil
    ) throws(ObjectsError) {
        guard ObjectsLimits.partNumbers.contains(number) else { throw .invalidPartNumber(number) }
        self.bucket = bucket
        self.key = key
        self.upload = upload
        self.number = number
        self.size = size
        self.md5 = md5
        self.identity = identity
        do {
            fact = try .partUploaded(bucket, key, upload, number: number, size: size, etag: md5.etag(), context)
        } catch {
            throw ObjectsError(error)
        }
    }

    func hints(_ buckets: BucketCache) -> [[UInt8]] {
        let keys = [ObjectKeys.bucket(bucket), ObjectKeys.part(upload, number)]
        guard let state = buckets.hint(bucket) else { return keys }
        return keys + [ObjectKeys.upload(state.instance, key, upload)]
    }
}

extension UploadRequest {
    fileprivate func resolvedChecksumType() throws(ObjectsError) -> ChecksumType? {
        guard let algorithm = checksumAlgorithm else { return nil }
        let type = checksumType ?? algorithm.defaultMultipartType
        guard algorithm.permits(type) else { throw .invalidChecksumType(algorithm, type) }
        return type
    }
}

extension UploadInfo {
    init(_ id: UploadID, _ key: ObjectKey, _ record: PBUploadRecord, bucketOwner: Owner) throws {
        guard let storageClass = StorageClass(rawValue: UInt8(truncatingIfNeeded: record.storageClass)) else {
            throw LedgerError.damaged("upload \(id)")
        }
        let attributes = try ObjectAttributes(record.details, storageClass: storageClass)
        self.init(
            id: id, key: key, initiated: Timestamp(milliseconds: record.initiatedMs), attributes: attributes,
            checksumAlgorithm: ChecksumAlgorithm(rawValue: UInt8(truncatingIfNeeded: record.checksumAlgorithm)),
            checksumType: ChecksumType(rawValue: UInt8(truncatingIfNeeded: record.checksumType)),
            isChecksumChosen: !record.checksumIsDefault, lock: try record.details.lock(),
            owner: attributes.access.owner ?? bucketOwner, initiator: try Owner(record.initiator),
            encryption: record.details.hasEncryption ? try StoredEncryption(record.details.encryption) : nil)
    }

    init(_ id: UploadID, _ key: ObjectKey, _ value: UnsafeRawBufferPointer, bucketOwner: Owner) throws {
        let record: PBUploadRecord
        do {
            record = try PBUploadRecord(serializedBytes: Array(value))
        } catch {
            throw LedgerError.damaged("upload \(id): \(error)")
        }
        try self.init(id, key, record, bucketOwner: bucketOwner)
    }
}
