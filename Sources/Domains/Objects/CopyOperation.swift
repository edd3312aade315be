import Environment
import Model
import NIOCore
import StoragePorts

extension Objects {
    private static let copyTriesMax = 8

    /// Copies an object; the bytes of large ones are shared, not copied, and so the ETag is the source's. From or to an encrypted object
    /// the bytes are read and written again. Throws `.noSuchBucket`, `.noSuchKey`, `.noSuchVersion`, `.deleteMarker`,
    /// `.preconditionFailed`, `.copyWithoutChange`, `.entityTooLarge`, `.encryption`, `.conflict`.
    package func copy(_ request: CopyRequest) async throws(ObjectsError) -> Committed<CopiedObject> {
        for _ in 0..<Self.copyTriesMax {
            let source = try await lookup(request.source)
            try request.check(source)
            try source.check(request.sourceKey)
            let decision = try await encryption(request.encryption, of: request.bucket, request.key)
            do {
                let isShared = decision.shown == nil && source.encryption == nil
                let copied = isShared ? try await copy(source, request, decision) : try await copyAnew(source, request, decision)
                if let copied { return copied }
            } catch {
                // The bucket's default was changed meanwhile.
                guard error == .conflict else { throw error }
            }
        }
        throw .conflict
    }

    /// Nil when the source changed meanwhile.
    private func copy(
        _ source: StoredObject, _ request: CopyRequest, _ decision: EncryptionDecision
    ) async throws(ObjectsError) -> Committed<CopiedObject>? {
        let prepared: PreparedCopy
        do {
            prepared = try await PreparedCopy(source, request, decision, part: random.next(), blobs)
        } catch {
            if error == .blobs(.notFound) { return nil }
            throw error
        }
        let stored = try await commit(reading: hints(request.bucket, request.key)) { [self] transaction -> StoredOutcome? in
            guard try isUnchanged(source, in: transaction) else { return nil }
            let state = try require(request.bucket, in: transaction)
            return try store(prepared.object, prepared.header(transaction), in: state, transaction) { transaction in
                try prepared.place(in: transaction)
            }
        }
        guard let outcome = stored.value else { return nil }
        await drainAfterCommit(outcome.orphans)
        let info = ObjectInfo(
            request.key, outcome, attributes: prepared.attributes, checksum: prepared.checksum?.checksum)
        return Committed(value: CopiedObject(info: info, source: source.info.version), lsn: stored.lsn)
    }

    func lookup(_ source: CopySource) async throws(ObjectsError) -> StoredObject {
        try await lookup(source.bucket, source.key, source.version.map { .version($0) } ?? .current)
    }

    /// Whether the key still holds the version that the lookup found: then its extents are live and may be shared.
    func isUnchanged(_ source: StoredObject, in transaction: Transaction) throws -> Bool {
        guard let state = try buckets.state(of: source.bucket.name, in: transaction), state.instance == source.bucket.instance else {
            return false
        }
        return try VersionedKey(state: state, key: source.info.key).find(madeBy: source.info.lsn, in: transaction) != nil
    }
}

/// What a copy made.
package struct CopiedObject: Hashable, Sendable {
    package let info: ObjectInfo
    /// The version that was copied; nil in a bucket that never had versions.
    package let source: VersionID?
}

extension CopySource {
    /// Throws `.preconditionFailed` with the copy's name of the condition.
    func check(_ info: ObjectInfo) throws(ObjectsError) {
        switch conditions.failure(etag: info.etag, lastModified: info.lastModified) {
        case nil: return
        case .ifMatch: throw .preconditionFailed(.copySourceIfMatch)
        case .ifNoneMatch: throw .preconditionFailed(.copySourceIfNoneMatch)
        case .ifModifiedSince: throw .preconditionFailed(.copySourceIfModifiedSince)
        case .some: throw .preconditionFailed(.copySourceIfUnmodifiedSince)
        }
    }
}

extension CopyRequest {
    func check(_ object: StoredObject) throws(ObjectsError) {
        try source.check(object.info)
        guard object.info.size <= ObjectsLimits.singlePayloadBytesMax else {
            throw .entityTooLarge(size: object.info.size, limit: ObjectsLimits.singlePayloadBytesMax)
        }
        guard source.bucket == bucket, source.key == key, source.version == nil, case .copied(let storageClass, let redirect) = attributes
        else { return }
        let changesClass = storageClass.map { $0 != object.info.attributes.storageClass } ?? false
        let changesChecksum = checksum.map { $0 != object.info.checksum?.checksum.algorithm } ?? false
        if case .unspecified = encryption, !changesClass, !changesChecksum, redirect == nil { throw .copyWithoutChange }
    }

    func attributes(from source: ObjectInfo) -> ObjectAttributes {
        var made: ObjectAttributes
        switch attributes {
        case .replaced(let attributes): made = attributes
        case .copied(let storageClass, let redirect):
            made = source.attributes
            made.storageClass = storageClass ?? .standard
            made.websiteRedirect = redirect
        }
        made.access = access
        return made
    }

    func tags(from source: ObjectInfo) throws(ObjectsError) -> TagSet {
        switch tags {
        case .copied: return source.attributes.tags
        case .replaced(let tags): return tags
        case .withheld:
            guard source.attributes.tags.isEmpty else { throw .withheld }
            return .empty
        }
    }
}

/// A copy of bytes as they lie, as far as it is made before its commit: packed bytes read, a new checksum computed where one was asked for.
/// Sealed bytes stay sealed by the source's key, which `decision` binds to the copy.
struct PreparedCopy: Sendable {
    /// The bytes of one part of the copy.
    enum Bytes: Sendable {
        case empty
        case packed(SmallPayload)
        case shared(Extent)
    }

    let object: PreparedObject
    let attributes: ObjectAttributes
    let checksum: ObjectChecksum?
    private let source: StoredObject
    private let bytes: [Bytes]
    private let number: UInt64
    /// The source's checksums do not hold for the copy's parts when another algorithm was asked for.
    private let keepsPartChecksums: Bool

    init(
        _ source: StoredObject, _ request: CopyRequest, _ decision: EncryptionDecision, part number: UInt64, _ blobs: any Blobs
    ) async throws(ObjectsError) {
        precondition((decision.shown == nil) == (source.encryption == nil), "bytes stay as they are")
        self.source = source
        self.number = number
        var attributes = request.attributes(from: source.info)
        attributes.tags = try request.tags(from: source.info)
        self.attributes = attributes
        keepsPartChecksums = request.checksum == nil || request.checksum == source.info.checksum?.checksum.algorithm
        if let algorithm = request.checksum, !keepsPartChecksums {
            checksum = ObjectChecksum(checksum: try await Self.computed(algorithm, source, blobs), type: .fullObject)
        } else {
            checksum = source.info.checksum
        }
        bytes = try await Self.bytes(of: source, blobs)
        object = try PreparedObject(
            bucket: request.bucket, key: request.key, details: attributes.details(checksum: checksum?.checksum),
            condition: request.condition, lock: request.lock, event: .objectCreatedCopy, fact: (source.info.size, source.info.etag),
            context: request.context, encryption: .decided(decision, source.info.partCount == 0 ? source.parts[0].seal?.identity : nil))
    }

    private static func bytes(of source: StoredObject, _ blobs: any Blobs) async throws(ObjectsError) -> [Bytes] {
        var bytes: [Bytes] = []
        for part in source.parts {
            switch part.extent {
            case nil: bytes.append(.empty)
            case .some(let extent) where extent.kind == .file: bytes.append(.shared(extent))
            case .some(let extent): bytes.append(.packed(blobs.small(try await whole(extent, blobs))))
            }
        }
        return bytes
    }

    /// All of an extent that a commit can carry, sealed or not.
    private static func whole(_ extent: Extent, _ blobs: any Blobs) async throws(ObjectsError) -> ByteBuffer {
        do {
            let reader = try await blobs.open(extent)
            var whole = ByteBuffer()
            while UInt64(whole.readableBytes) < extent.length {
                let rest = Int(extent.length) - whole.readableBytes
                whole.writeImmutableBuffer(try await reader.read(from: UInt64(whole.readableBytes), countMax: rest))
            }
            return whole
        } catch {
            throw ObjectsError(error)
        }
    }

    private static func computed(
        _ algorithm: ChecksumAlgorithm, _ source: StoredObject, _ blobs: any Blobs
    ) async throws(ObjectsError) -> Checksum {
        let reader = try await ObjectReader(source, 0..<source.info.size, blobs)
        var digests = Digests([algorithm])
        while let piece = try await reader.next() { piece.withUnsafeReadableBytes { digests.update($0) } }
        guard let checksum = digests.finish().checksums[algorithm] else { throw .checksumMissing(algorithm) }
        return checksum
    }

    /// Bytes that the commit itself carries.
    var packedBytes: Int {
        bytes.reduce(0) { sum, bytes in
            if case .packed(let payload) = bytes { sum + payload.bytes.readableBytes } else { sum }
        }
    }

    func header(_ transaction: Transaction) -> StoredHeader {
        StoredHeader(
            layout: .empty, storageClass: attributes.storageClass, checksumAlgorithm: checksum?.checksum.algorithm,
            checksumType: checksum?.type, partCount: source.info.partCount, size: source.info.size, lastModified: transaction.now,
            lsn: transaction.lsn, md5: source.md5)
    }

    func place(in transaction: Transaction) throws -> StoredHeader.Layout {
        if source.info.partCount == 0 { return try place(bytes[0], in: transaction) }
        let id = UploadID(lsn: transaction.lsn.rawValue, random: number)
        for (index, (part, bytes)) in zip(source.parts, bytes).enumerated() {
            let header = StoredHeader(
                layout: try place(bytes, in: transaction), size: part.size, lastModified: transaction.now, lsn: transaction.lsn,
                md5: part.md5)
            let record = StoredPartRecord(header: header, checksum: keepsPartChecksums ? part.checksum : nil, identity: part.seal?.identity)
            // A sealed part is bound to its number.
            transaction.put(ObjectKeys.part(id, part.seal?.number ?? index + 1), record.encoded)
        }
        return .parts(id)
    }

    private func place(_ bytes: Bytes, in transaction: Transaction) throws -> StoredHeader.Layout {
        switch bytes {
        case .empty: return .empty
        case .packed(let payload): return .extent(try transaction.stage(payload))
        case .shared(let extent):
            try transaction.adopt(extent)
            return .extent(extent)
        }
    }
}
