import Envelope
import Environment
import Identity
import Model
import ModelLedger
import SimulationKit
import StoragePorts

/// Identity over the ledger in memory, with time and randomness in the test's hand.
struct Fixture: Sendable {
    static let account = AccountID("000000000000")!
    static let other = AccountID("111111111111")!
    /// Its bytes, `00 00 01 02 03 04 05 06`, tell their order.
    static let time = Timestamp(milliseconds: 0x0102_0304_0506)

    let clock: SimClock
    let ledger: ModelLedger
    let identity: Identity
    let registrar: Registrar
    let urls: PresignedURLs
    let origin: IdentityOrigin

    init(masterKeys: MasterKeys? = Self.masterKeys(seed: 1)) {
        let clock = SimClock(now: Self.time)
        self.init(clock, ModelLedger(clock: clock), masterKeys)
    }

    private init(_ clock: SimClock, _ ledger: ModelLedger, _ masterKeys: MasterKeys?) {
        self.clock = clock
        self.ledger = ledger
        identity = Identity(
            account: Self.account, region: .usEast1, rootKeys: [AccessKeyPair(accessKeyID: "ROOTKEY", secretAccessKey: "rootsecret")])
        registrar = Registrar(identity: identity, ledger: ledger, random: SimRandom(seed: 7), masterKeys: masterKeys)
        urls = PresignedURLs(ledger: ledger)
        let root = identity.credential(for: "ROOTKEY")?.principal ?? identity.root
        origin = IdentityOrigin(principal: root, requestID: RequestID(random: 0xABCD), sourceIP: "10.0.0.7")
    }

    /// Another process on the same ledger: it knows nothing but what the ledger says.
    func restarted(masterKeys: MasterKeys? = Self.masterKeys(seed: 1)) async throws -> Fixture {
        let fixture = Fixture(clock, ledger, masterKeys)
        try await fixture.registrar.load()
        return fixture
    }

    static func masterKeys(seed: UInt64) -> MasterKeys {
        let random = SimRandom(seed: seed)
        return MasterKeys(current: DataKey(random: random), random: random)
    }

    @discardableResult
    func makeAccount(_ id: AccountID = other, canonicalID: String? = nil, name: String = "other", email: String? = nil) async throws
        -> Account
    {
        try await registrar.createAccount(id: id.rawValue, canonicalID: canonicalID, displayName: name, email: email, origin)
    }

    func makeKey(_ account: AccountID = other, user: String? = nil, id: String? = nil, secret: String? = nil) async throws -> NewAccessKey {
        try await registrar.createAccessKey(of: account, user: user, id: id, secret: secret, origin)
    }
}
