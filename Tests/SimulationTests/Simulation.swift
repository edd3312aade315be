import BlobFiles
import EmbeddedStorage
import Environment
import Index
import Model
import SimulationKit
import Synchronization

/// A seeded run, photographed before each change of the disk, and what becomes of each photograph.
struct Simulation {
    /// What a crash at one moment leaves.
    struct Point: Sendable {
        let number: Int
        let image: SimDisk
        let index: MemoryIndex
        let history: History.State
        /// Decides what the crash spares, and all that follows.
        let seed: UInt64
    }

    /// Every how many changes a photograph is taken; 1 for all of them.
    var interval = 1
    var rounds = 18

    let seed: UInt64

    init(seed: UInt64) {
        self.seed = seed
    }

    struct Report: Equatable {
        var points = 0
        var commits = 0
        var restarts = 0
        var compactions = 0
        var packsDeleted = 0
        var filesSwept: UInt64 = 0
        var orphansSwept: UInt64 = 0
        var droppedRecords: UInt64 = 0
        /// Of the disk's trace and of what was found at each point.
        var digest: UInt64 = 0

        mutating func add(_ other: Report) {
            points += other.points
            commits += other.commits
            restarts += other.restarts
            compactions += other.compactions
            packsDeleted += other.packsDeleted
            filesSwept += other.filesSwept
            orphansSwept += other.orphansSwept
            droppedRecords += other.droppedRecords
        }

        /// What a process did in its life.
        mutating func add(_ statistics: BlobStatistics) {
            compactions += Int(statistics.packsCompacted)
            packsDeleted += Int(statistics.packsDeleted)
            filesSwept += statistics.deadFilesSwept
            orphansSwept += statistics.orphansSwept
        }
    }

    /// Throws a `Finding`.
    func run() throws -> Report {
        let random = SimRandom(seed: seed)
        let sizes = Sizes(random.split())
        let camera = Camera(SimDisk(), interval: interval, random.split())
        var clock = SimClock()
        var report = Report()
        let history = History()
        camera.history = history
        var index = World.freshIndex(sizes, random)
        camera.index = index
        var world = try World(on: camera.lens, index: index, clock: clock, random: random.split(), sizes: sizes)
        camera.world = world
        try develop(camera, sizes, &report)
        var scenario = Scenario(world, history, random.split())
        for _ in 0..<rounds {
            try labelled("before change \(camera.count)") { try scenario.round() }
            if let failure = world.storage.health.failure { throw Finding("without a fault: \(failure)") }
            if random.oneIn(12) {
                report.restarts += 1
                report.add(world.storage.blobs.statistics)
                try scenario.loop.run { [world] in world.storage.close() }
                clock = SimClock(now: clock.now())
                index = index.crashClone(random)
                camera.index = index
                world = try World(on: camera.lens, index: index, clock: clock, random: random.split(), sizes: sizes)
                camera.world = world
                try Inspection(world: world, history: history.now).check(Scenario(world, history, random.split()))
                scenario = Scenario(world, history, random.split())
            }
            try develop(camera, sizes, &report)
        }
        report.add(world.storage.blobs.statistics)
        report.droppedRecords = world.storage.oldestRecord.rawValue - 1
        report.commits = history.now.effects.count
        report.digest ^= camera.disk.traceDigest
        camera.isOpen = false
        try Inspection(world: world, history: history.now).closeAndCheckForLeaks(scenario, camera.disk)
        return report
    }

    /// Looks at the photographs taken since.
    private func develop(_ camera: Camera, _ sizes: Sizes, _ report: inout Report) throws {
        for point in camera.take() {
            try labelled("change \(point.number)") {
                report.digest = report.digest &* 31 &+ (try Aftermath(point, sizes).run())
            }
            report.points += 1
        }
    }

    private func labelled(_ label: String, _ body: () throws -> Void) throws {
        do {
            try body()
        } catch {
            throw Finding("seed \(seed), \(label): \(error)")
        }
    }
}

/// Takes a picture of disk, index and model before changes of the disk.
final class Camera: @unchecked Sendable {
    // Safe: the simulation has one thread.
    let disk: SimDisk
    let interval: Int
    var history: History?
    var index: MemoryIndex?
    /// Nil while it is being opened.
    var world: World?
    var isOpen = true
    private(set) var count = 0
    private var points: [Simulation.Point] = []
    private let random: SimRandom

    init(_ disk: SimDisk, interval: Int, _ random: SimRandom) {
        self.disk = disk
        self.interval = interval
        self.random = random
    }

    var lens: CameraDisk { CameraDisk(disk: disk) { [self] in click() } }

    func take() -> [Simulation.Point] {
        defer { points = [] }
        return points
    }

    private func click() {
        count += 1
        let seed = random.next()
        guard isOpen, seed % UInt64(interval) == 0, let index, let history else { return }
        if let world { history.acknowledge(world.storage.ledger.applied) }
        points.append(
            Simulation.Point(
                number: count, image: disk.restartClone(), index: index.crashClone(SimRandom(seed: seed)), history: history.now, seed: seed)
        )
    }
}
