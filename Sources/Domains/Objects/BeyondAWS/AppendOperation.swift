import Envelope
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
    /// As for a new object; what is not about the bytes counts only when the append makes it. Its payload was received by the target's seal.
    package var put: PutRequest
    /// The object's size before, in bytes; 0 also makes a new object.
    package var offset: Int64
    package var target: AppendTarget

    package init(put: PutRequest, offset: Int64, target: AppendTarget) {
        self.put = put
        self.offset = offset
        self.target = target
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
    /// Adds the payload as one more part: what is there is not read, copied or written again. Throws `.noSuchBucket`,
    /// `.wrongOffset`, `.tooManyParts`, `.appendNotPossible`, `.entityTooLarge`, `.preconditionFailed`, `.noSuchKey`, `.checksumMissing`,
    /// `.encryption(.keptInTheClear)`, `.conflict` when the object was replaced while the payload came, and for a new object as `put`.
    package func append(_ request: AppendRequest) async throws(ObjectsError) -> Committed<AppendedObject> {
        let put = request.put
        defer { withExtendedLifetime(put.payload) {} }
        if request.offset == 0, case .object = put.payload.seal.use {
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
            let growing = Growing(request, try require(put.bucket, in: transaction), number: number, transaction)
            return try growing.perform()
        }
    }
}

/// An append within its commit.
private struct Growing {
    private let request: AppendRequest
    private let state: BucketState
    /// Names the parts of an object that was one payload.
    private let number: UInt64
    private let transaction: Transaction

    private var put: PutRequest { request.put }
    private var payload: Payload { request.put.payload }

    init(_ request: AppendRequest, _ state: BucketState, number: UInt64, _ transaction: Transaction) {
        self.request = request
        self.state = state
        self.number = number
        self.transaction = transaction
    }

    func perform() throws -> AppendedObject {
        let found = try required()
        var header = found.header
        if payload.size == 0 { return AppendedObject(etag: header.etag, checksum: try found.checksum, size: header.size) }
        guard header.size + payload.size <= ObjectsLimits.objectBytesMax else {
            throw ObjectsError.entityTooLarge(size: header.size + payload.size, limit: ObjectsLimits.objectBytesMax)
        }
        try state.holdsMore(BucketAmount(bytes: payload.size), transaction)
        var details = try found.details
        let parts = try partsToExtend(&header, &details)
        guard header.partCount < ObjectsLimits.partNumbers.upperBound else { throw ObjectsError.tooManyParts }
        let algorithm = header.appendAlgorithm
        let addition = algorithm.flatMap { payload.checksums[$0] }
        try putPart(addition, of: parts, isSealed: header.flags.contains(.encryption))
        header.partCount += 1
        if state.hasAdmission {
            let contentType = details.hasContentType ? details.contentType : nil
            try state.checkAdmission(put.key, size: header.size + payload.size, contentType: contentType)
        }
        let checksum = try extend(&details, &header, algorithm, addition)
        header.size += payload.size
        header.md5 = Digests.md5(of: header.md5.bytes + payload.digest.bytes)
        header.lastModified = transaction.now
        header.lsn = transaction.lsn
        transaction.put(ObjectKeys.object(state.instance, put.key), header.encoded(tail: try details.serializedBytes()))
        try transaction.emit(.objectAppended(put, header, offset: request.offset))
        try state.announce(.objectCreatedPut, put.key, nil, header, context: put.context, in: transaction)
        return AppendedObject(etag: header.etag, checksum: checksum.map { header.shown($0) }, size: header.size)
    }

    /// The object, where the payload may be put behind it.
    private func required() throws -> StoredVersion {
        let current = try VersionedKey(state: state, key: put.key).current(in: transaction)
        guard let found = current, !found.header.isDeleteMarker else {
            throw request.offset == 0 ? ObjectsError.conflict : ObjectsError.wrongOffset(size: 0)
        }
        try put.condition.check(found.header, put.bucket, put.key)
        guard request.offset == found.header.size else { throw ObjectsError.wrongOffset(size: found.header.size) }
        guard !state.hasVersions else { throw ObjectsError.appendNotPossible }
        if found.header.flags.contains(.encryption) {
            // The payload was sealed by the key of an object that was replaced since.
            guard request.target.growth?.lsn == found.header.lsn else { throw ObjectsError.conflict }
        } else {
            guard state.encryption == nil else { throw ObjectsError.encryption(.keptInTheClear) }
            guard payload.seal.sealing == nil else { throw ObjectsError.conflict }
        }
        return found
    }

    /// The object's parts. An object that is one payload becomes one of one part: the part's record names its bytes from now on, under the
    /// number 0 when they are sealed, because they were sealed by it; and the object's key is bound to the parts.
    private func partsToExtend(_ header: inout StoredHeader, _ details: inout PBObjectDetails) throws -> UploadID {
        if case .parts(let id) = header.layout {
            if header.partCount == 0 { header.partCount = try partCount(of: id) }
            return id
        }
        let id = UploadID(lsn: transaction.lsn.rawValue, random: number)
        if header.layout != .empty {
            let isSealed = header.flags.contains(.encryption)
            let identity = isSealed ? PayloadIdentity(bytes: details.encryption.payloadIdentity) : nil
            guard isSealed == (identity != nil) else { throw LedgerError.damaged("payload identity") }
            let first = StoredHeader(
                layout: header.layout, size: header.size, lastModified: header.lastModified, lsn: header.lsn, md5: header.md5)
            let record = StoredPartRecord(header: first, checksum: nil, identity: identity)
            transaction.put(ObjectKeys.part(id, isSealed ? 0 : 1), record.encoded)
            header.partCount = 1
        }
        header.layout = .parts(id)
        if let rebound = request.target.growth?.rebound {
            details.encryption = try rebound.record(for: ObjectKeyPlace(put.bucket, put.key, header), in: transaction)
        }
        return id
    }

    /// For a copy that shares parts, whose head does not count them.
    private func partCount(of id: UploadID) throws -> Int {
        var count = 0
        try transaction.scan(.prefix(ObjectKeys.parts(of: id))) { _, _ in
            count += 1
            return .next
        }
        return count
    }

    private func putPart(_ checksum: Checksum?, of parts: UploadID, isSealed: Bool) throws {
        let header = StoredHeader(
            layout: try payload.place(in: transaction), size: payload.size, lastModified: transaction.now, lsn: transaction.lsn,
            md5: payload.digest)
        let number = try lastPartNumber(of: parts) + 1
        if isSealed { precondition(payload.seal.sealing?.part == number, "a sealed part is bound to its number") }
        let record = StoredPartRecord(header: header, checksum: checksum, identity: payload.seal.sealing?.identity)
        transaction.put(ObjectKeys.part(parts, number), record.encoded)
    }

    /// Parts keep the numbers that they had in their upload, so the last one's may be above their count.
    private func lastPartNumber(of id: UploadID) throws -> Int {
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
        _ details: inout PBObjectDetails, _ header: inout StoredHeader, _ algorithm: ChecksumAlgorithm?, _ addition: Checksum?
    ) throws -> Checksum? {
        guard let algorithm, let before = Checksum(algorithm, Array(details.checksum)) else {
            header.checksumAlgorithm = nil
            header.checksumType = nil
            details.checksum = Data()
            return nil
        }
        guard let addition else { throw ObjectsError.checksumMissing(algorithm) }
        let whole = before.followed(by: addition, of: payload.size)
        details.checksum = Data(whole.bytes)
        return whole
    }
}

extension StoredHeader {
    /// Of the checksum that can go on over appended bytes.
    var appendAlgorithm: ChecksumAlgorithm? {
        checksumAlgorithm.flatMap { Self.appendAlgorithm($0, checksumType) }
    }

    static func appendAlgorithm(_ algorithm: ChecksumAlgorithm, _ type: ChecksumType?) -> ChecksumAlgorithm? {
        type == .fullObject && algorithm.permits(.fullObject) ? algorithm : nil
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
