import Environment
import Model
import ModelLedger
import SimulationKit
import StoragePorts
import Synchronization
import Webhooks

/// A function's endpoint in the test's hand.
final class Endpoint: WebhookSender {
    struct Delivery: Sendable {
        let body: String
        let headers: [String: String]
        let outcome: WebhookOutcome
    }

    private let answer: @Sendable (String) -> WebhookOutcome
    private let log = Mutex<[Delivery]>([])
    private let underWay = Mutex((now: 0, most: 0))

    init(_ answer: @escaping @Sendable (_ body: String) -> WebhookOutcome = { _ in .taken }) {
        self.answer = answer
    }

    func send(_ request: WebhookRequest) async -> WebhookOutcome {
        underWay.withLock { underWay in
            underWay.now += 1
            underWay.most = max(underWay.most, underWay.now)
        }
        await Task.yield()
        let body = String(decoding: request.body, as: UTF8.self)
        let outcome = answer(body)
        let headers = Dictionary(uniqueKeysWithValues: request.headers.map { ($0.name, $0.value) })
        log.withLock { $0.append(Delivery(body: body, headers: headers, outcome: outcome)) }
        underWay.withLock { $0.now -= 1 }
        return outcome
    }

    var deliveries: [Delivery] { log.withLock { $0 } }
    var taken: [String] { deliveries.filter { $0.outcome == .taken }.map(\.body) }
    var mostUnderWay: Int { underWay.withLock { $0.most } }
}

/// The outbox over a ledger in memory.
struct WebhookFixture: Sendable {
    static let kind = Fact.Kind(rawValue: 0x7002)
    static let function = ARN("arn:aws:lambda:us-east-1:000000000000:function:f")!
    static let other = ARN("arn:aws:lambda:us-east-1:000000000000:function:ff")!

    let clock = SimClock()
    let outbox: WebhookOutbox
    let ledger: ModelLedger
    let dropped = Collected<String>()

    init(declared: [ARN] = [function, other]) {
        let (outbox, dropped) = (WebhookOutbox(declared: declared), dropped)
        self.outbox = outbox
        let reaction = outbox.reaction(to: Self.kind, dropped: { dropped.append($0) }) { fact in
            let parts = String(decoding: fact.payload, as: UTF8.self).split(separator: "|", maxSplits: 2).map(String.init)
            return (parts[0], UInt64(parts[1])!, Array(parts[2].utf8))
        }
        ledger = ModelLedger(clock: clock, reactions: [reaction])
    }

    /// Events as `(lane, body)`, all in one commit.
    func emit(_ events: [(UInt64, String)], to target: ARN = function) async throws {
        _ = try await ledger.commit { transaction in
            for (lane, body) in events { try transaction.signal(Fact(Self.kind, Array("\(target)|\(lane)|\(body)".utf8))) }
        }
    }

    func courier(
        _ endpoint: any WebhookSender, _ target: WebhookTarget = quick(function), plannedMax: Int = WebhookLimits.plannedMax,
        letters: Collected<WebhookDeadLetter> = Collected(), hasQueue: Bool = true
    ) -> WebhookCourier {
        WebhookCourier(
            target, outbox: outbox, ledger: ledger, clock: SystemClock(), random: SimRandom(seed: 1), sender: endpoint,
            plannedMax: plannedMax,
            bury: { transaction, letter in
                guard hasQueue else { return false }
                letters.append(letter)
                transaction.put([0x30] + StorageKeys.bigEndian(transaction.lsn.rawValue), letter.body)
                return true
            }, report: { _ in })
    }

    /// A target that is tried again at once.
    static func quick(
        _ arn: ARN, concurrency: Int = 4, attempts: Int = 16, deadLetters: ARN? = nil, secret: [UInt8] = []
    ) -> WebhookTarget {
        WebhookTarget(
            arn: arn, url: "http://f", secret: secret, concurrencyMax: concurrency,
            retry: WebhookRetry(first: .microseconds(50), longest: .microseconds(400), attemptsMax: attempts), deadLetters: deadLetters)
    }

    /// Keys of events and attempts.
    var left: [[UInt8]] { ledger.contents.map(\.key).filter { $0[0] == 0x50 || $0[0] == 0x51 } }

    /// Runs `courier` until `condition` holds.
    func run(_ courier: WebhookCourier, until condition: @Sendable () -> Bool) async {
        let task = Task { await courier.run() }
        while !condition() { try? await Task.sleep(for: .microseconds(200)) }
        task.cancel()
        await task.value
    }
}

final class Collected<Element: Sendable>: Sendable {
    private let elements = Mutex<[Element]>([])

    func append(_ element: Element) { elements.withLock { $0.append(element) } }

    var all: [Element] { elements.withLock { $0 } }
}
