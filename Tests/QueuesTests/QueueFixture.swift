import Envelope
import Model
import ModelLedger
import Queues
import SimulationKit
import StoragePorts

/// Queues over the ledger in memory, with time and randomness in the test's hand.
struct QueueFixture: Sendable {
    static let account = AccountID("000000000000")!
    /// What the other domain's facts say of their requests.
    static let trace = "Root=1-3152b799-8954dae64eda91bc9a23a7e8"
    static let notificationKind = Fact.Kind(rawValue: 0x7001)

    let clock = SimClock()
    let ledger: ModelLedger
    let engine: QueueEngine
    let queues: Queues
    let dropped = Collected<QueueAddress>()

    /// With `encrypts` every queue does of which a test says nothing.
    init(seed: UInt64 = 1, encrypts: Bool = false) {
        let dropped = dropped
        engine = QueueEngine(account: Self.account, region: .usEast1, random: SimRandom(seed: seed))
        let reaction = engine.notificationReaction(to: Self.notificationKind, sender: "s3", dropped: { dropped.append($0) }) { fact in
            let parts = String(decoding: fact.payload, as: UTF8.self).split(separator: "|", maxSplits: 1)
            return parts.count == 2 ? (Self.address(String(parts[0])), String(parts[1]), Self.trace) : nil
        }
        ledger = ModelLedger(clock: clock, reactions: [reaction])
        let encryption = QueueEncryption(masterKeys: Self.masterKeys(1), isDefault: encrypts)
        queues = Queues(engine: engine, ledger: ledger, clock: clock, encryption: encryption)
    }

    /// A ring whose current key is the one of that number, before the older ones.
    static func masterKeys(_ numbers: UInt64...) -> MasterKeys {
        let keys = numbers.map { DataKey(random: SimRandom(seed: 1000 + $0)) }
        return MasterKeys(current: keys[0], older: Array(keys.dropFirst()), random: SimRandom(seed: 77))
    }

    /// Another process on the same ledger: it knows nothing but what the ledger says.
    func restarted(masterKeys: MasterKeys = masterKeys(1)) -> Queues {
        let engine = QueueEngine(account: Self.account, region: .usEast1, random: SimRandom(seed: 99))
        let encryption = QueueEncryption(masterKeys: masterKeys, isDefault: false)
        return Queues(engine: engine, ledger: ledger, clock: clock, encryption: encryption)
    }

    static func address(_ name: String, _ region: String = "us-east-1") -> QueueAddress {
        QueueAddress(account: account, region: Region(region)!, name: QueueName(name)!)
    }

    func makeQueue(_ name: String, _ change: (inout QueueAttributeChanges) -> Void = { _ in }) async throws -> QueueAddress {
        var changes = QueueAttributeChanges()
        change(&changes)
        _ = try await queues.create(Self.address(name), changes)
        return Self.address(name)
    }

    @discardableResult
    func send(_ body: String, to address: QueueAddress, delay: Int? = nil) async throws -> String {
        try await queues.send(OutgoingMessage(body: body, delaySeconds: delay, sender: "me"), to: address).value.messageID
    }

    func receive(_ countMax: Int = 10, from address: QueueAddress, timeout: Int? = nil, wait: Int = 0) async throws -> [ReceivedMessage] {
        let request = ReceiveRequest(
            countMax: countMax, visibilityTimeoutSeconds: timeout, waitSeconds: wait, attributes: AttributeSelection(["All"]))
        return try await queues.receive(request, from: address)
    }

    /// What another domain does: a fact that is to become a message.
    func notify(_ address: QueueAddress, _ body: String) async throws -> LSN {
        try await ledger.commit { transaction in
            try transaction.emit(Fact(Self.notificationKind, Array("\(address.name)|\(body)".utf8)))
        }.lsn
    }

    /// Lets other tasks run until `count` receives wait.
    func untilWaiting(_ count: Int) async {
        while queues.waitingCount != count { await Task.yield() }
    }
}
