import BlobFiles
import EmbeddedStorage
import Envelope
import Environment
import Identity
import Index
import Keys
import Model
import Objects
import SimulationKit
import StoragePorts

/// What is found after a crash: the bucket before the operation under way, or after it, every byte of every version included; nothing half
/// removed; every event that is due; every key wrapped by a master key that the operator still gives.
struct DomainAftermath {
    struct Report: Equatable {
        var points = 0
        /// Locked versions that were attacked.
        var attacks = 0
        /// Events that were delivered after the crash.
        var deliveries = 0
        /// Rotations that were finished after the crash.
        var rotations = 0
        /// What the lifecycle ended.
        var endings = 0

        mutating func add(_ other: Report) {
            points += other.points
            attacks += other.attacks
            deliveries += other.deliveries
            rotations += other.rotations
            endings += other.endings
        }
    }

    private let run: DomainRun
    private let point: DomainRun.Point
    private let chance: SimRandom
    private let index: MemoryIndex
    private let disk: SimDisk
    private let clock: SimClock

    private init(_ run: DomainRun, _ point: DomainRun.Point) {
        self.run = run
        self.point = point
        chance = SimRandom(seed: point.seed)
        disk = point.image.crashClone(seed: chance.next())
        index = point.index
        clock = SimClock(now: point.now)
    }

    /// Looks at every photograph of a run that was worked to its end. Throws a `Finding`.
    static func develop(_ run: DomainRun) throws -> Report {
        var report = Report()
        for (number, point) in run.points.enumerated() {
            do {
                report.add(try DomainAftermath(run, point).check())
            } catch {
                throw Finding("point \(number), after \(point.done) operations: \(error)")
            }
        }
        report.endings = run.endedCount
        return report
    }

    private func check() throws -> Report {
        var report = Report(points: 1)
        if chance.oneIn(4) { try verify() }
        let receiver = SimReceiver(taken: point.taken)
        var found = try open(point.ring, receiver)
        try found.run { try await $0.resume() }
        let state = try found.state()
        let expected = run.states[point.done...].prefix(2)
        guard expected.contains(state) else { throw Finding("found \(state), expected one of \(expected)") }
        try checkLeftovers(found)
        if chance.oneIn(3) {
            found = try finishRotation(found, receiver)
            report.rotations = 1
            guard try found.state() == state else { throw Finding("with the new master key alone it is \(try found.state())") }
        }
        if chance.oneIn(2) { report.deliveries = try deliverAll(found, isAfter: state != expected.first) }
        if chance.oneIn(3) { report.attacks = try attack(found) }
        try found.close()
        return report
    }

    private func open(_ ring: [UInt8], _ receiver: SimReceiver) throws -> DomainWorld {
        try DomainWorld(on: disk, index, clock, run.sizes, ring: ring, receiver, chance.split())
    }

    /// What the offline check says of the folder as it lies.
    private func verify() throws {
        guard try disk.exists("\(World.root)/format"), try disk.exists("\(World.root)/journal") else { return }
        let copy = index.crashClone(chance.split())
        let report = try StorageVerifier.verify(
            root: World.root, disk: disk.restartClone(), processID: 1, openIndex: { _ in copy }, extents: Objects.extents)
        if let damage = report.damage.first { throw Finding("the offline check: \(damage)") }
    }

    /// No part is left of an upload or object that is not there, and nothing waits to be drained. Just the keys that have uploads are watched.
    private func checkLeftovers(_ found: DomainWorld) throws {
        try checkWatches(found)
        let stray = try found.run { _ in
            try await found.world.storage.ledger.read { snapshot in
                var owners: Set<[UInt8]> = []
                try snapshot.scan(.prefix([0x23]), .forward) { key, _ in
                    owners.insert(Array(key.suffix(16)))
                    return .next
                }
                for tag in [UInt8(0x21), 0x22] {
                    try snapshot.scan(.prefix([tag]), .forward) { _, value in
                        // Layout 3: the parts under this name, which values have little-endian and keys big-endian.
                        if value[1] & 0x07 == 3 { owners.insert(Array(value[48..<56].reversed()) + Array(value[56..<64].reversed())) }
                        return .next
                    }
                }
                var stray: [[UInt8]] = []
                for tag in [UInt8(0x24), 0x28, 0x29] {
                    try snapshot.scan(.prefix([tag]), .forward) { key, _ in
                        if tag != 0x24 || !owners.contains(Array(key[1..<17])) { stray.append(Array(key)) }
                        return .next
                    }
                }
                return stray
            }
        }
        if let key = stray.first { throw Finding("\(stray.count) entries are left of what is gone, the first is \(key)") }
    }

    private func checkWatches(_ found: DomainWorld) throws {
        let (uploaded, watched) = try found.run { _ in
            try await found.world.storage.ledger.read { snapshot in
                var uploaded: Set<[UInt8]> = []
                var watched: Set<[UInt8]> = []
                // The run's keys need no escapes; behind one in an upload's name are 00 01 and the upload.
                try snapshot.scan(.prefix([0x23]), .forward) { key, _ in
                    uploaded.insert(Array(key[1..<(key.count - 18)]))
                    return .next
                }
                try snapshot.scan(.prefix([0x70]), .forward) { key, _ in
                    watched.insert(Array(key[1...]))
                    return .next
                }
                return (uploaded, watched)
            }
        }
        guard uploaded == watched else { throw Finding("uploads of \(uploaded), watches on \(watched)") }
    }

    // MARK: Keys

    /// A new master key takes over, whatever step an earlier rotation was cut short at; then it is the only one.
    private func finishRotation(_ found: DomainWorld, _ receiver: SimReceiver) throws -> DomainWorld {
        let newest = point.ring[0] + 1
        found.take([newest] + point.ring)
        let entriesMax = chance.int(in: 1...5)
        try found.run { objects in
            _ = try await found.registrar.rewrap()
            try await found.keys.rewrap()
            repeat {
                while try await !objects.rewrapStep(entriesMax: entriesMax).isDone {}
            } while try await objects.outdatedWraps() > 0
        }
        try found.close()
        let alone = try DomainWorld(
            on: disk, index.crashClone(chance.split()), clock, run.sizes, ring: [newest], receiver, chance.split())
        try alone.run { _ in
            try await alone.registrar.load()
            for id in ["ALICEONE", "ALICETWO"] where alone.registrar.identity.credential(for: id)?.secretAccessKey != "secret-of-\(id)" {
                throw Finding("the secret of \(id) is another one")
            }
        }
        return alone
    }

    // MARK: Events

    /// Delivers what waits. Each event of what was acknowledged was or is taken, and those of one lane came in their order. Returns how many
    /// waited. `isAfter`: the operation under way is in force.
    private func deliverAll(_ found: DomainWorld, isAfter: Bool) throws -> Int {
        let waiting = try found.waitingEvents()
        let known = run.events.filter { $0.value <= point.done + 1 }
        if let event = waiting.first(where: { known[$0] == nil }) { throw Finding("the event \(event.id) is of no operation") }
        if !waiting.isEmpty { try found.deliver(waiting.count) }
        let taken = found.receiver.taken
        for (event, operation) in known where operation <= point.done || isAfter {
            guard taken.contains(event.id) else { throw Finding("the event \(event.id) of operation \(operation) was lost") }
        }
        let events = Dictionary(known.keys.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        var seen: Set<String> = []
        var last: [UInt64: [UInt8]] = [:]
        for event in taken.compactMap({ events[$0] }) where seen.insert(event.id).inserted {
            if let before = last[event.lane], !before.lexicographicallyPrecedes(event.place) {
                throw Finding("the event \(event.id) came out of its turn")
            }
            last[event.lane] = event.place
        }
        return waiting.count
    }

    // MARK: Locks

    /// Every way to remove a locked version is refused, also after the clock was set back. Returns how many there were.
    private func attack(_ found: DomainWorld) throws -> Int {
        if chance.oneIn(2) { clock.set(to: point.now + .seconds(-chance.int(in: 1...1000))) }
        let now = clock.now()
        let pace = LifecyclePace(scanMax: 2, commitMax: 1)
        return try found.run { objects in
            let (bucket, context) = (DomainWorld.bucket, DomainWorld.context)
            var locked: [VersionEntry] = []
            for entry in try await objects.listVersions(bucket, VersionListQuery()).entries where !entry.isDeleteMarker {
                let lock = try await objects.lookup(bucket, entry.key, .version(entry.version)).info.lock
                guard lock.forbidsRemoval(at: now, bypassGovernance: true) else { continue }
                locked.append(entry)
                let deletion = KeyDeletion(key: entry.key, version: entry.version, bypassesGovernance: true)
                let results = try await objects.deleteMany(bucket, [deletion], context: context).value
                guard results == [.locked] else { throw Finding("\(entry.key) \(entry.version) was locked by \(lock) and is gone") }
                _ = try await objects.delete(bucket, entry.key, context: context)
                if (try? await objects.deleteBucket(bucket, context: context)) != nil { throw Finding("a locked bucket was deleted") }
            }
            var pass = try await objects.lifecyclePass(over: bucket, at: now + .seconds(100_000))
            while !pass.isDone { try await objects.step(&pass, DomainActivities.day, pace: pace) }
            for entry in locked { _ = try await objects.lookup(bucket, entry.key, .version(entry.version)) }
            return locked.count
        }
    }
}
