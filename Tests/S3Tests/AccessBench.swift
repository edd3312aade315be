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
        /// Somebody else, by an access key.
        case key(String)
    }

    let bench: Bench
    let alt: Account
    private let registrar: Registrar
    private let origin: IdentityOrigin

    init(_ dialect: S3Dialect = .ceph) async throws {
        bench = Bench(dialect: dialect)
        let random = SimRandom(seed: 3)
        registrar = Registrar(
            identity: bench.identity, ledger: bench.ledger, random: random,
            masterKeys: MasterKeys(current: DataKey(random: random), random: random))
        origin = IdentityOrigin(principal: bench.identity.root, requestID: RequestID(random: 1), sourceIP: "127.0.0.1")
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
        case .key(let id): call.accessKeyID = id
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

    /// A user of main's, or of another account, with these policies: each a statement.
    func makeUser(_ name: String, of account: AccountID? = nil, _ statements: String...) async throws -> Caller {
        let account = account ?? bench.identity.account
        _ = try await registrar.createUser(name, of: account, origin)
        for (number, statement) in statements.enumerated() {
            try await setPolicy("p\(number)", of: name, account, to: #"{"Version":"2012-10-17","Statement":[\#(statement)]}"#)
        }
        let id = "KEYOF\(name.uppercased())"
        _ = try await registrar.createAccessKey(of: account, user: name, id: id, secret: Bench.secret, origin)
        return .key(id)
    }

    /// Whatever the text is: what the door makes of it is the matter.
    func setPolicy(_ policy: String, of user: String, _ account: AccountID? = nil, to document: String?) async throws {
        try await registrar.setPolicy(policy, of: user, in: account ?? bench.identity.account, to: document, origin)
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
