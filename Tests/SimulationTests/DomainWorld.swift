import Bytes
import EmbeddedStorage
import Envelope
import Environment
import Identity
import Index
import Keys
import Model
import NIOCore
import Objects
import SimulationKit
import StoragePorts
import Synchronization
import Webhooks

/// The function that events are delivered to. It outlives the server.
final class SimReceiver: WebhookSender {
    private let log: Mutex<[String]>

    /// The deliveries that it took, in their order, repeated ones too.
    var taken: [String] { log.withLock { $0 } }

    init(taken: [String] = []) {
        log = Mutex(taken)
    }

    func send(_ request: WebhookRequest) async -> WebhookOutcome {
        guard let id = request.headers.first(where: { $0.name == "x-roost-delivery" })?.value else { return .failed("no id") }
        log.withLock { $0.append(id) }
        return .taken
    }
}

/// An event that waits for the function.
struct WaitingEvent: Hashable {
    let id: String
    let lane: UInt64
    /// Its place among all events: LSN and number, big-endian.
    let place: [UInt8]
}

/// The domains on one life of the storage: objects, the keys that seal them, accounts, and the function's events.
final class DomainWorld: @unchecked Sendable {
    // Safe: the simulation has one thread.
    private static let stepsMax = 4000
    static let bucket = BucketName("photos")!
    static let account = AccountID("111111111111")!
    static let function = ARN("arn:aws:lambda:us-east-1:111111111111:function:f")!
    static let customerKey = CustomerKey(bytes: [UInt8](repeating: 9, count: 32))!
    private static let principal = Principal(
        account: account, arn: ARN(service: "iam", region: "", account: account.rawValue, resource: "root"), accessKeyID: "AKIAALICE",
        canonicalID: String(repeating: "a", count: 64), displayName: "alice")
    static let context = ChangeContext(
        principal: principal, requestID: RequestID(random: 1), hostID: "host", sourceIP: "127.0.0.1")
    static let origin = IdentityOrigin(principal: principal, requestID: RequestID(random: 1), sourceIP: "127.0.0.1")

    let world: World
    let receiver: SimReceiver
    private(set) var objects: Objects
    private(set) var keys: Keys
    private(set) var registrar: Registrar
    private let outbox: WebhookOutbox
    private let random: SimRandom
    private let loop = SimLoop()
    private var hasEnded = false

    /// `ring` are the master keys that the operator gives the server, the current one first.
    init(
        on disk: any Disk, _ index: MemoryIndex, _ clock: SimClock, _ sizes: Sizes, ring: [UInt8], _ receiver: SimReceiver,
        _ random: SimRandom
    )
        throws
    {
        let outbox = WebhookOutbox(declared: [Self.function])
        let reaction = outbox.reaction(to: ObjectsFactKind.functionDue, dropped: { _ in }) { fact in
            let due = try NotificationDue(fact)
            return (due.targetARN, due.lane, due.body)
        }
        world = try World(on: disk, index: index, clock: clock, random: random.split(), sizes: sizes, reactions: [reaction])
        self.outbox = outbox
        self.receiver = receiver
        self.random = random
        (objects, keys, registrar) = Self.domains(on: world, ring, random)
    }

    /// As after a restart with another ring.
    func take(_ ring: [UInt8]) { (objects, keys, registrar) = Self.domains(on: world, ring, random) }

    private static func domains(on world: World, _ ring: [UInt8], _ random: SimRandom) -> (Objects, Keys, Registrar) {
        let fills = ring.map { DataKey(bytes: [UInt8](repeating: $0, count: DataKey.byteCount))! }
        let masterKeys = MasterKeys(current: fills[0], older: Array(fills.dropFirst()), random: random.split())
        let (ledger, blobs) = (world.storage.ledger, world.storage.blobs)
        let keys = Keys(ledger: ledger, masterKeys: masterKeys, random: random.split(), account: account, region: .usEast1)
        let objects = Objects(
            ledger: ledger, blobs: blobs, random: random.split(), region: .usEast1,
            keys: EncryptionKeys(masterKeys: masterKeys, service: keys))
        let identity = Identity(account: AccountID("000000000000")!, region: .usEast1, rootKeys: [])
        return (objects, keys, Registrar(identity: identity, ledger: ledger, random: random.split(), masterKeys: masterKeys))
    }

    /// Runs one operation to its end.
    func run<Value: Sendable>(_ body: @escaping @Sendable (Objects) async throws -> Value) throws -> Value {
        hasEnded = false
        return try loop.run { [self] in
            try await withThrowingTaskGroup(of: Value.self) { group in
                group.addTask { [self] in
                    defer { hasEnded = true }
                    return try await body(objects)
                }
                for _ in 0..<Self.stepsMax where !hasEnded {
                    await loop.settle()
                    world.storage.step()
                }
                guard let value = try await group.next() else { preconditionFailure("one task was added") }
                return value
            }
        }
    }

    func close() throws { try loop.run { [world] in world.storage.close() } }

    // MARK: Events

    /// Those that the ledger holds, oldest first.
    func waitingEvents() throws -> [WaitingEvent] {
        try run { [self] _ in
            try await world.storage.ledger.read { snapshot in
                var events: [WaitingEvent] = []
                try snapshot.scan(.prefix([0x50]), .forward) { key, value in
                    let place = Array(key.suffix(12))
                    let id = "\(StorageKeys.decodeCount(Array(place[..<8])))-\(place[8...].reduce(0) { $0 << 8 | UInt32($1) })"
                    events.append(WaitingEvent(id: id, lane: StorageKeys.decodeCount(Array(value[1..<9])), place: place))
                    return .next
                }
                return events
            }
        }
    }

    /// Lets a courier work until the function took `count` more deliveries, and stops it then.
    func deliver(_ count: Int) throws {
        let target = WebhookTarget(arn: Self.function, url: "http://function", concurrencyMax: 3)
        let courier = WebhookCourier(
            target, outbox: outbox, ledger: world.storage.ledger, clock: world.clock, random: random.split(), sender: receiver,
            bury: { _, _ in false }, report: { _ in })
        let goal = receiver.taken.count + count
        try run { [self] _ in
            // A refused commit left its mark in the outbox; whoever waits for that position must not wait for the clock.
            _ = try await world.storage.ledger.commit { $0.put(StoredObject.countKey(1), [1]) }
            await withTaskGroup(of: Void.self) { group in
                group.addTask { await courier.run() }
                for _ in 0..<Self.stepsMax where receiver.taken.count < goal { await loop.settle() }
                group.cancelAll()
            }
        }
    }
}

// MARK: What the bucket shows

extension DomainWorld {
    /// Settings, versions in their order with tags, locks, encryption and what their bytes are, and uploads with their parts.
    func state() throws -> [String] {
        try run { objects in
            let bucket = Self.bucket
            let encryption = try await objects.setting(BucketEncryption.self, of: bucket).map { "\($0)" } ?? "clear"
            let lock = try await objects.objectLock(bucket).map { "\($0)" } ?? "no lock"
            var lines = ["\(try await objects.versioning(bucket)) \(lock) \(encryption)"]
            for entry in try await objects.listVersions(bucket, VersionListQuery()).entries {
                var line = "\(entry.key) \(entry.version) \(entry.lsn) \(entry.isLatest) \(entry.isDeleteMarker) \(entry.object.etag)"
                if !entry.isDeleteMarker { line += try await Self.content(of: entry, objects) }
                lines.append(line)
            }
            for upload in try await objects.listUploads(bucket, UploadListQuery()).uploads {
                let parts = try await objects.listParts(bucket, upload.key, upload.id).parts
                lines.append("upload \(upload.key) \(upload.id) \(parts.map { "\($0.number) \($0.etag) \($0.size)" })")
            }
            return lines
        }
    }

    private static func content(of entry: VersionEntry, _ objects: Objects) async throws -> String {
        let info = try await objects.lookup(bucket, entry.key, .version(entry.version)).info
        let (object, reader) = try await objects.open(
            bucket, entry.key, .version(entry.version), customerKey: info.encryption == .customer ? customerKey : nil
        ) { (object) throws(ObjectsError) in 0..<object.info.size }
        var sum: UInt64 = 0
        while let piece = try await reader?.next() { sum = sum &* 31 &+ UInt64(piece.withUnsafeReadableBytes { CRC32C.checksum($0) }) }
        let encryption = info.encryption.map { "\($0)" } ?? "clear"
        let tags = object.info.attributes.tags.tags.map { "\($0.key)=\($0.value)" }
        return " \(object.info.lock) \(object.info.size) \(sum) \(encryption) \(tags)"
    }
}
