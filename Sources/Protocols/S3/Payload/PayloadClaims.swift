import AWSWire
import Bytes
import Model

/// All that a request claims about its payload, and the comparison with what came.
struct PayloadClaims: Sendable {
    let contentMD5: [UInt8]?
    let contentSHA256: [UInt8]?
    let checksum: DeclaredChecksum
    /// AWS was recorded to tell a wrong Content-MD5 of PutObject in hexadecimal digits, and that of a part as it was sent.
    private let tellsHex: Bool

    /// Throws `InvalidDigest`, and what `DeclaredChecksum` throws.
    init(_ call: S3Call, checksumIsOfBody: Bool = true) throws(S3Error) {
        contentMD5 = try ContentMD5.parse(call.headers)
        if case .signed(let hash) = call.caller.payload { contentSHA256 = hash } else { contentSHA256 = nil }
        checksum = checksumIsOfBody ? try DeclaredChecksum(call) : .none
        tellsHex = call.operation == .putObject
    }

    /// What has to be computed besides the MD5.
    var digests: Set<ChecksumAlgorithm> {
        var digests: Set<ChecksumAlgorithm> = []
        if contentSHA256 != nil { digests.insert(.sha256) }
        if let algorithm = checksum.algorithm { digests.insert(algorithm) }
        return digests
    }

    /// `trailing` is the checksum that came in the trailer. Throws `XAmzContentSHA256Mismatch`, `BadDigest`, `MalformedTrailerError`.
    func verify(md5: @autoclosure () -> [UInt8], checksums: [ChecksumAlgorithm: Checksum], trailing: Checksum?) throws(S3Error) {
        if let contentSHA256, let computed = checksums[.sha256], computed.bytes != contentSHA256 {
            throw .contentSHA256Mismatch(claimed: Hex.encode(contentSHA256), calculated: Hex.encode(computed.bytes))
        }
        if let contentMD5 {
            let computed = md5()
            if computed != contentMD5 {
                throw .badContentMD5(
                    expected: tellsHex ? Hex.encode(contentMD5) : Base64.encode(contentMD5), calculated: Base64.encode(computed))
            }
        }
        guard let algorithm = checksum.algorithm else { return }
        guard let claimed = checksum.value ?? trailing else { throw .malformedTrailer }
        guard checksums[algorithm] == claimed else { throw .badChecksum(algorithm.wireName) }
    }
}
