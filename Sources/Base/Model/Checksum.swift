/// The checksum algorithms of S3. Raw values are stored: never renumber.
///
/// Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html
package enum ChecksumAlgorithm: UInt8, CaseIterable, Hashable, Sendable {
    case crc32 = 1
    case crc32c = 2
    case crc64nvme = 3
    case sha1 = 4
    case sha256 = 5

    /// As in `x-amz-checksum-algorithm` and in `ChecksumAlgorithm` elements.
    package var wireName: String {
        switch self {
        case .crc32: "CRC32"
        case .crc32c: "CRC32C"
        case .crc64nvme: "CRC64NVME"
        case .sha1: "SHA1"
        case .sha256: "SHA256"
        }
    }

    /// The header or trailer that carries the value in Base64, in lower case.
    package var headerName: String {
        switch self {
        case .crc32: "x-amz-checksum-crc32"
        case .crc32c: "x-amz-checksum-crc32c"
        case .crc64nvme: "x-amz-checksum-crc64nvme"
        case .sha1: "x-amz-checksum-sha1"
        case .sha256: "x-amz-checksum-sha256"
        }
    }

    /// The XML element that carries the value in Base64, as `ChecksumCRC32`.
    package var elementName: String { "Checksum" + wireName }

    /// Length of the value before Base64.
    package var byteCount: Int {
        switch self {
        case .crc32, .crc32c: 4
        case .crc64nvme: 8
        case .sha1: 20
        case .sha256: 32
        }
    }

    /// By the wire name; clients write it in either case.
    package init?(wireName: String) {
        guard let found = Self.allCases.first(where: { $0.wireName == wireName.uppercased() }) else { return nil }
        self = found
    }

    /// By the header's name in any case.
    package init?(headerName: String) {
        guard let found = Self.allCases.first(where: { $0.headerName == headerName.lowercased() }) else { return nil }
        self = found
    }

    /// Whether a multipart upload may ask for this type: CRCs of parts can be joined to that of the whole, digests cannot, and
    /// CRC-64/NVME has no composite form.
    package func permits(_ type: ChecksumType) -> Bool {
        switch (self, type) {
        case (.crc64nvme, .composite), (.sha1, .fullObject), (.sha256, .fullObject): false
        default: true
        }
    }

    /// What a multipart upload gets that names the algorithm alone.
    package var defaultMultipartType: ChecksumType { self == .crc64nvme ? .fullObject : .composite }
}

/// What a multipart object's checksum was computed over. Raw values are stored: never renumber.
package enum ChecksumType: UInt8, CaseIterable, Hashable, Sendable {
    /// The parts' checksums one after the other; written with `-` and the number of parts behind it.
    case composite = 1
    /// All bytes.
    case fullObject = 2

    /// As in `x-amz-checksum-type`.
    package var wireName: String { self == .composite ? "COMPOSITE" : "FULL_OBJECT" }

    package init?(wireName: String) {
        guard let found = Self.allCases.first(where: { $0.wireName == wireName }) else { return nil }
        self = found
    }
}

/// A checksum's value, most significant byte first, as it is before Base64.
package struct Checksum: Hashable, Sendable {
    package let algorithm: ChecksumAlgorithm
    package let bytes: [UInt8]

    /// Nil when the number of bytes is not the algorithm's.
    package init?(_ algorithm: ChecksumAlgorithm, _ bytes: [UInt8]) {
        guard bytes.count == algorithm.byteCount else { return nil }
        self.algorithm = algorithm
        self.bytes = bytes
    }
}
