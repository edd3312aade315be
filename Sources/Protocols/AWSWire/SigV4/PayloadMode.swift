import Bytes
import Doors
import HTTPTypes

/// What `x-amz-content-sha256` says of the body.
///
/// Source: https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html
package enum PayloadMode: Hashable, Sendable {
    /// Not said: the body's own SHA-256 is in the signature (services other than S3).
    case implied
    /// The body as it is, its bytes not signed (also presigned URLs).
    case unsigned
    /// The body as it is; its SHA-256 (32 bytes) must be this, or `XAmzContentSHA256Mismatch`.
    case signed(sha256: [UInt8])
    /// aws-chunked, each chunk signed.
    case streamingSigned
    /// aws-chunked, each chunk and the trailer signed.
    case streamingSignedTrailer
    /// aws-chunked with a trailer, nothing of it signed.
    case streamingUnsignedTrailer

    /// Whether the body comes as aws-chunked and needs `AWSChunkedDecoder`.
    package var isStreaming: Bool {
        switch self {
        case .implied, .unsigned, .signed: false
        case .streamingSigned, .streamingSignedTrailer, .streamingUnsignedTrailer: true
        }
    }

    static let unsignedText = "UNSIGNED-PAYLOAD"
    static let streamingSignedText = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"
    static let streamingSignedTrailerText = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER"
    static let streamingUnsignedTrailerText = "STREAMING-UNSIGNED-PAYLOAD-TRAILER"

    /// The header's value; throws `.invalidContentSHA256`, or `.unsupportedMechanism` for the ECDSA forms.
    package init(headerValue: String) throws(SigV4Error) {
        switch headerValue {
        case Self.unsignedText: self = .unsigned
        case Self.streamingSignedText: self = .streamingSigned
        case Self.streamingSignedTrailerText: self = .streamingSignedTrailer
        case Self.streamingUnsignedTrailerText: self = .streamingUnsignedTrailer
        default:
            if headerValue.hasPrefix("STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD") { throw .unsupportedMechanism }
            guard headerValue.utf8.count == 64, let hash = Hex.decode(headerValue) else { throw .invalidContentSHA256(headerValue) }
            self = .signed(sha256: hash)
        }
    }

    /// Of a request that may be anonymous: nil when it does not say. Anonymous requests cannot sign their chunks, so
    /// the caller refuses `.streamingSigned` and `.streamingSignedTrailer` when there is no signature.
    package static func declared(by request: WireRequest) throws(SigV4Error) -> PayloadMode? {
        guard let value = request.headers.value(of: .xAmzContentSHA256) else { return nil }
        return try PayloadMode(headerValue: value)
    }
}
