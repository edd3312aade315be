import Bytes
import Crypto
import Model

/// Makes signed SQS requests. Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
struct RequestSigner: Sendable {
    /// What requests of one action share.
    struct Template: Sendable {
        fileprivate let head: [UInt8]
        /// The canonical request up to the body's hash.
        fileprivate let canonical: [UInt8]
    }

    private static let contentType = "application/x-amz-json-1.0"
    private static let signedHeaders = "content-type;host;x-amz-date;x-amz-target"
    private static let lengthName = Array("Content-Length: ".utf8)

    private let authority: String
    private let date: String
    private let key: SymmetricKey
    /// The string to sign up to the canonical request's hash.
    private let toSign: [UInt8]
    /// Between the body's length and the signature.
    private let authorization: [UInt8]

    init(target: Target, time: Timestamp) {
        authority = "127.0.0.1:\(target.port)"
        date = ISO8601.formatBasic(time)
        let scope = "\(date.prefix(8))/us-east-1/sqs/aws4_request"
        var key = Array("AWS4\(target.secretKey)".utf8)
        for part in scope.split(separator: "/") {
            key = Array(HMAC<SHA256>.authenticationCode(for: Array(part.utf8), using: SymmetricKey(data: key)))
        }
        self.key = SymmetricKey(data: key)
        toSign = Array("AWS4-HMAC-SHA256\n\(date)\n\(scope)\n".utf8)
        let credential = "\(target.accessKey)/\(scope)"
        authorization = Array(
            "\r\nAuthorization: AWS4-HMAC-SHA256 Credential=\(credential), SignedHeaders=\(Self.signedHeaders), Signature=".utf8)
    }

    func template(_ action: String) -> Template {
        Template(
            head: Array(
                "POST / HTTP/1.1\r\nHost: \(authority)\r\nContent-Type: \(Self.contentType)\r\nX-Amz-Date: \(date)\r\nX-Amz-Target: AmazonSQS.\(action)\r\n"
                    .utf8),
            canonical: Array(
                "POST\n/\n\ncontent-type:\(Self.contentType)\nhost:\(authority)\nx-amz-date:\(date)\nx-amz-target:AmazonSQS.\(action)\n\n\(Self.signedHeaders)\n"
                    .utf8))
    }

    func request(_ template: Template, _ body: [UInt8]) -> [UInt8] {
        let canonical = template.canonical + Self.hexadecimal(SHA256.hash(data: body))
        let signature = HMAC<SHA256>.authenticationCode(for: toSign + Self.hexadecimal(SHA256.hash(data: canonical)), using: key)
        var request: [UInt8] = []
        request.reserveCapacity(template.head.count + authorization.count + body.count + 128)
        request += template.head
        request += Self.lengthName
        request += Array(String(body.count).utf8)
        request += authorization
        request += Self.hexadecimal(signature)
        request += [0x0D, 0x0A, 0x0D, 0x0A]
        request += body
        return request
    }

    private static func hexadecimal(_ bytes: some Sequence<UInt8>) -> [UInt8] { Array(Hex.encode(Array(bytes)).utf8) }
}
