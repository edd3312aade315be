import Model
import ModelLedger
import NIOCore
import Objects
import SimulationKit
import StoragePorts
import Synchronization
import Testing

/// A domain on ledger and blobs in memory, with what tests say often said briefly.
struct Fixture {
    let clock = SimClock()
    let blobs: ModelBlobs
    let ledger: ModelLedger
    let objects: Objects
    let alice = Fixture.context(account: "111111111111", name: "alice")
    let bob = Fixture.context(account: "222222222222", name: "bob")
    let bucket = BucketName("photos")!

    /// What was signalled to reactions, which no record keeps.
    private let signals: Signals

    init(reactions: [Reaction] = [], region: Region = .usEast1, seed: UInt64 = 1, keys: EncryptionKeys? = nil) {
        blobs = ModelBlobs()
        let signals = Signals()
        self.signals = signals
        ledger = ModelLedger(clock: clock, blobs: blobs, reactions: reactions + [signals.reaction])
        objects = Objects(ledger: ledger, blobs: blobs, random: SimRandom(seed: seed), region: region, keys: keys)
    }

    static func withBucket(reactions: [Reaction] = [], seed: UInt64 = 1) async throws -> Fixture {
        let fixture = Fixture(reactions: reactions, seed: seed)
        _ = try await fixture.objects.createBucket(fixture.bucket, context: fixture.alice)
        return fixture
    }

    /// What all requests say that they belong to.
    static let trace = "Root=1-5759e988-bd862e3fe1be46a994272793"

    static func context(account: String, name: String) -> ChangeContext {
        let account = AccountID(account)!
        let principal = Principal(
            account: account, arn: ARN(service: "iam", region: "", account: account.rawValue, resource: "root"),
            accessKeyID: "AKIA\(name.uppercased())", canonicalID: String(repeating: String(name.prefix(1)), count: 64), displayName: name)
        return ChangeContext(
            principal: principal, requestID: RequestID(random: 0xABCD), hostID: "host+id/=", sourceIP: "10.0.0.7", trace: Self.trace)
    }

    /// Without `seal` it becomes an object of the bucket, kept as that wants it.
    func payload(
        _ bytes: [UInt8], digests: Set<ChecksumAlgorithm> = [], in bucket: BucketName? = nil, seal: PayloadSeal? = nil
    ) async throws -> Payload {
        let kept = if let seal { seal } else { try await objects.seal(of: bucket ?? self.bucket, ObjectKey("k")!) }
        let intake = objects.intake(digests: digests, expectedLength: Int64(bytes.count), seal: kept)
        var start = 0
        while start < bytes.count {
            let end = min(start + 100_000, bytes.count)
            try await intake.write(ByteBuffer(bytes: bytes[start..<end]))
            start = end
        }
        return try await intake.finish()
    }

    @discardableResult
    func put(
        _ key: String, _ bytes: [UInt8] = Array("hello".utf8), attributes: ObjectAttributes = ObjectAttributes(),
        checksum: ChecksumAlgorithm? = nil, condition: WriteCondition = .none, lock: ObjectLock = .none, in bucket: BucketName? = nil
    ) async throws -> Committed<ObjectInfo> {
        let payload = try await payload(bytes, digests: Set([checksum].compactMap { $0 }), in: bucket)
        return try await objects.put(
            PutRequest(
                bucket: bucket ?? self.bucket, key: ObjectKey(key)!, payload: payload, attributes: attributes, checksum: checksum,
                condition: condition, lock: lock, context: alice))
    }

    @discardableResult
    func append(
        _ key: String, _ bytes: [UInt8], at offset: Int64, _ choice: EncryptionChoice = .unspecified
    ) async throws -> Committed<AppendedObject> {
        let target = try await objects.appending(to: bucket, ObjectKey(key)!, choice)
        let payload = try await payload(bytes, digests: Set([target.checksum].compactMap(\.self)), seal: target.seal)
        let put = PutRequest(bucket: bucket, key: ObjectKey(key)!, payload: payload, context: alice)
        return try await objects.append(AppendRequest(put: put, offset: offset, target: target))
    }

    func get(_ key: String, _ range: Range<Int64>? = nil, in bucket: BucketName? = nil) async throws -> [UInt8] {
        let (_, reader) = try await objects.open(bucket ?? self.bucket, ObjectKey(key)!) { object throws(ObjectsError) in
            range ?? 0..<object.info.size
        }
        return try await Self.all(try #require(reader))
    }

    /// Of one version.
    func get(_ key: ObjectKey, _ choice: VersionChoice) async throws -> (object: StoredObject, bytes: [UInt8]) {
        let (object, reader) = try await objects.open(bucket, key, choice) { object throws(ObjectsError) in 0..<object.info.size }
        return (object, try await Self.all(try #require(reader)))
    }

    static func all(_ reader: ObjectReader) async throws -> [UInt8] {
        var bytes: [UInt8] = []
        while let piece = try await reader.next() { bytes.append(contentsOf: piece.readableBytesView) }
        return bytes
    }

    func names(_ query: ListQuery = ListQuery()) async throws -> [String] {
        try await objects.list(bucket, query).entries.map(\.key.string)
    }

    /// Uploads `parts` and completes them.
    @discardableResult
    func multipart(
        _ key: String, _ parts: [[UInt8]], algorithm: ChecksumAlgorithm? = nil, type: ChecksumType? = nil
    ) async throws -> Committed<CompletedUpload> {
        let upload = try await upload(key, algorithm: algorithm, type: type)
        var listed: [ListedPart] = []
        for (index, bytes) in parts.enumerated() { listed.append(try await part(upload, index + 1, bytes)) }
        return try await complete(upload, listed)
    }

    func upload(_ key: String, algorithm: ChecksumAlgorithm? = nil, type: ChecksumType? = nil) async throws -> UploadInfo {
        try await objects.createUpload(
            UploadRequest(bucket: bucket, key: ObjectKey(key)!, checksumAlgorithm: algorithm, checksumType: type, context: alice)
        ).value
    }

    func part(_ upload: UploadInfo, _ number: Int, _ bytes: [UInt8]) async throws -> ListedPart {
        let seal = try await objects.seal(part: number, of: upload, in: bucket, nil)
        let payload = try await payload(bytes, digests: Set([upload.checksumAlgorithm].compactMap { $0 }), seal: seal)
        let part = try await objects.uploadPart(
            PartRequest(bucket: bucket, key: upload.key, upload: upload.id, number: number, payload: payload, context: alice)
        ).value
        return ListedPart(number: number, etag: part.etag, checksum: part.checksum)
    }

    func complete(
        _ upload: UploadInfo, _ parts: [ListedPart], checksum: Checksum? = nil, type: ChecksumType? = nil, size: Int64? = nil,
        condition: WriteCondition = .none
    ) async throws -> Committed<CompletedUpload> {
        try await objects.completeUpload(
            CompleteRequest(
                bucket: bucket, key: upload.key, upload: upload.id, parts: parts, checksum: checksum, checksumType: type, size: size,
                condition: condition, context: alice))
    }

    /// Notifications in the order in which they were signalled.
    func notifications() -> [(lsn: LSN, fact: Fact)] { signals.seen.withLock { $0 } }

    func facts(_ kind: Fact.Kind) -> [(lsn: LSN, fact: Fact)] {
        ledger.allRecords.flatMap { record in record.facts.filter { $0.kind == kind }.map { (record.lsn, $0) } }
    }
}

/// Remembers every `NotificationDue`.
private final class Signals: Sendable {
    let seen = Mutex<[(lsn: LSN, fact: Fact)]>([])

    var reaction: Reaction {
        Reaction(to: ObjectsFactKind.notificationDue) { [self] transaction, fact in
            seen.withLock { $0.append((transaction.lsn, fact)) }
        }
    }
}

/// A text of `count` bytes that differs for each seed.
func text(_ count: Int, seed: UInt64 = 7) -> [UInt8] { SimRandom(seed: seed).bytes(count) }

/// The error that `body` throws.
func failure(_ body: () async throws -> some Any) async -> ObjectsError? {
    do {
        _ = try await body()
        return nil
    } catch {
        return error as? ObjectsError
    }
}
