import AWSWire
import Bytes
import Environment
import HTTPTypes
import Model

/// One client that sends, receives and deletes messages in turn, over JSON 1.0, every request signed.
struct QueueClient {
    static let messageBytes = 1024

    private let connection: Connection
    private let signer: SigV4Signer
    private let authority: String
    private let clock = SystemClock()

    init(target: Target) throws {
        connection = try Connection(port: target.port)
        signer = SigV4Signer(accessKeyID: target.accessKey, secret: target.secretKey, region: "us-east-1", service: "sqs")
        authority = "127.0.0.1:\(target.port)"
    }

    /// The URL of a queue, made when it is absent.
    func queue(named name: String) throws -> String {
        try string("QueueUrl", in: call("CreateQueue", #"{"QueueName":"\#(name)"}"#))
    }

    /// Sends one message, then receives and deletes as many as come with one call; returns how many were deleted.
    func cycle(_ queue: String) throws -> Int {
        let body = String(repeating: "m", count: Self.messageBytes)
        _ = try call("SendMessage", #"{"QueueUrl":"\#(queue)","MessageBody":"\#(body)"}"#)
        let received = try call("ReceiveMessage", #"{"QueueUrl":"\#(queue)","MaxNumberOfMessages":1}"#)
        guard let handle = try? string("ReceiptHandle", in: received) else { return 0 }
        _ = try call("DeleteMessage", #"{"QueueUrl":"\#(queue)","ReceiptHandle":"\#(handle)"}"#)
        return 1
    }

    private func call(_ action: String, _ body: String) throws -> String {
        let bytes = Array(body.utf8)
        var headers = HTTPFields()
        headers[HTTPField.Name("X-Amz-Target")!] = "AmazonSQS.\(action)"
        headers[.contentType] = "application/x-amz-json-1.0"
        var request = WireRequest(method: "POST", rawPath: "/", rawQuery: "", authority: authority, headers: headers)
        signer.sign(&request, payload: .implied, bodySHA256: SHA256Digest.of(bytes), at: clock.now())
        var text = "POST / HTTP/1.1\r\nHost: \(authority)\r\nContent-Length: \(bytes.count)\r\n"
        for field in request.headers { text += "\(field.name.rawName): \(field.value)\r\n" }
        let answer = try connection.exchange(Array((text + "\r\n").utf8) + bytes)
        guard answer.status == 200 else { throw LoadFailure.status(answer.status, String(decoding: answer.body, as: UTF8.self)) }
        return String(decoding: answer.body, as: UTF8.self)
    }

    /// The text value of a name; enough of JSON for what SQS answers.
    private func string(_ name: String, in json: String) throws -> String {
        guard let start = json.firstRange(of: "\"\(name)\":\"")?.upperBound, let end = json[start...].firstIndex(of: "\"") else {
            throw LoadFailure.missing(name)
        }
        return String(json[start..<end])
    }
}
