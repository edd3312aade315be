import AWSWire
import Crypto
import Environment
import HTTPTypes
import Model

/// Who calls, and where.
struct Caller: Sendable {
    let endpoint: Endpoint
    let accessKeyID: String
    let secretAccessKey: String
    let region: String
    let trustFile: String?
}

/// Sends signed requests as an SDK would.
struct SignedClient: Sendable {
    let caller: Caller
    private let clock = SystemClock()
    private var client: WireClient { WireClient(endpoint: caller.endpoint, trustFile: caller.trustFile) }

    init(_ caller: Caller) {
        self.caller = caller
    }

    /// `path` is percent-encoded already.
    func s3(_ method: String, _ path: String, query: String = "", headers: HTTPFields = [:], body: [UInt8] = []) async throws
        -> ClientAnswer
    {
        var request = WireRequest(method: method, rawPath: path, rawQuery: query, authority: caller.endpoint.authority, headers: headers)
        signer("s3").sign(&request, payload: .signed(sha256: Array(SHA256.hash(data: body))), at: clock.now())
        return try await send(request, body)
    }

    /// SQS over JSON 1.0: `action` is the operation's name, `body` a JSON object.
    func sqs(_ action: String, _ body: String) async throws -> ClientAnswer {
        try await json(service: "sqs", target: "AmazonSQS.\(action)", path: "/", body: Array(body.utf8))
    }

    func json(service: String, target: String, path: String, body: [UInt8]) async throws -> ClientAnswer {
        var headers: HTTPFields = [.contentType: "application/x-amz-json-1.0"]
        if let name = HTTPField.Name("X-Amz-Target") { headers[name] = target }
        var request = WireRequest(method: "POST", rawPath: path, authority: caller.endpoint.authority, headers: headers)
        signer(service).sign(&request, payload: .implied, bodySHA256: Array(SHA256.hash(data: body)), at: clock.now())
        return try await send(request, body)
    }

    /// A URL's path and query, valid for `seconds`, for whoever holds it.
    func presigned(_ path: String, seconds: Int64) -> String {
        var request = WireRequest(method: "GET", rawPath: path, authority: caller.endpoint.authority)
        signer("s3").presign(&request, expiresSeconds: seconds, at: clock.now())
        return "\(request.rawPath)?\(request.rawQuery)"
    }

    /// Without a signature of its own, as curl gets a presigned URL.
    func get(_ target: String) async throws -> ClientAnswer {
        try await client.send(ClientRequest(method: "GET", target: target, headers: [:], body: []))
    }

    private func signer(_ service: String) -> SigV4Signer {
        SigV4Signer(accessKeyID: caller.accessKeyID, secret: caller.secretAccessKey, region: caller.region, service: service)
    }

    private func send(_ request: WireRequest, _ body: [UInt8]) async throws -> ClientAnswer {
        let target = request.rawQuery.isEmpty ? request.rawPath : "\(request.rawPath)?\(request.rawQuery)"
        return try await client.send(ClientRequest(method: request.method, target: target, headers: request.headers, body: body))
    }
}
