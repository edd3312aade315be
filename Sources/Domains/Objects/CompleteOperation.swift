import Model
import StoragePorts
import SwiftProtobuf

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

extension Objects {
    /// Makes the object of the listed parts and gives up the others. Repeated within `ObjectsLimits.completedUploadKept` it
    /// answers as the first time. Throws `.noSuchBucket`, `.noSuchUpload`, `.noParts`, `.invalidPart`, `.invalidPartOrder`,
    /// `.partTooSmall`, `.partChecksumMissing`, `.sizeMismatch`, `.entityTooLarge`, `.checksumMismatch`, `.checksumMissing`,
    /// `.checksumTypeMismatch`, `.preconditionFailed`, `.noSuchKey`, `.uploadDisturbed`, `.retentionInThePast`.
    package func completeUpload(_ request: CompleteRequest) async throws(ObjectsError) -> Committed<CompletedUpload> {
        let done = try await commit(reading: hints(request.bucket, request.key)) { [self] transaction in
            do {
                return try complete(request, transaction)
            } catch ObjectsError.noSuchUpload {
                return (try completedBefore(request, try require(request.bucket, in: transaction), in: transaction), [UploadID]())
            }
        }
        await drainAfterCommit(done.value.1)
        return Committed(value: done.value.0, lsn: done.value.0.lsn)
    }

    /// Within a commit; returns parts to be drained. Throws as `completeUpload`, `.noSuchUpload` also for a completed one.
    func complete(_ request: CompleteRequest, _ transaction: Transaction) throws -> (CompletedUpload, [UploadID]) {
        let state = try require(request.bucket, in: transaction)
        let uploadKey = ObjectKeys.upload(state.instance, request.key, request.upload)
        guard let value = try transaction.get(uploadKey) else { throw ObjectsError.noSuchUpload(request.upload) }
        let upload = try value.withUnsafeBytes {
            try UploadInfo(request.upload, request.key, $0, bucketOwner: state.bucket.owner)
        }
        return try complete(request, upload, uploadKey, state, transaction)
    }

    private func complete(
        _ request: CompleteRequest, _ upload: UploadInfo, _ uploadKey: [UInt8], _ state: BucketState, _ transaction: Transaction
    ) throws -> (CompletedUpload, [UploadID]) {
        try checkCustomerKey(request, upload)
        var stored: [(number: Int, part: StoredPartRecord)] = []
        try transaction.scan(.prefix(ObjectKeys.parts(of: upload.id))) { key, value in
            stored.append((ObjectKeys.partNumber(key), try StoredPartRecord(value)))
            return .next
        }
        let assembly = try Assembly(request, upload, stored)
        let header = StoredHeader(
            layout: .parts(upload.id), storageClass: upload.attributes.storageClass, checksumAlgorithm: assembly.checksum?.algorithm,
            checksumType: upload.checksumType, partCount: request.parts.count, size: assembly.size, lastModified: transaction.now,
            lsn: transaction.lsn, md5: assembly.md5)
        let prepared = try PreparedObject(
            bucket: request.bucket, key: request.key, details: upload.attributes.details(checksum: assembly.checksum),
            condition: request.condition, lock: upload.lock, event: .objectCreatedCompleteMultipartUpload,
            fact: (assembly.size, header.etag), context: request.context, encryption: .kept(upload.encryption))
        let outcome = try store(prepared, header, in: state, transaction) { transaction in
            try checkUndisturbed(request, upload.id, state, transaction)
            // From here on they are the object's, or nobody's.
            try state.holdsLess(BucketAmount(bytes: stored.reduce(0) { $0 + $1.part.header.size }), transaction)
            for place in assembly.unlisted {
                transaction.delete(ObjectKeys.part(upload.id, stored[place].number))
                _ = try stored[place].part.header.release(in: transaction)
            }
            return header.layout
        }
        transaction.delete(uploadKey)
        try KeyWatch(state.instance, request.key.utf8).end(in: transaction)
        var completed = CompletedUpload(
            key: request.key, etag: header.etag, checksum: upload.tellsChecksum ? assembly.checksum.map { header.shown($0) } : nil,
            version: outcome.version, lsn: transaction.lsn)
        completed.encryption = upload.encryption?.shown
        try remember(completed, upload.id, state, transaction)
        return (completed, outcome.orphans)
    }

    /// A condition that holds now may be one that the client did not mean: another writer came between.
    private func checkUndisturbed(
        _ request: CompleteRequest, _ upload: UploadID, _ state: BucketState, _ transaction: Transaction
    ) throws {
        if request.condition == .none { return }
        let current = try VersionedKey(state: state, key: request.key).current(in: transaction)
        guard try KeyWatch(state.instance, request.key.utf8).sawChange(since: upload, current, in: transaction) else { return }
        throw ObjectsError.uploadDisturbed(request.key, request.condition.ifMatch == nil ? .ifNoneMatch : .ifMatch)
    }

    /// AWS needs the customer's key here only when the client chose a checksum.
    private func checkCustomerKey(_ request: CompleteRequest, _ upload: UploadInfo) throws(ObjectsError) {
        let isNeeded = upload.shownChecksum != nil
        guard request.customerKey != nil || (isNeeded && upload.shownEncryption == .customer) else { return }
        guard let encryption = upload.encryption else { throw .encryption(.notApplicable) }
        try encryption.check(request.customerKey)
    }

    /// Keeps the answer for a repeated complete, and forgets old ones: two for each that comes, so they cannot pile up.
    private func remember(_ completed: CompletedUpload, _ id: UploadID, _ state: BucketState, _ transaction: Transaction) throws {
        let expired = transaction.now + (.zero - ObjectsLimits.completedUploadKept)
        var old: [[UInt8]] = []
        try transaction.scan(.prefix([ObjectKeys.completedTag])) { key, value in
            let record = try PBCompletedRecord(serializedBytes: Array(value))
            guard old.count < 2, Timestamp(milliseconds: record.completedMs) < expired else { return .stop }
            old.append(Array(key))
            return .next
        }
        for key in old { transaction.delete(key) }
        let record = PBCompletedRecord.with {
            $0.bucketInstance = state.instance.rawValue
            $0.key = Data(completed.key.utf8)
            $0.completedMs = transaction.now.milliseconds
            $0.lsn = completed.lsn.rawValue
            $0.etag = completed.etag.text
            $0.partCount = UInt32(completed.checksum?.partCount ?? 0)
            $0.checksumAlgorithm = UInt32(completed.checksum?.checksum.algorithm.rawValue ?? 0)
            $0.checksumType = UInt32(completed.checksum?.type.rawValue ?? 0)
            $0.checksum = Data(completed.checksum?.checksum.bytes ?? [])
            $0.versionID = completed.version?.description ?? ""
        }
        transaction.put(ObjectKeys.completed(id), try record.serializedBytes())
    }

    private func completedBefore(
        _ request: CompleteRequest, _ state: BucketState, in transaction: Transaction
    ) throws -> CompletedUpload {
        guard let value = try transaction.get(ObjectKeys.completed(request.upload)) else {
            throw ObjectsError.noSuchUpload(request.upload)
        }
        let record = try PBCompletedRecord(serializedBytes: value)
        guard record.bucketInstance == state.instance.rawValue, Array(record.key) == request.key.utf8 else {
            throw ObjectsError.noSuchUpload(request.upload)
        }
        let checksum = ChecksumAlgorithm(rawValue: UInt8(truncatingIfNeeded: record.checksumAlgorithm))
            .flatMap { Checksum($0, Array(record.checksum)) }
        let type = ChecksumType(rawValue: UInt8(truncatingIfNeeded: record.checksumType)) ?? .fullObject
        return CompletedUpload(
            key: request.key, etag: ETag(record.etag),
            checksum: checksum.map { ObjectChecksum(checksum: $0, type: type, partCount: Int(record.partCount)) },
            version: VersionID(record.versionID), lsn: LSN(record.lsn))
    }
}

extension UploadInfo {
    /// AWS leaves a checksum that nobody chose out of this answer where a key service's key is used; a read shows it.
    fileprivate var tellsChecksum: Bool {
        if case .service? = shownEncryption { return isChecksumChosen }
        return true
    }
}
