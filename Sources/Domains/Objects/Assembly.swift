import Bytes
import Model

/// Checks the list of a complete against the parts that were uploaded, and computes what the object will be. Pure.
///
/// Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html
struct Assembly {
    private(set) var size: Int64 = 0
    private(set) var md5: MD5Digest
    private(set) var checksum: Checksum?
    /// Places in `stored` of the parts that the object does not have.
    private(set) var unlisted: [Int] = []

    private let request: CompleteRequest
    private let upload: UploadInfo
    /// Those of the list, in its order.
    private var parts: [(number: Int, part: StoredPartRecord)] = []

    /// `stored` is ascending. Throws `.noParts`, `.invalidPart`, `.invalidPartOrder`, `.partTooSmall`, `.partChecksumMissing`,
    /// `.partChecksumMismatch`, `.sizeMismatch`, `.entityTooLarge`, `.checksumMismatch`, `.checksumMissing`, `.checksumTypeMismatch`.
    init(_ request: CompleteRequest, _ upload: UploadInfo, _ stored: [(number: Int, part: StoredPartRecord)]) throws(ObjectsError) {
        self.request = request
        self.upload = upload
        self.md5 = MD5Digest(high: 0, low: 0)
        let type = upload.shownChecksum?.type
        if let asked = request.checksumType, asked != type { throw .checksumTypeMismatch(type) }
        try choose(from: stored)
        try checkSizes()
        var digests: [UInt8] = []
        digests.reserveCapacity(16 * parts.count)
        for (_, part) in parts { digests.append(contentsOf: part.header.md5.bytes) }
        md5 = Digests.md5(of: digests)
        checksum = try computedChecksum()
        if let declared = request.checksum { try check(declared) }
    }

    /// As AWS does: a declared checksum is one of the type that the request names or else of its algorithm's default, so that the right one
    /// of a full object is a wrong one where the type is left out. For the answer the upload's algorithm counts, not the declared one. An
    /// upload that chose none knows one checksum only, and nothing says what another would be of.
    private func check(_ declared: Checksum) throws(ObjectsError) {
        guard let (algorithm, type) = upload.shownChecksum else {
            guard checksum?.algorithm != declared.algorithm || checksum == declared else { throw .checksumMismatch(declared.algorithm) }
            return
        }
        let assumed = request.checksumType ?? (request.requiresChecksumType ? algorithm.defaultMultipartType : type)
        guard checksum == declared, assumed == type else { throw .checksumMismatch(algorithm) }
    }

    private mutating func choose(from stored: [(number: Int, part: StoredPartRecord)]) throws(ObjectsError) {
        guard !request.parts.isEmpty else { throw .noParts }
        for (part, next) in zip(request.parts, request.parts.dropFirst()) where next.number <= part.number { throw .invalidPartOrder }
        parts.reserveCapacity(request.parts.count)
        var place = 0
        for listed in request.parts {
            while place < stored.count, stored[place].number < listed.number {
                unlisted.append(place)
                place += 1
            }
            guard place < stored.count, stored[place].number == listed.number else { throw .invalidPart(number: listed.number) }
            try check(listed, against: stored[place].part)
            parts.append(stored[place])
            place += 1
        }
        unlisted.append(contentsOf: place..<stored.count)
    }

    private func check(_ listed: ListedPart, against part: StoredPartRecord) throws(ObjectsError) {
        guard listed.etag == part.header.etag else { throw .invalidPart(number: listed.number) }
        if let checksum = listed.checksum {
            if let chosen = upload.shownChecksum, chosen.algorithm != checksum.algorithm {
                throw .partChecksumMismatch(checksum.algorithm, number: listed.number)
            }
            guard checksum == part.checksum else { throw .invalidPart(number: listed.number) }
        } else if request.requiresPartChecksums, upload.checksumType == .composite, let algorithm = upload.checksumAlgorithm {
            throw .partChecksumMissing(algorithm, number: listed.number)
        }
    }

    private mutating func checkSizes() throws(ObjectsError) {
        for (index, (number, part)) in parts.enumerated() {
            size += part.header.size
            if index < parts.count - 1, part.header.size < ObjectsLimits.partBytesMin {
                throw .partTooSmall(number: number, etag: part.header.etag, size: part.header.size)
            }
        }
        guard size <= ObjectsLimits.objectBytesMax else { throw .entityTooLarge(size: size, limit: ObjectsLimits.objectBytesMax) }
        if let declared = request.size, declared != size { throw .sizeMismatch(declared: declared, actual: size) }
    }

    private func computedChecksum() throws(ObjectsError) -> Checksum? {
        guard let algorithm = upload.checksumAlgorithm else { return nil }
        var joined: [UInt8] = []
        var whole: UInt64 = 0
        for (_, part) in parts {
            guard let bytes = part.checksum?.bytes else { throw .checksumMissing(algorithm) }
            if upload.checksumType == .composite {
                joined.append(contentsOf: bytes)
            } else {
                whole = Self.combined(algorithm, whole, bytes.reduce(0) { $0 << 8 | UInt64($1) }, length: UInt64(part.header.size))
            }
        }
        if upload.checksumType == .composite { return Digests.checksum(algorithm, of: joined) }
        return Checksum(algorithm, Digests.bigEndian(whole).suffix(algorithm.byteCount))
    }

    /// The CRC of two texts one after the other.
    static func combined(_ algorithm: ChecksumAlgorithm, _ first: UInt64, _ second: UInt64, length: UInt64) -> UInt64 {
        func narrow(_ combine: (UInt32, UInt32, UInt64) -> UInt32) -> UInt64 {
            UInt64(combine(UInt32(truncatingIfNeeded: first), UInt32(truncatingIfNeeded: second), length))
        }
        switch algorithm {
        case .crc32: return narrow { CRC32.combined($0, $1, secondLength: $2) }
        case .crc32c: return narrow { CRC32C.combined($0, $1, secondLength: $2) }
        case .crc64nvme: return CRC64NVME.combined(first, second, secondLength: length)
        case .sha1, .sha256: preconditionFailure("a digest has no full-object form; creating the upload refused it")
        }
    }
}
