import HTTPTypes
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL

/// A request that `WireClient` sends, whole.
struct ClientRequest: Sendable {
    let method: String
    /// Path and query as they go on the wire.
    let target: String
    let headers: HTTPFields
    let body: [UInt8]
}

struct ClientAnswer: Sendable {
    let status: Int
    let headers: HTTPFields
    let body: [UInt8]

    var text: String { String(decoding: body, as: UTF8.self) }
}

enum ClientError: Error, CustomStringConvertible {
    case connectionLost
    case tooSlow
    case unusableEndpoint(String)

    var description: String {
        switch self {
        case .connectionLost: "the connection ended before the answer was whole"
        case .tooSlow: "no answer in time"
        case .unusableEndpoint(let text): "'\(text)' is no http:// or https:// endpoint"
        }
    }
}

/// Where a server listens.
struct Endpoint: Sendable, CustomStringConvertible {
    let isSecure: Bool
    let host: String
    let port: Int

    init(_ text: String) throws(ClientError) {
        let parts = text.split(separator: "://", maxSplits: 1)
        guard parts.count == 2, parts[0] == "http" || parts[0] == "https" else { throw .unusableEndpoint(text) }
        isSecure = parts[0] == "https"
        let authority = parts[1].prefix { $0 != "/" }
        let colon = authority.last == "]" ? nil : authority.lastIndex(of: ":")
        let host = colon.map { authority[..<$0] } ?? authority
        self.host = host.hasPrefix("[") ? String(host.dropFirst().dropLast()) : String(host)
        guard let port = colon.map({ Int(authority[authority.index(after: $0)...]) }) ?? (isSecure ? 443 : 80), !self.host.isEmpty else {
            throw .unusableEndpoint(text)
        }
        self.port = port
    }

    /// As the `Host` header names it.
    var authority: String {
        let host = host.contains(":") ? "[\(host)]" : host
        return port == (isSecure ? 443 : 80) ? host : "\(host):\(port)"
    }

    var description: String { "\(isSecure ? "https" : "http")://\(authority)" }
}

/// One request per connection over HTTP/1.1: enough for a command that sends a dozen.
struct WireClient: Sendable {
    /// Longer than the longest long poll.
    static let timeout: TimeAmount = .seconds(40)

    let endpoint: Endpoint
    /// A PEM file with certificates to trust beside the system's; for a server with a self-made one.
    let trustFile: String?

    func send(_ request: ClientRequest) async throws -> ClientAnswer {
        let group = NIOSingletons.posixEventLoopGroup
        let promise = group.any().makePromise(of: ClientAnswer.self)
        let tls = try endpoint.isSecure ? tlsContext() : nil
        let host = endpoint.host
        let bootstrap = ClientBootstrap(group: group).channelInitializer { channel in
            channel.eventLoop.makeCompletedFuture {
                let pipeline = channel.pipeline.syncOperations
                if let tls { try pipeline.addHandler(NIOSSLClientHandler(context: tls, serverHostname: Self.nameForTLS(host))) }
                try pipeline.addHTTPClientHandlers()
                try pipeline.addHandler(AnswerCollector(promise))
            }
        }
        let channel: any Channel
        do {
            channel = try await bootstrap.connect(host: endpoint.host, port: endpoint.port).get()
        } catch {
            promise.fail(error)
            throw error
        }
        let timer = channel.eventLoop.scheduleTask(in: Self.timeout) { promise.fail(ClientError.tooSlow) }
        defer {
            timer.cancel()
            channel.close(promise: nil)
        }
        try await write(request, to: channel)
        return try await promise.futureResult.get()
    }

    private func write(_ request: ClientRequest, to channel: any Channel) async throws {
        var headers = HTTPHeaders([("Host", endpoint.authority), ("Content-Length", String(request.body.count)), ("Connection", "close")])
        for field in request.headers { headers.add(name: field.name.rawName, value: field.value) }
        let head = HTTPRequestHead(version: .http1_1, method: HTTPMethod(rawValue: request.method), uri: request.target, headers: headers)
        channel.write(HTTPClientRequestPart.head(head), promise: nil)
        if !request.body.isEmpty { channel.write(HTTPClientRequestPart.body(.byteBuffer(ByteBuffer(bytes: request.body))), promise: nil) }
        try await channel.writeAndFlush(HTTPClientRequestPart.end(nil))
    }

    private func tlsContext() throws -> NIOSSLContext {
        var configuration = TLSConfiguration.makeClientConfiguration()
        if let trustFile { configuration.additionalTrustRoots = [.file(trustFile)] }
        return try NIOSSLContext(configuration: configuration)
    }

    /// An address cannot be a server name in TLS.
    private static func nameForTLS(_ host: String) -> String? {
        host.contains(":") || host.allSatisfy({ $0.isNumber || $0 == "." }) ? nil : host
    }
}

private final class AnswerCollector: ChannelInboundHandler {
    typealias InboundIn = HTTPClientResponsePart

    private let promise: EventLoopPromise<ClientAnswer>
    private var head: HTTPResponseHead?
    private var body: [UInt8] = []

    init(_ promise: EventLoopPromise<ClientAnswer>) {
        self.promise = promise
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): self.head = head
        case .body(let piece): body.append(contentsOf: piece.readableBytesView)
        case .end:
            guard let head else { return }
            var fields = HTTPFields()
            for (name, value) in head.headers {
                if let name = HTTPField.Name(name) { fields.append(HTTPField(name: name, value: value)) }
            }
            promise.succeed(ClientAnswer(status: Int(head.status.code), headers: fields, body: body))
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        promise.fail(error)
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) { promise.fail(ClientError.connectionLost) }
}
