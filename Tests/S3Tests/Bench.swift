import AWSWire
import Bytes
import Crypto
import Doors
import HTTPTypes
import Identity
import Model
import ModelLedger
import NIOCore
import Objects
import S3
import SimulationKit
import StoragePorts
import Synchronization

/// An S3 door over a ledger in memory, and a client that signs.
final class Bench: Sendable {
    static let accessKeyID = "AKIAEXAMPLE000000001"
    static let secret = "a-secret-of-the-tests"

    let clock = SimClock()
    let blobs = ModelBlobs()
    let ledger: ModelLedger
    let objects: Objects
    let door: S3Door
    let identity: Identity
    let accessLog: AccessLog
    /// The account's.
    let canonicalID: String
    let principal: Principal
    let region: String
    /// What the door gave to the log.
    let log = ReportBox()
    private let nextID = Mutex<UInt64>(1)

    init(
        region: String = "us-east-1", baseDomains: [String] = ["localhost"], websiteDomains: [String] = [],
        queueProblem: QueueTargetProblem? = nil, functions: Set<String> = [], dialect: S3Dialect = .aws, logs: Bool = false,
        hostID: String = "HOST"
    ) {
        guard let account = AccountID("000000000000") else { preconditionFailure("twelve digits") }
        ledger = ModelLedger(clock: clock, blobs: blobs)
        objects = Objects(ledger: ledger, blobs: blobs, random: SimRandom(seed: 1), region: Region(stored: region))
        identity = Identity(
            account: account, region: Region(stored: region),
            rootKeys: [AccessKeyPair(accessKeyID: Self.accessKeyID, secretAccessKey: Self.secret)])
        accessLog = AccessLog(
            objects: objects, clock: clock, random: SimRandom(seed: 2), interval: .zero, dialect: dialect,
            report: { [log] text in log.add(text) })
        door = S3Door(
            configuration: S3Configuration(
                baseDomains: baseDomains, websiteDomains: websiteDomains, hostID: hostID, dialect: dialect,
                validateQueueTarget: { _ in queueProblem }, isFunctionDeclared: { functions.contains($0.description) },
                report: { [log] _, text in log.add(text) }),
            objects: objects, identity: identity, ledger: ledger, accessLog: logs ? accessLog : nil)
        self.region = region
        canonicalID = Identity.canonicalID(of: account)
        principal = identity.root
    }

    /// How a request proves itself.
    enum Signing {
        case header
        case unsignedPayload
        case presigned
        case anonymous
        case wrongSecret
        case streaming(PayloadMode, trailers: [AWSChunkedDecoder.Trailer])
    }

    struct Call {
        var method: HTTPRequest.Method
        var path: String
        var query = ""
        var headers: [(String, String)] = []
        var body: [UInt8]?
        var authority = "127.0.0.1:9000"
        var signing = Signing.header
        /// Whose key signs.
        var accessKeyID = Bench.accessKeyID
        /// That the signature is for; nil: the server's.
        var region: String?
        /// What arrives of the body; nil: all of it, then its proper end.
        var arriving: Int?
        var sha256: [UInt8]?
        var omitsLength = false
        var tls: TLSVersion?
        /// One bit in the middle of what is sent differs from what was signed.
        var isTamperedWith = false
        /// Headers that are added, or for nil taken away, once the request is signed.
        var changes: [(name: String, value: String?)] = []
    }

    func send(_ call: Call) async -> Reply {
        var (request, signedBody) = signed(call)
        for change in call.changes {
            if let name = HTTPField.Name(change.name) { request.headers[name] = change.value }
        }
        var body = signedBody
        if call.isTamperedWith { body[body.count / 2] ^= 1 }
        let id = nextID.withLock { id in
            id += 1
            return id
        }
        let arriving = call.arriving.map { Array(body.prefix($0)) } ?? body
        let pieces = stride(from: 0, to: arriving.count, by: 50_000).map {
            ByteBuffer(bytes: arriving[$0..<min($0 + 50_000, arriving.count)])
        }
        let hasBody = call.body != nil || call.method == .put || call.method == .post
        let response = await door.answer(
            DoorRequest(
                id: RequestID(random: id), method: call.method, rawPath: request.rawPath, rawQuery: request.rawQuery,
                authority: request.authority, tls: call.tls, headers: request.headers, remoteAddress: "127.0.0.1",
                contentLength: hasBody && !call.omitsLength ? Int64(body.count) : nil,
                body: call.arriving == nil ? BufferedBody(pieces) : BrokenBody(pieces), arrival: clock.now()))
        return await Reply(response)
    }

    private func signed(_ call: Call) -> (WireRequest, [UInt8]) {
        var headers = HTTPFields()
        for (name, value) in call.headers {
            guard let name = HTTPField.Name(name) else { preconditionFailure("not a header name: \(name)") }
            headers.append(HTTPField(name: name, value: value))
        }
        let body = call.body ?? []
        var request = WireRequest(
            method: call.method.rawValue, rawPath: call.path, rawQuery: call.query, authority: call.authority, headers: headers)
        let signer = SigV4Signer(
            accessKeyID: call.accessKeyID, secret: Self.secret, region: call.region ?? region, service: "s3")
        switch call.signing {
        case .anonymous: break
        case .header:
            signer.sign(&request, payload: .signed(sha256: call.sha256 ?? Array(SHA256.hash(data: body))), at: clock.now())
        case .unsignedPayload: signer.sign(&request, payload: .unsigned, at: clock.now())
        case .presigned: signer.presign(&request, expiresSeconds: 60, at: clock.now())
        case .wrongSecret:
            SigV4Signer(accessKeyID: Self.accessKeyID, secret: "another", region: region, service: "s3")
                .sign(&request, payload: .unsigned, at: clock.now())
        case .streaming(let mode, let trailers): return stream(request, body, mode, trailers, signer)
        }
        return (request, body)
    }

    private func stream(
        _ request: WireRequest, _ body: [UInt8], _ mode: PayloadMode, _ trailers: [AWSChunkedDecoder.Trailer], _ signer: SigV4Signer
    ) -> (WireRequest, [UInt8]) {
        var request = request
        request.headers[.contentEncoding] = "aws-chunked"
        request.headers[.xAmzDecodedContentLength] = String(body.count)
        if !trailers.isEmpty { request.headers[.xAmzTrailer] = trailers.map(\.name).joined(separator: ",") }
        let seed = signer.sign(&request, payload: mode, at: clock.now())
        var encoder = AWSChunkedEncoder(mode: mode, seed: seed)
        var output = ByteBuffer()
        for start in stride(from: 0, to: body.count, by: 65_536) {
            encoder.write(Array(body[start..<min(start + 65_536, body.count)]), to: &output)
        }
        encoder.finish(trailers: trailers, to: &output)
        return (request, Array(output.readableBytesView))
    }
}

/// What the door reported for the log.
final class ReportBox: Sendable {
    private let texts = Mutex<[String]>([])

    func add(_ text: String) { texts.withLock { $0.append(text) } }

    var all: [String] { texts.withLock { $0 } }
}

/// A body whose client goes away before its end.
final class BrokenBody: DoorBody {
    private let body: BufferedBody

    init(_ pieces: [ByteBuffer]) { body = BufferedBody(pieces) }

    func next() async throws -> ByteBuffer? {
        if let piece = try await body.next() { return piece }
        throw DoorBodyError.incomplete
    }
}

/// An answer with its whole body.
struct Reply {
    let response: DoorResponse
    let body: [UInt8]
    /// The body was cut off.
    let isBroken: Bool

    init(_ response: DoorResponse) async {
        self.response = response
        switch response.body {
        case .empty: (body, isBroken) = ([], false)
        case .bytes(let buffer): (body, isBroken) = (Array(buffer.readableBytesView), false)
        case .stream(let length, let produce):
            let sink = Sink()
            do {
                try await produce(sink)
                (body, isBroken) = (sink.bytes, length.map { $0 != Int64(sink.bytes.count) } ?? false)
            } catch {
                (body, isBroken) = (sink.bytes, true)
            }
        }
    }

    var status: Int { response.status.code }
    var text: String { String(decoding: body, as: UTF8.self) }

    subscript(header: String) -> String? { HTTPField.Name(header).flatMap { response.headers[$0] } }

    /// The text of the first element of that name, found anywhere in the body.
    func xml(_ name: String) -> String? { all(name).first }

    func all(_ name: String) -> [String] {
        text.split(separator: "<\(name)>", omittingEmptySubsequences: false).dropFirst().map { rest in
            String(rest.prefix { $0 != "<" })
        }
    }

    var code: String? { xml("Code") }
}

final class Sink: DoorBodyWriter {
    private let collected = Mutex<[UInt8]>([])

    func write(_ piece: ByteBuffer) async throws {
        collected.withLock { $0.append(contentsOf: piece.readableBytesView) }
    }

    var bytes: [UInt8] { collected.withLock { $0 } }
}

extension Bench {
    func get(_ path: String, _ query: String = "", _ headers: [(String, String)] = []) async -> Reply {
        await send(Call(method: .get, path: path, query: query, headers: headers))
    }

    func head(_ path: String, _ headers: [(String, String)] = [], query: String = "") async -> Reply {
        await send(Call(method: .head, path: path, query: query, headers: headers))
    }

    func put(_ path: String, _ body: String = "", _ headers: [(String, String)] = [], query: String = "") async -> Reply {
        await send(Call(method: .put, path: path, query: query, headers: headers, body: Array(body.utf8)))
    }

    /// Lets a service put objects into a bucket.
    func admit(_ service: String, to bucket: String, keys: String = "*", _ rest: String = "") async {
        let statement =
            #"{"Effect":"Allow","Principal":{"Service":"\#(service)"},"Action":"s3:PutObject","Resource":"#
            + #""arn:aws:s3:::\#(bucket)/\#(keys)"\#(rest)}"#
        let reply = await put("/\(bucket)", #"{"Version":"2012-10-17","Statement":[\#(statement)]}"#, query: "policy")
        precondition(reply.status == 204, reply.text)
    }

    func post(_ path: String, _ query: String, _ body: String = "", _ headers: [(String, String)] = []) async -> Reply {
        await send(Call(method: .post, path: path, query: query, headers: headers, body: Array(body.utf8)))
    }

    func delete(_ path: String, _ query: String = "", _ headers: [(String, String)] = []) async -> Reply {
        await send(Call(method: .delete, path: path, query: query, headers: headers))
    }
}
