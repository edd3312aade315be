import Bytes
import Crypto
import Environment
import Model

/// One client that sends, receives and deletes messages in turn, over JSON 1.0, every request signed.
///
/// All requests carry the time of the client's start, and of what a signature covers only the body differs, so the rest is
/// made once: the generator takes as little as can be of the machine that it shares with the server.
struct QueueClient {
    static let messageBytes = 1024

    private let connection: Connection
    private let requests: RequestSigner
    private let message = String(repeating: "m", count: Self.messageBytes)

    init(target: Target) throws {
        connection = try Connection(port: target.port)
        requests = RequestSigner(target: target, time: SystemClock().now())
    }

    /// The URL of a queue, made when it is absent.
    func queue(named name: String) throws -> String {
        String(decoding: try text("QueueUrl", in: call("CreateQueue", #"{"QueueName":"\#(name)"}"#)), as: UTF8.self)
    }

    /// Sends one message, then receives and deletes one; returns how many were deleted.
    func cycle(_ queue: String) throws -> Int {
        _ = try call("SendMessage", #"{"QueueUrl":"\#(queue)","MessageBody":"\#(message)"}"#)
        let received = try call("ReceiveMessage", #"{"QueueUrl":"\#(queue)","MaxNumberOfMessages":1}"#)
        guard let handle = try? text("ReceiptHandle", in: received) else { return 0 }
        _ = try call("DeleteMessage", #"{"QueueUrl":"\#(queue)","ReceiptHandle":"\#(String(decoding: handle, as: UTF8.self))"}"#)
        return 1
    }

    private func call(_ action: String, _ body: String) throws -> [UInt8] {
        let answer = try connection.exchange(requests.request(action, Array(body.utf8)))
        guard answer.status == 200 else { throw LoadFailure.status(answer.status, String(decoding: answer.body, as: UTF8.self)) }
        return answer.body
    }

    /// The text value of a name; enough of JSON for what SQS answers.
    private func text(_ name: String, in json: [UInt8]) throws -> ArraySlice<UInt8> {
        guard let start = json.firstRange(of: Array("\"\(name)\":\"".utf8))?.upperBound,
            let end = json[start...].firstIndex(of: UInt8(ascii: "\""))
        else { throw LoadFailure.missing(name) }
        return json[start..<end]
    }
}

/// Makes signed SQS requests. Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
struct RequestSigner {
    private static let contentType = "application/x-amz-json-1.0"
    private static let signedHeaders = "content-type;host;x-amz-date;x-amz-target"

    private let authority: String
    private let date: String
    private let scope: String
    private let credential: String
    private let key: SymmetricKey

    init(target: Target, time: Timestamp) {
        authority = "127.0.0.1:\(target.port)"
        date = ISO8601.formatBasic(time)
        scope = "\(date.prefix(8))/us-east-1/sqs/aws4_request"
        credential = "\(target.accessKey)/\(scope)"
        var key = Array("AWS4\(target.secretKey)".utf8)
        for part in scope.split(separator: "/") {
            key = Array(HMAC<SHA256>.authenticationCode(for: Array(part.utf8), using: SymmetricKey(data: key)))
        }
        self.key = SymmetricKey(data: key)
    }

    func request(_ action: String, _ body: [UInt8]) -> [UInt8] {
        let bodyHash = Hex.encode(Array(SHA256.hash(data: body)))
        let canonical =
            "POST\n/\n\ncontent-type:\(Self.contentType)\nhost:\(authority)\nx-amz-date:\(date)\nx-amz-target:AmazonSQS.\(action)\n\n"
            + "\(Self.signedHeaders)\n\(bodyHash)"
        let stringToSign = "AWS4-HMAC-SHA256\n\(date)\n\(scope)\n\(Hex.encode(Array(SHA256.hash(data: Array(canonical.utf8)))))"
        let signature = Hex.encode(Array(HMAC<SHA256>.authenticationCode(for: Array(stringToSign.utf8), using: key)))
        let head =
            "POST / HTTP/1.1\r\nHost: \(authority)\r\nContent-Type: \(Self.contentType)\r\nX-Amz-Date: \(date)\r\n"
            + "X-Amz-Target: AmazonSQS.\(action)\r\nContent-Length: \(body.count)\r\n"
            + "Authorization: AWS4-HMAC-SHA256 Credential=\(credential), SignedHeaders=\(Self.signedHeaders), Signature=\(signature)\r\n\r\n"
        return Array(head.utf8) + body
    }
}
