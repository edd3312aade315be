import AWSWire
import Bytes
import Crypto
import Doors
import Envelope
import HTTPTypes
import Identity
import JSON
import Model
import ModelLedger
import NIOCore
import Queues
import SQS
import SimulationKit
import Synchronization

/// The door over queues in memory, and a client that signs.
final class DoorFixture: Sendable {
    static let host = "queues.example:9000"
    static let url = "http://queues.example:9000/000000000000/jobs"

    let clock = SimClock()
    let ledger: ModelLedger
    let queues: Queues
    let door: SQSDoor
    private let requests = Mutex<UInt64>(0)

    init() {
        let account = AccountID("000000000000")!
        let engine = QueueEngine(account: account, region: .usEast1, random: SimRandom(seed: 11))
        ledger = ModelLedger(clock: clock)
        let random = SimRandom(seed: 12)
        let masterKeys = MasterKeys(current: DataKey(random: random), random: random)
        queues = Queues(
            engine: engine, ledger: ledger, clock: clock, encryption: QueueEncryption(masterKeys: masterKeys, isDefault: true))
        let keys = AccessKeyPair(accessKeyID: "AKIATEST", secretAccessKey: "secret")
        let identity = Identity(account: account, region: .usEast1, rootKeys: [keys])
        door = SQSDoor(queues: queues, identity: identity, ledger: ledger)
    }

    struct Answer {
        let response: DoorResponse
        let body: String
        var status: Int { response.status.code }
        func header(_ name: String) -> String? { HTTPField.Name(name).flatMap { response.headers[$0] } }
    }

    func json(_ action: String, _ body: String, signed: Bool = true) async -> Answer {
        let headers: HTTPFields = [
            .contentType: "application/x-amz-json-1.0", HTTPField.Name("x-amz-target")!: "AmazonSQS.\(action)",
        ]
        return await ask(.post, "/", headers, body, signed: signed)
    }

    func query(_ form: String, path: String = "/") async -> Answer {
        await ask(.post, path, [.contentType: "application/x-www-form-urlencoded; charset=utf-8"], form, signed: true)
    }

    func ask(
        _ method: HTTPRequest.Method, _ path: String, query: String = "", _ headers: HTTPFields, _ body: String, signed: Bool,
        secret: String = "secret", region: String = "us-east-1", pieces: [String]? = nil, declaredLength: Int64? = nil
    ) async -> Answer {
        var wire = WireRequest(method: method.rawValue, rawPath: path, rawQuery: query, authority: Self.host, headers: headers)
        let signer = SigV4Signer(accessKeyID: "AKIATEST", secret: secret, region: region, service: "sqs")
        let hash = body.isEmpty ? nil : Array(SHA256.hash(data: Array(body.utf8)))
        if signed { signer.sign(&wire, payload: .implied, bodySHA256: hash, at: clock.now()) }
        let number = requests.withLock { number in
            number += 1
            return number
        }
        let request = DoorRequest(
            id: RequestID(random: number), method: method, rawPath: path, rawQuery: wire.rawQuery, authority: Self.host, tls: nil,
            headers: wire.headers, remoteAddress: "127.0.0.1", contentLength: declaredLength ?? Int64(body.utf8.count),
            body: BufferedBody((pieces ?? [body]).map { ByteBuffer(string: $0) }), arrival: clock.now())
        let response = await door.answer(request)
        guard case .bytes(let buffer) = response.body else { return Answer(response: response, body: "") }
        return Answer(response: response, body: String(buffer: buffer))
    }

    func makeQueue(_ name: String = "jobs") async {
        let answer = await json("CreateQueue", "{\"QueueName\":\"\(name)\"}")
        precondition(answer.status == 200, answer.body)
    }

    /// The value of a JSON answer's member.
    func member(_ name: String, of answer: Answer) -> String? {
        (try? JSONValue.parse(ByteBuffer(string: answer.body), limits: JSONLimits(bytesMax: 1 << 20)))?.object?[name]?.string
    }
}
