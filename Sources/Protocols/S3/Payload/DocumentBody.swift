import AWSWire
import Bytes
import Crypto
import Doors
import HTTPTypes
import Model
import NIOCore

/// A small XML body, read whole and proven.
enum DocumentBody {
    /// Nil when the body is empty. Throws `MalformedXML` past `bytesMax` or for what is no XML, and for every claim that does not hold.
    /// `checksumIsOfBody` is false where the checksum headers speak of something else than this document.
    static func read(
        _ call: S3Call, bytesMax: Int, requiresDigest: Bool = false, checksumIsOfBody: Bool = true
    ) async throws -> XMLElement? {
        let bytes = try await bytes(call, bytesMax: bytesMax, requiresDigest: requiresDigest, checksumIsOfBody: checksumIsOfBody)
        if bytes.readableBytes == 0 { return nil }
        return try XMLElement.parse(bytes, limits: XMLLimits(bytesMax: bytesMax))
    }

    /// The same for a body that is no XML.
    static func bytes(
        _ call: S3Call, bytesMax: Int, requiresDigest: Bool = false, checksumIsOfBody: Bool = true
    ) async throws -> ByteBuffer {
        let claims = try PayloadClaims(call, checksumIsOfBody: checksumIsOfBody)
        if requiresDigest, claims.contentMD5 == nil, claims.checksum.algorithm == nil {
            throw S3Error.invalidRequest("Missing required header for this request: Content-MD5 OR x-amz-checksum-*")
        }
        return try await collect(call, claims, bytesMax)
    }

    /// The body as it came, proven. Throws `MalformedXML` past `bytesMax`, and for every claim that does not hold.
    static func bytes(_ call: S3Call, bytesMax: Int) async throws -> ByteBuffer {
        try await collect(call, try PayloadClaims(call), bytesMax)
    }

    private static func collect(_ call: S3Call, _ claims: PayloadClaims, _ bytesMax: Int) async throws -> ByteBuffer {
        var stream = try PayloadStream(call, trailers: claims.checksum.trailers)
        guard stream.length ?? 0 <= bytesMax else { throw S3Error.malformedXML }
        let length = stream.length.map { Int($0) } ?? bytesMax
        if length > S3Limits.unreservedBytesMax {
            let memory = length * S3Limits.documentMemoryFactor
            _ = try await call.body.reserve(memory, least: memory)
        }
        var bytes = ByteBuffer()
        while var piece = try await stream.next() {
            guard bytes.readableBytes + piece.readableBytes <= bytesMax else { throw S3Error.malformedXML }
            bytes.writeBuffer(&piece)
        }
        let trailing = try stream.finish(trailing: claims.checksum.algorithm)
        let view = bytes.readableBytesView
        var checksums: [ChecksumAlgorithm: Checksum] = [:]
        for algorithm in claims.digests { checksums[algorithm] = SmallDigest.compute(algorithm, view) }
        try claims.verify(md5: SmallDigest.hash(Insecure.MD5.self, view), checksums: checksums, trailing: trailing)
        return bytes
    }
}

/// Checksums of bytes that are in memory.
enum SmallDigest {
    static func compute(_ algorithm: ChecksumAlgorithm, _ bytes: ByteBufferView) -> Checksum? {
        Checksum(algorithm, value(algorithm, bytes))
    }

    private static func value(_ algorithm: ChecksumAlgorithm, _ bytes: ByteBufferView) -> [UInt8] {
        switch algorithm {
        case .crc32: bytes.withUnsafeBytes { bigEndian(CRC32.checksum($0)) }
        case .crc32c: bytes.withUnsafeBytes { bigEndian(CRC32C.checksum($0)) }
        case .crc64nvme: bytes.withUnsafeBytes { bigEndian(CRC64NVME.checksum($0)) }
        case .sha1: hash(Insecure.SHA1.self, bytes)
        case .sha256: hash(SHA256.self, bytes)
        }
    }

    static func hash<Function: HashFunction>(_ function: Function.Type, _ bytes: ByteBufferView) -> [UInt8] {
        var hasher = function.init()
        bytes.withUnsafeBytes { hasher.update(bufferPointer: $0) }
        return Array(hasher.finalize())
    }

    private static func bigEndian(_ number: some FixedWidthInteger) -> [UInt8] {
        withUnsafeBytes(of: number.bigEndian) { Array($0) }
    }
}
