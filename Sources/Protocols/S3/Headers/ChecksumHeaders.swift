import AWSWire
import Bytes
import HTTPTypes
import Model

/// What a request says about its payload's checksum: in a header before the body, in a trailer after it, or not at all.
///
/// Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html
struct DeclaredChecksum: Sendable {
    /// The algorithm of the header or trailer.
    var algorithm: ChecksumAlgorithm?
    /// From a header; nil when it comes in the trailer.
    var value: Checksum?
    /// Names that `x-amz-trailer` declares, in lower case.
    var trailers: [String] = []

    static let none = DeclaredChecksum()

    private init() {}

    private static let several = S3Error.invalidRequest(
        "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.")

    /// Throws `InvalidRequest` for several checksums, a malformed one, or an algorithm that is named but not sent.
    init(_ call: S3Call) throws(S3Error) {
        guard call.groups.contains(.checksum) else { return }
        var text: String?
        for candidate in ChecksumAlgorithm.allCases {
            guard let sent = call.headers[candidate.field] else { continue }
            guard algorithm == nil else { throw Self.several }
            (algorithm, text) = (candidate, sent)
        }
        if let algorithm, let text { value = try Self.value(text, algorithm) }
        try readTrailers(AWSChunkedDecoder.declaredTrailers(in: call.headers))
        try checkSDKAlgorithm(call.headers[.amzSDKChecksumAlgorithm])
    }

    private mutating func readTrailers(_ names: [String]) throws(S3Error) {
        trailers = names
        for name in trailers {
            guard let trailing = ChecksumAlgorithm(headerName: name) else {
                throw .invalidRequest("The value specified in the x-amz-trailer header is not supported")
            }
            guard algorithm == nil else { throw Self.several }
            algorithm = trailing
        }
    }

    private func checkSDKAlgorithm(_ text: String?) throws(S3Error) {
        guard let text else { return }
        guard let named = ChecksumAlgorithm(wireName: text) else {
            throw .invalidRequest("Value for x-amz-sdk-checksum-algorithm header is invalid.")
        }
        guard let algorithm else {
            throw .invalidRequest(
                "x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* or x-amz-trailer headers were found.")
        }
        guard algorithm == named else { throw .invalidRequest("Value for x-amz-sdk-checksum-algorithm header is invalid.") }
    }

    /// Throws `InvalidRequest` for text that is not Base64 of the algorithm's length.
    static func value(_ text: String, _ algorithm: ChecksumAlgorithm) throws(S3Error) -> Checksum {
        guard let bytes = Base64.decode(text), let checksum = Checksum(algorithm, bytes) else {
            throw .malformedChecksum(algorithm.headerName)
        }
        return checksum
    }
}

extension ChecksumAlgorithm {
    var field: HTTPField.Name {
        switch self {
        case .crc32: .amzChecksumCRC32
        case .crc32c: .amzChecksumCRC32C
        case .crc64nvme: .amzChecksumCRC64NVME
        case .sha1: .amzChecksumSHA1
        case .sha256: .amzChecksumSHA256
        }
    }
}

/// `Content-MD5`.
enum ContentMD5 {
    static let byteCount = 16

    /// The 16 bytes, nil when the header is absent. Throws `InvalidDigest`.
    static func parse(_ headers: HTTPFields) throws(S3Error) -> [UInt8]? {
        guard let text = headers[.contentMD5] else { return nil }
        guard let bytes = Base64.decode(text), bytes.count == byteCount else { throw .invalidDigest(text) }
        return bytes
    }
}

extension StringProtocol {
    /// Without spaces and tabs at both ends.
    var trimmed: SubSequence {
        let isBlank: (Character) -> Bool = { $0 == " " || $0 == "\t" }
        guard let start = firstIndex(where: { !isBlank($0) }), let end = lastIndex(where: { !isBlank($0) }) else {
            return self[endIndex...]
        }
        return self[start...end]
    }
}
