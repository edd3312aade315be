import EmbeddedStorage
import Environment
import Index
import Model
import SimulationKit
import StoragePorts

/// What follows a crash: recovery, perhaps cut short by another crash, and a next life that may end the same way.
struct Aftermath {
    private let point: Simulation.Point
    private let sizes: Sizes
    private let random: SimRandom

    init(_ point: Simulation.Point, _ sizes: Sizes) {
        self.point = point
        self.sizes = sizes
        random = SimRandom(seed: point.seed)
    }

    /// A digest of what was done. Throws a `Finding`.
    func run() throws -> UInt64 {
        var disk = afterCrash(of: point.image)
        var index = point.index
        if random.oneIn(3) {
            disk.crash(at: .mutation(random.int(in: 1...30)))
            do {
                _ = try open(disk, index)
            } catch {
                guard disk.isCrashed else { throw error }
            }
            disk = afterCrash(of: disk)
            index = index.crashClone(random)
        }
        let (world, scenario) = try check(disk, index, point.history)
        var digest = disk.traceDigest ^ world.storage.recovered.last.rawValue
        let history = scenario.history
        if random.oneIn(3) {
            for _ in 0..<random.int(in: 1...3) { try scenario.round() }
            history.acknowledge(world.storage.ledger.applied)
            let next = afterCrash(of: disk)
            let (second, later) = try check(next, world.index.crashClone(random), history.now)
            digest = digest &* 31 ^ next.traceDigest
            if random.oneIn(2) { try close(second, later, next) }
        } else if random.oneIn(2) {
            try close(world, scenario, disk)
        }
        return digest &* 31 ^ disk.traceDigest
    }

    /// Mostly the power went, sometimes only the process.
    private func afterCrash(of disk: SimDisk) -> SimDisk {
        random.oneIn(6) ? disk.restartClone() : disk.crashClone(seed: random.next())
    }

    private func open(_ disk: SimDisk, _ index: MemoryIndex) throws -> World {
        try World(on: disk, index: index, clock: SimClock(now: SimClock().now() + .seconds(1000)), random: random.split(), sizes: sizes)
    }

    private func check(_ disk: SimDisk, _ index: MemoryIndex, _ history: History.State) throws -> (World, Scenario) {
        let verified = try verify(disk.restartClone(), index)
        let world = try open(disk, index)
        if let verified {
            let last = world.storage.recovered.last
            if verified.last != last { throw Finding("verified up to \(verified.last), recovered up to \(last)") }
        }
        let known = History(history.cut(at: world.storage.recovered.last))
        let scenario = Scenario(world, known, random.split())
        try Inspection(world: world, history: history).check(scenario)
        return (world, scenario)
    }

    /// What the offline check says of the folder as it lies, now and then; it is clean. Nil when it was not asked, or there is no folder.
    private func verify(_ disk: SimDisk, _ index: MemoryIndex) throws -> VerificationReport? {
        guard random.oneIn(3), try disk.exists("\(World.root)/format"), try disk.exists("\(World.root)/journal") else { return nil }
        let copy = index.crashClone(random)
        let report = try StorageVerifier.verify(root: World.root, disk: disk, processID: 1, openIndex: { _ in copy }) { key, value in
            let isObject = StoredObject.allObjects.contains(Array(key))
            return isObject ? [StoredObject(Array(value)).extent] : []
        }
        if let damage = report.damage.first { throw Finding("the offline check: \(damage)") }
        return report
    }

    private func close(_ world: World, _ scenario: Scenario, _ disk: SimDisk) throws {
        try Inspection(world: world, history: scenario.history.now).closeAndCheckForLeaks(scenario, disk)
        scenario.history.acknowledge(world.storage.ledger.applied)
        let reopened = try open(disk.restartClone(), world.index.crashClone(random))
        let history = scenario.history.now
        try Inspection(world: reopened, history: history).check(Scenario(reopened, History(history), random.split()))
    }
}
