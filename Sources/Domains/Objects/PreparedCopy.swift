import Model
import NIOCore
import StoragePorts

/// A copy of bytes as they lie, as far as it is made before its commit: packed bytes read, shared ones named. Sealed bytes stay sealed by
/// the source's key, which `decision` binds to the copy.
struct PreparedCopy: Sendable {
    /// The bytes of one part of the copy.
    enum Bytes: Sendable {
        case empty
        case packed(SmallPayload)
        case shared(Extent)
    }

    let object: PreparedObject
    let attributes: ObjectAttributes
    var checksum: ObjectChecksum? { digests.checksum }
    private let source: StoredObject
    private let digests: CopyDigests
    private let bytes: [Bytes]
    private let number: UInt64
    /// The bytes of one part in the clear need no part's record when the copy is of no parts. A sealed part keeps its number.
    private let isOfParts: Bool

    /// `restoredUntil`: that of an archived object which is only renamed. A copy has to be restored anew.
    init(
        _ source: StoredObject, _ request: CopyRequest, _ decision: EncryptionDecision, _ digests: CopyDigests, part number: UInt64,
        restoredUntil: Timestamp? = nil, _ blobs: any Blobs
    ) async throws(ObjectsError) {
        precondition((decision.shown == nil) == (source.encryption == nil), "bytes stay as they are")
        self.source = source
        self.number = number
        var attributes = request.attributes(from: source.info)
        attributes.tags = try request.tags(from: source.info)
        self.attributes = attributes
        self.digests = digests
        isOfParts = source.isOfParts && (digests.partCount > 0 || source.parts.count > 1 || source.encryption != nil)
        bytes = try await Self.bytes(of: source, blobs)
        var details = attributes.details(checksum: digests.checksum?.checksum)
        if let restoredUntil { details.restoredUntilMs = restoredUntil.milliseconds }
        object = try PreparedObject(
            bucket: request.bucket, key: request.key, details: details,
            condition: request.condition, lock: request.lock, event: .objectCreatedCopy, fact: (source.info.size, digests.etag),
            context: request.context, encryption: .decided(decision, isOfParts ? nil : source.parts[0].seal?.identity))
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

    /// Bytes that the commit itself carries.
    var packedBytes: Int {
        bytes.reduce(0) { sum, bytes in
            if case .packed(let payload) = bytes { sum + payload.bytes.readableBytes } else { sum }
        }
    }

    func header(_ transaction: Transaction) -> StoredHeader {
        StoredHeader(
            layout: .empty, storageClass: attributes.storageClass, checksumAlgorithm: checksum?.checksum.algorithm,
            checksumType: checksum?.type, partCount: digests.partCount, size: source.info.size, lastModified: transaction.now,
            lsn: transaction.lsn, md5: digests.md5)
    }

    func place(in transaction: Transaction) throws -> StoredHeader.Layout {
        guard isOfParts else { return try place(bytes[0], in: transaction) }
        let id = UploadID(lsn: transaction.lsn.rawValue, random: number)
        for (index, (part, bytes)) in zip(source.parts, bytes).enumerated() {
            let header = StoredHeader(
                layout: try place(bytes, in: transaction), size: part.size, lastModified: transaction.now, lsn: transaction.lsn,
                md5: part.md5)
            let checksum = digests.partCount > 0 ? part.checksum : nil
            let record = StoredPartRecord(header: header, checksum: checksum, identity: part.seal?.identity)
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
