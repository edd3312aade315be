import Envelope
import Model
import ModelLedger
import NIOCore
import Objects
import SimulationKit
import StoragePorts
import Synchronization
import Testing

/// The bucket's default encryption changes while a payload comes: nothing is kept otherwise than the default acknowledged by then says.
@Suite struct DefaultEncryptionRaceTests {
    private static let managed = BucketEncryption(mode: .managed)
    private static let service = BucketEncryption(mode: .service, serviceKey: "k")

    private static func set(_ setting: BucketEncryption?, _ fixture: Fixture) async throws {
        if let setting {
            _ = try await fixture.objects.set(setting, of: fixture.bucket, context: fixture.alice)
        } else {
            _ = try await fixture.objects.removeSetting(BucketEncryption.self, of: fixture.bucket, context: fixture.alice)
        }
    }

    @Test(arguments: [(nil, managed), (nil, service), (managed, service), (service, nil)] as [(BucketEncryption?, BucketEncryption?)])
    func aPutThatWasDecidedBeforeIsRefused(before: BucketEncryption?, after: BucketEncryption?) async throws {
        let fixture = try await Fixture.encrypted()
        try await Self.set(before, fixture)
        for size in [0, 10, 300_000] {
            let payload = try await fixture.payload(text(size))
            try await Self.set(after, fixture)
            let put = PutRequest(bucket: fixture.bucket, key: ObjectKey("a")!, payload: payload, context: fixture.alice)
            #expect(await failure { try await fixture.objects.put(put) } == .conflict)
            let batch = await failure { try await fixture.objects.batch([.put(put)], context: fixture.alice) }
            #expect(batch == .conflict)
            #expect(try await fixture.names() == [])
            // Decided once more it is as before.
            try await Self.set(before, fixture)
            #expect(try await fixture.objects.put(put).value.encryption == payload.shown(before))
            _ = try await fixture.objects.delete(fixture.bucket, ObjectKey("a")!, context: fixture.alice)
        }
    }

    /// What a client asks for holds whatever the default is.
    @Test func aChoiceIsNotTouched() async throws {
        let fixture = try await Fixture.encrypted()
        let payload = try await fixture.payload(
            text(10), seal: try await fixture.objects.seal(.customer(.filled(1)), of: fixture.bucket, ObjectKey("a")!))
        try await Self.set(Self.service, fixture)
        let put = PutRequest(bucket: fixture.bucket, key: ObjectKey("a")!, payload: payload, context: fixture.alice)
        #expect(try await fixture.objects.put(put).value.encryption == .customer)
    }

    /// Copies, uploads and what the server writes itself have their bytes at hand: they are done again. A reader that changes the default
    /// at the very moment between decision and commit is the ledger's hook.
    @Test func whatCanBeDoneAgainIs() async throws {
        let fixture = try await Fixture.encrypted()
        let bytes = text(300_000)
        try await fixture.put("from", bytes, .unspecified)
        let objects = Objects(
            ledger: MeddlingLedger(fixture.ledger) { try await Self.set(Self.managed, fixture) }, blobs: fixture.blobs,
            random: SimRandom(seed: 4), region: .usEast1, keys: .ring())
        let copy = CopyRequest(
            source: CopySource(bucket: fixture.bucket, key: ObjectKey("from")!), bucket: fixture.bucket, key: ObjectKey("to")!,
            context: fixture.alice)
        #expect(try await objects.copy(copy).value.info.encryption == .managed)
        #expect(try await fixture.get("to") == bytes)

        try await Self.set(nil, fixture)
        let meddled = Objects(
            ledger: MeddlingLedger(fixture.ledger) { try await Self.set(Self.service, fixture) }, blobs: fixture.blobs,
            random: SimRandom(seed: 5), region: .usEast1, keys: .ring())
        let upload = try await meddled.createUpload(UploadRequest(bucket: fixture.bucket, key: ObjectKey("up")!, context: fixture.alice))
        #expect(upload.value.shownEncryption == .service(key: "k", usesBucketKey: false))

        try await Self.set(nil, fixture)
        let again = Objects(
            ledger: MeddlingLedger(fixture.ledger) { try await Self.set(Self.managed, fixture) }, blobs: fixture.blobs,
            random: SimRandom(seed: 6), region: .usEast1, keys: .ring())
        let own = try await again.put(
            ByteBuffer(bytes: bytes), as: ObjectKey("own")!, in: fixture.bucket, attributes: ObjectAttributes(), checksum: .crc64nvme,
            encryption: .unspecified, context: fixture.alice)
        #expect(own.value.encryption == .managed)
    }
}

extension Payload {
    fileprivate func shown(_ setting: BucketEncryption?) -> ObjectEncryption? {
        switch setting?.mode {
        case nil: nil
        case .managed: .managed
        case .service: .service(key: "k", usesBucketKey: false)
        }
    }
}

/// Does something else just before the first commit that goes through it.
private final class MeddlingLedger: Ledger {
    private let ledger: ModelLedger
    private let meddle: @Sendable () async throws -> Void
    private let hasMeddled = Atomic<Bool>(false)

    init(_ ledger: ModelLedger, _ meddle: @escaping @Sendable () async throws -> Void) {
        self.ledger = ledger
        self.meddle = meddle
    }

    func commit<Value: Sendable>(
        reading keys: [[UInt8]], durability: Durability, _ body: @escaping @Sendable (Transaction) throws -> Value
    ) async throws -> Committed<Value> {
        if !hasMeddled.exchange(true, ordering: .relaxed) { try await meddle() }
        return try await ledger.commit(reading: keys, durability: durability, body)
    }

    func read<Value: Sendable>(_ body: @escaping @Sendable (any Snapshot) throws -> Value) async throws -> Value {
        try await ledger.read(body)
    }

    var applied: LSN { ledger.applied }

    func waitUntilApplied(_ lsn: LSN, timeout: Duration) async -> Bool { await ledger.waitUntilApplied(lsn, timeout: timeout) }

    func records(after position: LSN, countMax: Int) async throws -> [CommittedRecord] {
        try await ledger.records(after: position, countMax: countMax)
    }

    func cursor(_ name: String) async throws -> LSN { try await ledger.cursor(name) }

    func advanceCursor(_ name: String, to position: LSN) async throws { try await ledger.advanceCursor(name, to: position) }
}
