import Environment
import Model
import StoragePorts
import SwiftProtobuf

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Puts bytes behind those of an object.
package struct AppendRequest: Sendable {
    /// As for a new object; what is not about the bytes counts only when the append makes it.
    package var put: PutRequest
    /// The object's size before, in bytes; 0 also makes a new object.
    package var offset: Int64

    package init(put: PutRequest, offset: Int64) {
        self.put = put
        self.offset = offset
    }
}

/// What an append made of the object.
package struct AppendedObject: Sendable {
    package let etag: ETag
    package let checksum: ObjectChecksum?
    /// Bytes, of the whole object.
    package let size: Int64
}

extension Objects {
    /// The checksum's algorithm that the object has and that goes on over appended bytes: these must be hashed with it. Nil when there
    /// is no object or no such checksum. Throws `.noSuchBucket`.
    package func appendChecksum(_ bucket: BucketName, _ key: ObjectKey) async throws(ObjectsError) -> ChecksumAlgorithm? {
        try await read { [self] snapshot in
            let state = try require(bucket, in: snapshot)
            return try VersionedKey(state: state, key: key).current(in: snapshot)?.header.appendAlgorithm
        }
    }

    /// Adds the payload as one more part: what is there is not read, copied or written again. Throws `.noSuchBucket`,
    /// `.wrongOffset`, `.tooManyParts`, `.appendNotPossible`, `.entityTooLarge`, `.preconditionFailed`, `.noSuchKey`, `.checksumMissing`,
    /// and for a new object as `put`.
    package func append(_ request: AppendRequest) async throws(ObjectsError) -> Committed<AppendedObject> {
        let put = request.put
        defer { withExtendedLifetime(put.payload) {} }
        if request.offset == 0, try await !exists(put.bucket, put.key) {
            // Whoever makes it meanwhile wins: then the offset is wrong.
            var first = put
            if first.condition.ifMatch == nil { first.condition.ifNoneMatch = .any }
            do {
                let made = try await self.put(first)
                return Committed(
                    value: AppendedObject(etag: made.value.etag, checksum: made.value.checksum, size: made.value.size), lsn: made.lsn)
            } catch {
                guard error == .preconditionFailed(.ifNoneMatch), put.condition.ifNoneMatch == nil else { throw error }
            }
        }
        let number = random.next()
        return try await commit(reading: hints(put.bucket, put.key)) { [self] transaction in
            try append(request, number: number, in: try require(put.bucket, in: transaction), transaction)
        }
    }

    private func exists(_ bucket: BucketName, _ key: ObjectKey) async throws(ObjectsError) -> Bool {
        try await read { [self] snapshot in
            let state = try require(bucket, in: snapshot)
            return try VersionedKey(state: state, key: key).current(in: snapshot).map { !$0.header.isDeleteMarker } ?? false
        }
    }

    private func append(
        _ request: AppendRequest, number: UInt64, in state: BucketState, _ transaction: Transaction
    ) throws -> AppendedObject {
        let (put, payload) = (request.put, request.put.payload)
        let versions = VersionedKey(state: state, key: put.key)
        guard let found = try versions.current(in: transaction), !found.header.isDeleteMarker else {
            throw request.offset == 0 ? ObjectsError.conflict : ObjectsError.wrongOffset(size: 0)
        }
        try put.condition.check(found.header, put.bucket, put.key)
        guard request.offset == found.header.size else { throw ObjectsError.wrongOffset(size: found.header.size) }
        guard !found.header.flags.contains(.encryption), payload.seal == nil else {
            throw ObjectsError.encryption(.notPossible("AppendObject to an encrypted object"))
        }
        guard !state.hasVersions else { throw ObjectsError.appendNotPossible }
        var header = found.header
        if payload.size == 0 { return AppendedObject(etag: header.etag, checksum: try found.checksum, size: header.size) }
        guard header.size + payload.size <= ObjectsLimits.objectBytesMax else {
            throw ObjectsError.entityTooLarge(size: header.size + payload.size, limit: ObjectsLimits.objectBytesMax)
        }
        try state.holdsMore(BucketAmount(bytes: payload.size), transaction)
        let parts = try partsToExtend(&header, number: number, in: transaction)
        guard header.partCount < ObjectsLimits.partNumbers.upperBound else { throw ObjectsError.tooManyParts }
        let algorithm = header.appendAlgorithm
        let addition = algorithm.flatMap { payload.checksums[$0] }
        let part = StoredHeader(
            layout: try payload.place(in: transaction), size: payload.size, lastModified: transaction.now, lsn: transaction.lsn,
            md5: payload.md5)
        header.partCount += 1
        let last = try lastPartNumber(of: parts, in: transaction)
        transaction.put(ObjectKeys.part(parts, last + 1), StoredPartRecord(header: part, checksum: addition).encoded)
        var details = try found.details
        if state.hasAdmission {
            let contentType = details.hasContentType ? details.contentType : nil
            try state.checkAdmission(put.key, size: header.size + payload.size, contentType: contentType)
        }
        let checksum = try extend(&details, &header, algorithm, addition, by: payload.size)
        header.size += payload.size
        header.md5 = Digests.md5(of: header.md5.bytes + payload.md5.bytes)
        header.lastModified = transaction.now
        header.lsn = transaction.lsn
        transaction.put(ObjectKeys.object(state.instance, put.key), header.encoded(tail: try details.serializedBytes()))
        try transaction.emit(.objectAppended(put, header, offset: request.offset))
        try state.announce(.objectCreatedPut, put.key, nil, header, context: put.context, in: transaction)
        return AppendedObject(etag: header.etag, checksum: checksum.map { header.shown($0) }, size: header.size)
    }

    /// The object's parts. An object that is one payload becomes one of one part: the part's record names its bytes from now on.
    private func partsToExtend(_ header: inout StoredHeader, number: UInt64, in transaction: Transaction) throws -> UploadID {
        if case .parts(let id) = header.layout { return id }
        let id = UploadID(lsn: transaction.lsn.rawValue, random: number)
        if header.layout != .empty {
            let first = StoredHeader(
                layout: header.layout, size: header.size, lastModified: header.lastModified, lsn: header.lsn, md5: header.md5)
            transaction.put(ObjectKeys.part(id, 1), StoredPartRecord(header: first, checksum: nil).encoded)
            header.partCount = 1
        }
        header.layout = .parts(id)
        return id
    }

    /// Parts keep the numbers that they had in their upload, so the last one's may be above their count.
    private func lastPartNumber(of id: UploadID, in transaction: Transaction) throws -> Int {
        var last = 0
        try transaction.scan(.prefix(ObjectKeys.parts(of: id)), .backward) { key, _ in
            last = ObjectKeys.partNumber(key)
            return .stop
        }
        guard last < ObjectsLimits.partNumbers.upperBound else { throw ObjectsError.tooManyParts }
        return last
    }

    /// A CRC over the whole object goes on; any other checksum ends, because it cannot be computed without reading everything.
    private func extend(
        _ details: inout PBObjectDetails, _ header: inout StoredHeader, _ algorithm: ChecksumAlgorithm?, _ addition: Checksum?,
        by size: Int64
    ) throws -> Checksum? {
        guard let algorithm, let before = Checksum(algorithm, Array(details.checksum)) else {
            header.checksumAlgorithm = nil
            header.checksumType = nil
            details.checksum = Data()
            return nil
        }
        guard let addition else { throw ObjectsError.checksumMissing(algorithm) }
        let whole = before.followed(by: addition, of: size)
        details.checksum = Data(whole.bytes)
        return whole
    }
}

extension StoredHeader {
    /// Of the checksum that can go on over appended bytes.
    var appendAlgorithm: ChecksumAlgorithm? {
        guard checksumType == .fullObject, let checksumAlgorithm, checksumAlgorithm.permits(.fullObject) else { return nil }
        return checksumAlgorithm
    }
}

extension Checksum {
    /// The CRC of these bytes and `size` more with the checksum `next`.
    fileprivate func followed(by next: Checksum, of size: Int64) -> Checksum {
        func number(_ bytes: [UInt8]) -> UInt64 { bytes.reduce(0) { $0 << 8 | UInt64($1) } }
        let whole = Assembly.combined(algorithm, number(bytes), number(next.bytes), length: UInt64(size))
        return Checksum(algorithm, Digests.bigEndian(whole).suffix(algorithm.byteCount)) ?? self
    }
}

extension StoredVersion {
    fileprivate var checksum: ObjectChecksum? {
        get throws {
            guard let algorithm = header.checksumAlgorithm else { return nil }
            return Checksum(algorithm, Array(try details.checksum)).map { header.shown($0) }
        }
    }
}
