import EmbeddedStorage
import Environment
import Index
import Model
import SimulationKit
import StoragePorts
import Testing

/// A disk that is full for a while, and one that forgets a bit.
@Suite struct DamageSimulationTests {
    /// Commits fail while there is no room, and work again when there is, without reopening; nothing acknowledged is lost.
    @Test(arguments: 0..<4) func aFullDiskHeals(share: UInt64) {
        var refused = 0
        for seed in Seeds.share(share, of: 4) {
            do {
                refused += try Self.fillAndHeal(seed)
            } catch {
                Issue.record("ROOST_SIM_SEED=\(seed) replays this: \(error)")
                return
            }
        }
        if Seeds.areMany { #expect(refused > 0, "the disk was full at times") }
    }

    private static func fillAndHeal(_ seed: UInt64) throws -> Int {
        let random = SimRandom(seed: seed)
        let sizes = Sizes(random.split())
        let disk = SimDisk()
        let history = History()
        let world = try World(on: disk, index: World.freshIndex(sizes, random), clock: SimClock(), random: random.split(), sizes: sizes)
        let scenario = Scenario(world, history, random.split())
        for _ in 0..<3 {
            for _ in 0..<3 { try scenario.round() }
            disk.setCapacity(disk.usedBytes + UInt64(random.int(in: 0...20_000)))
            scenario.expectsFailures = true
            for _ in 0..<4 { try scenario.round() }
            if let failure = world.storage.health.failure { throw Finding("a full disk poisoned the ledger: \(failure)") }
            for failure in scenario.failures where !isNoSpace(failure) { throw Finding("a full disk gave \(failure)") }
            disk.setCapacity(nil)
            // What was known of the room is outdated.
            world.clock.advance(by: .seconds(1))
            scenario.expectsFailures = false
        }
        for _ in 0..<2 { try scenario.round() }
        history.acknowledge(world.storage.ledger.applied)
        let cut = disk.crashClone(seed: random.next())
        let last = try World(on: cut, index: world.index.crashClone(random), clock: SimClock(), random: random.split(), sizes: sizes)
        let later = Scenario(last, History(history.now.cut(at: last.storage.recovered.last)), random.split())
        try Inspection(world: last, history: history.now).check(later)
        try Inspection(world: last, history: history.now).closeAndCheckForLeaks(later, cut)
        return scenario.failures.count
    }

    private static func isNoSpace(_ error: any Error) -> Bool {
        switch error {
        case LedgerError.noSpace, BlobError.noSpace: true
        default: "\(error)".contains("noSpace")
        }
    }

    /// A stopped server's folder with one bit flipped: what is read is right, or an error that names the file.
    @Test(arguments: 0..<4) func aFlippedBitIsNeverReadAsTruth(share: UInt64) {
        var noticed = 0
        for seed in Seeds.share(share, of: 4) {
            do {
                noticed += try Self.flip(seed)
            } catch {
                Issue.record("ROOST_SIM_SEED=\(seed) replays this: \(error)")
                return
            }
        }
        if Seeds.areMany { #expect(noticed > 0, "some bits mattered") }
    }

    private static func flip(_ seed: UInt64) throws -> Int {
        let random = SimRandom(seed: seed)
        let sizes = Sizes(random.split())
        let disk = SimDisk()
        let history = History()
        let index = World.freshIndex(sizes, random)
        let world = try World(on: disk, index: index, clock: SimClock(), random: random.split(), sizes: sizes)
        let scenario = Scenario(world, history, random.split())
        for _ in 0..<8 { try scenario.round() }
        history.acknowledge(world.storage.ledger.applied)
        try scenario.loop.run { world.storage.close() }
        var noticed = 0
        for _ in 0..<20 {
            let damaged = disk.restartClone()
            let files = damaged.allFiles().filter { !$0.hasSuffix("/lock") }
            let path = files[random.int(in: 0...files.count - 1)]
            let count = try damaged.bytes(ofFile: path).count
            if count == 0 { continue }
            // Headers and trailers more often than their share.
            let offset = random.oneIn(3) ? random.int(in: 0...min(count, 64) - 1) : random.int(in: 0...count - 1)
            try damaged.flipBit(inFile: path, at: UInt64(offset), bit: random.int(in: 0...7))
            do {
                noticed += try Self.readAll(damaged, index.crashClone(random), history.now, sizes, random, path) ? 1 : 0
            } catch {
                throw Finding("\(path) at \(offset): \(error)")
            }
        }
        return noticed
    }

    /// Whether something was noticed.
    private static func readAll(
        _ disk: SimDisk, _ index: MemoryIndex, _ history: History.State, _ sizes: Sizes, _ random: SimRandom, _ path: String
    ) throws -> Bool {
        let world: World
        do {
            world = try World(on: disk, index: index, clock: SimClock(), random: random.split(), sizes: sizes)
        } catch {
            guard "\(error)".contains(path) else { throw Finding("the refusal does not name the file: \(error)") }
            return true
        }
        let scenario = Scenario(world, History(history), random.split())
        do {
            try Inspection(world: world, history: history).check(scenario)
            return false
        } catch {
            guard "\(error)".contains(path), "\(error)".contains("amaged") else { throw error }
            return true
        }
    }
}
