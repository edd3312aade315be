import BlobFiles
import Bytes
import EmbeddedStorage
import Environment
import Identity
import Index
import Journal
import Keys
import Model
import Objects
import SimulationKit
import StoragePorts

/// A seeded run of all that is done to one bucket, photographed at changes of the disk.
final class DomainRun: @unchecked Sendable {
    // Safe: the simulation has one thread.

    /// What a crash at one moment leaves, on the disk and outside of it.
    struct Point {
        let image: SimDisk
        let index: MemoryIndex
        /// How many operations were acknowledged.
        let done: Int
        let ring: [UInt8]
        /// Deliveries that the function took.
        let taken: [String]
        let now: Timestamp
        let seed: UInt64
    }

    private static let operations = 34
    /// Of so many changes one is photographed: a photograph costs a copy of the disk and a recovery.
    private static let interval: UInt64 = 5

    let sizes: Sizes
    /// What the bucket showed after each operation.
    private(set) var states: [[String]] = []
    /// Every event that the function is due, with the operation that it came with.
    private(set) var events: [WaitingEvent: Int] = [:]
    private(set) var points: [Point] = []
    /// Versions, uploads and markers that the lifecycle ended.
    private(set) var endedCount = 0

    private let random: SimRandom
    private let photographs: SimRandom
    private let index: MemoryIndex
    private let disk = SimDisk()
    private let receiver = SimReceiver()
    private var host: DomainWorld!
    private var ring: [UInt8] = [1]
    private var pass: LifecyclePass?
    private let hasLock: Bool
    private let hasVersions: Bool

    init(seed: UInt64) throws {
        random = SimRandom(seed: seed &* 31 &+ 5)
        photographs = random.split()
        var sizes = Sizes(random.split())
        sizes.configuration.journal.recordBytesMax = 65_536
        self.sizes = sizes
        index = World.freshIndex(sizes, random)
        hasLock = random.oneIn(3)
        hasVersions = hasLock || random.oneIn(2)
        let lens = CameraDisk(disk: disk) { [self] in click() }
        host = try DomainWorld(on: lens, index, SimClock(), sizes, ring: ring, receiver, random.split())
        try prepare()
        states.append(try host.state())
    }

    private func prepare() throws {
        let (hasLock, host) = (hasLock, host!)
        try host.run { objects in
            let (bucket, context) = (DomainWorld.bucket, DomainWorld.context)
            _ = try await objects.createBucket(bucket, objectLock: hasLock, context: context)
            let patterns = ["s3:ObjectCreated:*", "s3:ObjectRemoved:*", "s3:ObjectTagging:*", "s3:LifecycleExpiration:*"]
            let target = NotificationTarget(id: "f", arn: DomainWorld.function, events: patterns.map { EventPattern($0)! })
            _ = try await objects.setNotifications(bucket, NotificationConfiguration(functions: [target]), context: context)
            _ = try await objects.set(Self.lifecycle, of: bucket, context: context)
            _ = try await host.keys.create(id: "k")
            try await host.registrar.load()
            _ = try await host.registrar.createAccount(
                id: DomainWorld.account.rawValue, canonicalID: nil, displayName: "alice", email: nil, DomainWorld.origin)
            for id in ["ALICEONE", "ALICETWO"] {
                _ = try await host.registrar.createAccessKey(
                    of: DomainWorld.account, user: nil, id: id, secret: "secret-of-\(id)", DomainWorld.origin)
            }
        }
    }

    private static let lifecycle = Lifecycle(rules: [
        LifecycleRule(
            id: "a", isEnabled: true, filter: LifecycleFilter(form: .single, prefix: "a"), expiration: .days(1),
            noncurrentExpiration: LifecycleRule.NoncurrentExpiration(days: 1, kept: 1), abortDays: 1),
        LifecycleRule(
            id: "b", isEnabled: true, filter: LifecycleFilter(form: .single, prefix: "b"), expiration: .expiredMarkers(true),
            noncurrentExpiration: LifecycleRule.NoncurrentExpiration(days: 1, kept: nil)),
    ])

    private func click() {
        let seed = photographs.next()
        guard !states.isEmpty, seed % Self.interval == 0 else { return }
        points.append(
            Point(
                image: disk.restartClone(), index: index.crashClone(SimRandom(seed: seed)), done: states.count - 1, ring: ring,
                taken: receiver.taken, now: host.world.clock.now(), seed: seed))
    }

    /// All operations. Returns a digest of what was done. Throws a `Finding`.
    func work() throws -> UInt64 {
        for _ in 0..<Self.operations {
            host.world.clock.advance(by: .milliseconds(random.int(in: 0...1500)))
            do { try perform() } catch is ObjectsError {}
            if random.oneIn(7) {
                let storage = host.world.storage
                let report = try host.run { _ in try await storage.sweeper.pass() }
                if let finding = report.findings.first { throw Finding("a sweep: \(finding)") }
            }
            states.append(try host.state())
            for event in try host.waitingEvents() where events[event] == nil { events[event] = states.count - 1 }
        }
        try host.close()
        let shown = states.joined().joined() + receiver.taken.joined()
        return shown.utf8.reduce(disk.traceDigest) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    }

    private func perform() throws {
        let random = random.split()
        switch random.int(in: 0...14) {
        case 0...9:
            let versions = try host.run { try await $0.listVersions(DomainWorld.bucket, VersionListQuery()).entries }
            let activities = DomainActivities(
                random: random, now: host.world.clock.now(), hasLock: hasLock, hasVersions: hasVersions && !hasLock, versions: versions)
            try host.run(activities.choose())
        case 10, 11: try endWhatIsDue(random)
        case 12: try rotate(random)
        default:
            let waiting = try host.waitingEvents().count
            if waiting > 0 { try host.deliver(random.int(in: 1...waiting)) }
        }
    }

    /// One small step of a pass, which is taken up where it is now and then forgotten, as by a restart.
    private func endWhatIsDue(_ random: SimRandom) throws {
        let (before, now) = (pass, host.world.clock.now())
        var after =
            try host.run { objects in
                var pass = if let before { before } else { try await objects.lifecyclePass(over: DomainWorld.bucket, at: now) }
                try await objects.step(&pass, DomainActivities.day, pace: LifecyclePace(scanMax: 3, commitMax: 2))
                return pass
            } as LifecyclePass?
        endedCount += (after?.endedCount ?? 0) - (before?.endedCount ?? 0)
        if after?.isDone == true || random.oneIn(5) { after = nil }
        pass = after
    }

    /// The operator gives a new master key, or a step of what follows is done.
    private func rotate(_ random: SimRandom) throws {
        let host = host!
        switch random.int(in: 0...4) {
        case 0:
            ring.insert(ring[0] + 1, at: 0)
            host.take(ring)
        case 1: try host.run { _ in try await host.keys.rewrap() }
        case 2: _ = try host.run { _ in try await host.registrar.rewrap() }
        default: _ = try host.run { try await $0.rewrapStep(entriesMax: 2) }
        }
    }
}
