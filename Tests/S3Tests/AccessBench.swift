import Bytes
import Crypto
import Envelope
import HTTPTypes
import Identity
import Model
import S3
import SimulationKit

/// Several accounts at one door: the bench's own ("main"), another one ("alt"), and those who do not sign.
struct AccessBench {
    static let altKeyID = "AKIAEXAMPLE000000002"
    static let altEmail = "alt@example.com"

    enum Caller {
        case main
        case alt
        case nobody
    }

    let bench: Bench
    let alt: Account

    init(_ dialect: S3Dialect = .ceph) async throws {
        bench = Bench(dialect: dialect)
        let random = SimRandom(seed: 3)
        let registrar = Registrar(
            identity: bench.identity, ledger: bench.ledger, random: random,
            masterKeys: MasterKeys(current: DataKey(random: random), random: random))
        let origin = IdentityOrigin(principal: bench.identity.root, requestID: RequestID(random: 1), sourceIP: "127.0.0.1")
        alt = try await registrar.createAccount(
            id: "111111111111", canonicalID: nil, displayName: "alt", email: Self.altEmail, origin)
        _ = try await registrar.createAccessKey(of: alt.id, user: nil, id: Self.altKeyID, secret: Bench.secret, origin)
    }

    var mainID: String { bench.identity.root.canonicalID }

    func send(
        _ caller: Caller, _ method: HTTPRequest.Method, _ path: String, _ query: String = "", _ headers: [(String, String)] = [],
        body: String? = nil
    ) async -> Reply {
        var call = Bench.Call(method: method, path: path, query: query, headers: headers, body: body.map { Array($0.utf8) })
        switch caller {
        case .main: break
        case .alt: call.accessKeyID = Self.altKeyID
        case .nobody: call.signing = .anonymous
        }
        return await bench.send(call)
    }

    func status(
        _ caller: Caller, _ method: HTTPRequest.Method, _ path: String, _ query: String = "", _ headers: [(String, String)] = [],
        body: String? = nil
    ) async -> Int {
        await send(caller, method, path, query, headers, body: body).status
    }

    /// A bucket of main's with an object `key` of it.
    func makeBucket(acl: String? = nil, objectACL: String? = nil, ownership: String? = nil) async {
        let headers = [acl.map { ("x-amz-acl", $0) }, ownership.map { ("x-amz-object-ownership", $0) }].compactMap { $0 }
        _ = await send(.main, .put, "/box", "", headers, body: "")
        _ = await send(.main, .put, "/box/key", "", objectACL.map { [("x-amz-acl", $0)] } ?? [], body: "value")
    }

    func putPolicy(_ statements: String) async -> Reply {
        await send(.main, .put, "/box", "policy", body: #"{"Version":"2012-10-17","Statement":[\#(statements)]}"#)
    }
}

enum MD5Text {
    static func of(_ text: String) -> String {
        Base64.encode(Array(Insecure.MD5.hash(data: Array(text.utf8))))
    }
}
