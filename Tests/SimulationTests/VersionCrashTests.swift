import BlobFiles
import Bytes
import EmbeddedStorage
import Environment
import Index
import Journal
import Model
import NIOCore
import Objects
import SimulationKit
import StoragePorts
import Testing

/// The power goes at changes of the disk while a bucket with versions and locks is worked on. What is found after is the bucket before
/// the operation under way, or after it, every byte of every version included; and what is locked stays locked.
@Suite struct VersionCrashTests {
    static let shares: UInt64 = 4

    @Test(arguments: 0..<Self.shares) func versionsAndLocksSurvive(share: UInt64) {
        var points = 0
        var attacks = 0
        for seed in Seeds.share(share, of: Self.shares).prefix(Seeds.areMany ? 10 : .max) {
            do {
                let run = try VersionRun(seed: seed)
                try run.work()
                (points, attacks) = try run.develop(points, attacks)
            } catch {
                Issue.record("ROOST_SIM_SEED=\(seed) replays this: \(error)")
                return
            }
        }
        if Seeds.areMany { #expect(points > 40 && attacks > 0) }
    }
}

/// The domain on one life of the storage.
private final class VersionWorld: @unchecked Sendable {
    // Safe: the simulation has one thread.
    private static let stepsMax = 2000
    static let bucket = BucketName("photos")!
    static let context = ChangeContext(
        principal: Principal(
            account: AccountID("111111111111")!, arn: ARN(service: "iam", region: "", account: "111111111111", resource: "root"),
            accessKeyID: "AKIAALICE", canonicalID: String(repeating: "a", count: 64), displayName: "alice"),
        requestID: RequestID(random: 1), hostID: "host", sourceIP: "127.0.0.1")

    let world: World
    let objects: Objects
    private let loop = SimLoop()
    private var hasEnded = false

    init(_ world: World, _ random: SimRandom) {
        self.world = world
        objects = Objects(ledger: world.storage.ledger, blobs: world.storage.blobs, random: random, region: .usEast1)
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

    /// All that the bucket shows: settings, versions in their order, locks, and what the bytes are.
    func state() throws -> [String] {
        try run { objects in
            let bucket = Self.bucket
            var lines = ["\(try await objects.versioning(bucket)) \(String(describing: try await objects.objectLock(bucket)))"]
            for entry in try await objects.listVersions(bucket, VersionListQuery()).entries {
                var line = "\(entry.key) \(entry.version) \(entry.lsn) \(entry.isLatest) \(entry.isDeleteMarker) \(entry.object.etag)"
                if !entry.isDeleteMarker {
                    let (object, reader) = try await objects.open(bucket, entry.key, .version(entry.version)) {
                        (object) throws(ObjectsError) in 0..<object.info.size
                    }
                    var sum: UInt64 = 0
                    while let piece = try await reader?.next() {
                        sum = sum &* 31 &+ UInt64(piece.withUnsafeReadableBytes { CRC32C.checksum($0) })
                    }
                    line += " \(object.info.lock) \(object.info.size) \(sum)"
                }
                lines.append(line)
            }
            return lines
        }
    }
}

/// A seeded run, photographed at changes of the disk.
private final class VersionRun: @unchecked Sendable {
    private struct Point {
        let image: SimDisk
        let index: MemoryIndex
        /// How many operations were acknowledged.
        let done: Int
        let seed: UInt64
    }

    private static let operations = 30
    /// Of so many changes one is photographed: a photograph costs a copy of the disk and a recovery.
    private static let interval: UInt64 = 4

    private let random: SimRandom
    private let sizes: Sizes
    private let index: MemoryIndex
    private let disk = SimDisk()
    private var host: VersionWorld!
    private var points: [Point] = []
    /// After each operation.
    private var states: [[String]] = []
    private let photographs: SimRandom
    private let hasLock: Bool

    init(seed: UInt64) throws {
        random = SimRandom(seed: seed &* 31 &+ 5)
        photographs = random.split()
        var sizes = Sizes(random.split())
        sizes.configuration.journal.recordBytesMax = 65_536
        self.sizes = sizes
        index = World.freshIndex(sizes, random)
        hasLock = random.oneIn(2)
        let lens = CameraDisk(disk: disk) { [self] in click() }
        host = VersionWorld(
            try World(on: lens, index: index, clock: SimClock(), random: random.split(), sizes: sizes), random.split())
        let hasLock = hasLock
        _ = try host.run { objects in
            try await objects.createBucket(VersionWorld.bucket, objectLock: hasLock, context: VersionWorld.context)
        }
        states.append(try host.state())
    }

    private func click() {
        let seed = photographs.next()
        guard !states.isEmpty, seed % Self.interval == 0 else { return }
        points.append(
            Point(
                image: disk.restartClone(), index: index.crashClone(SimRandom(seed: seed)), done: states.count - 1, seed: seed))
    }

    func work() throws {
        for _ in 0..<Self.operations {
            host.world.clock.advance(by: .milliseconds(random.int(in: 0...3000)))
            let operation = try choose()
            do { try host.run(operation) } catch is ObjectsError {}
            if random.oneIn(6) {
                let storage = host.world.storage
                let report = try host.run { _ in try await storage.sweeper.pass() }
                if let finding = report.findings.first { throw Finding("a sweep: \(finding)") }
            }
            states.append(try host.state())
        }
        let host = host!
        try SimLoop().run { host.world.storage.close() }
    }

    private typealias Operation = @Sendable (Objects) async throws -> Void

    private func choose() throws -> Operation {
        let (random, bucket, context, hasLock) = (random.split(), VersionWorld.bucket, VersionWorld.context, hasLock)
        let key = ObjectKey(["a", "b", "a/b"][random.int(in: 0...2)])!
        let versions = try host.run { try await $0.listVersions(bucket, VersionListQuery()).entries }.filter { $0.key == key }
        let chosen = versions.isEmpty ? nil : versions[random.int(in: 0...versions.count - 1)].version
        let now = host.world.clock.now()
        switch random.int(in: 0...11) {
        case 0...4:
            let bytes = random.bytes(random.oneIn(30) ? 270_000 : random.int(in: 0...900))
            let retention = Retention(mode: random.oneIn(2) ? .governance : .compliance, until: now + .seconds(random.int(in: 1...60)))
            let lock = hasLock && random.oneIn(2) ? ObjectLock(retention: retention, legalHold: random.oneIn(3) ? true : nil) : .none
            return { objects in
                let intake = objects.intake()
                try await intake.write(ByteBuffer(bytes: bytes))
                let request = PutRequest(
                    bucket: bucket, key: key, payload: try await intake.finish(), lock: lock, context: context)
                _ = try await objects.put(request)
            }
        case 5: return { _ = try await $0.delete(bucket, key, context: context) }
        case 6...7: return { _ = try await $0.delete(bucket, key, version: chosen ?? .null, bypassGovernance: true, context: context) }
        case 8:
            let source = CopySource(bucket: bucket, key: key, version: chosen)
            let request = CopyRequest(
                source: source, bucket: bucket, key: ObjectKey("b")!, attributes: .replaced(ObjectAttributes()), context: context)
            return { _ = try await $0.copy(request) }
        case 9:
            let isHeld = random.oneIn(2)
            return { _ = try await $0.setLegalHold(of: key, chosen, in: bucket, to: isHeld, context: context) }
        case 10:
            let deletions = versions.map { KeyDeletion(key: key, version: $0.version) } + [KeyDeletion(key: ObjectKey("b")!)]
            return { _ = try await $0.deleteMany(bucket, deletions, context: context) }
        default:
            let status: VersioningStatus = random.oneIn(3) ? .suspended : .enabled
            return { _ = try await $0.setVersioning(bucket, status, context: context) }
        }
    }

    /// Looks at every photograph. Returns how many there were, and how many locked versions were attacked, added to those before.
    func develop(_ pointsBefore: Int, _ attacksBefore: Int) throws -> (Int, Int) {
        var attacks = attacksBefore
        for (number, point) in points.enumerated() {
            let chance = SimRandom(seed: point.seed)
            let image = point.image.crashClone(seed: chance.next())
            let clock = SimClock(now: host.world.clock.now())
            let world = try World(on: image, index: point.index, clock: clock, random: chance.split(), sizes: sizes)
            let found = VersionWorld(world, chance.split())
            let state = try found.state()
            let expected = states[point.done...].prefix(2)
            guard expected.contains(state) else {
                throw Finding("point \(number), after \(point.done) operations: found \(state), expected one of \(expected)")
            }
            if chance.oneIn(3) { attacks += try attack(found) }
            try SimLoop().run { world.storage.close() }
        }
        return (pointsBefore + points.count, attacks)
    }

    /// Every way to remove a locked version is refused. Returns how many there were.
    private func attack(_ found: VersionWorld) throws -> Int {
        let now = found.world.clock.now()
        return try found.run { objects in
            let (bucket, context) = (VersionWorld.bucket, VersionWorld.context)
            var count = 0
            for entry in try await objects.listVersions(bucket, VersionListQuery()).entries where !entry.isDeleteMarker {
                let lock = try await objects.lookup(bucket, entry.key, .version(entry.version)).info.lock
                guard lock.forbidsRemoval(at: now, bypassGovernance: true) else { continue }
                count += 1
                let deletion = KeyDeletion(key: entry.key, version: entry.version, bypassesGovernance: true)
                let results = try await objects.deleteMany(bucket, [deletion], context: context).value
                guard results == [.locked] else { throw Finding("\(entry.key) \(entry.version) was locked by \(lock) and is gone") }
                _ = try await objects.delete(bucket, entry.key, context: context)
                _ = try await objects.lookup(bucket, entry.key, .version(entry.version))
                if (try? await objects.deleteBucket(bucket, context: context)) != nil { throw Finding("a locked bucket was deleted") }
            }
            return count
        }
    }
}
