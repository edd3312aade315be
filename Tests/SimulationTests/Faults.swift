import EmbeddedStorage
import Environment
import Index
import Model
import SimulationKit
import StoragePorts

/// A seeded run in which the disk misbehaves once, and what can be read, written and recovered after that.
struct FaultyRun {
    enum Fault: Sendable {
        /// One call fails.
        case failure(DiskError.Kind)
        /// Power or process goes at one call, and every call after it fails.
        case crash
    }

    var rounds = 10
    /// The call to be struck; nil for none.
    var operation: Int?

    let seed: UInt64
    let fault: Fault

    init(seed: UInt64, fault: Fault) {
        self.seed = seed
        self.fault = fault
    }

    struct Report {
        var operations = 0
        var failures: [any Error] = []
        var isPoisoned = false
        var refusedToOpen = false
    }

    /// Throws a `Finding`.
    func run() throws -> Report {
        let random = SimRandom(seed: seed)
        let sizes = Sizes(random.split())
        let disk = SimDisk()
        let index = World.freshIndex(sizes, random)
        let history = History()
        plan(on: disk)
        var report = Report()
        do {
            let world = try World(on: disk, index: index, clock: SimClock(), random: random.split(), sizes: sizes)
            let scenario = Scenario(world, history, random.split())
            scenario.expectsFailures = operation != nil
            for _ in 0..<rounds {
                try scenario.round()
                try checkPoison(scenario)
            }
            report.failures = scenario.failures
            report.isPoisoned = world.storage.health.failure != nil
            history.acknowledge(world.storage.ledger.applied)
        } catch let error as StorageOpenError {
            guard operation != nil else { throw error }
            report.refusedToOpen = true
        }
        report.operations = disk.operationCount
        try reopen(disk, index, history.now, sizes, random)
        return report
    }

    private func plan(on disk: SimDisk) {
        guard let operation else { return }
        switch fault {
        case .failure(let kind): disk.fail(at: .operation(operation), with: kind)
        case .crash: disk.crash(at: .operation(operation))
        }
    }

    /// A poisoned ledger acknowledges nothing; it still gives what it gave before.
    private func checkPoison(_ scenario: Scenario) throws {
        let storage = scenario.storage
        guard let cause = storage.health.failure else { return }
        guard case .poisoned = cause else { throw Finding("poisoned by \(cause)") }
        let applied = storage.ledger.applied
        let before = scenario.failures.count
        try scenario.run { await scenario.commit("after the poison") { $0.put(StoredObject.countKey(1), [1]) } }
        guard scenario.failures.count == before + 1, storage.ledger.applied == applied else {
            throw Finding("a poisoned ledger took a commit")
        }
        let seen = try scenario.loop.run { try await storage.ledger.read { $0.lsn } }
        guard seen == applied else { throw Finding("reads see \(seen), applied is \(applied)") }
    }

    /// First on the same machine, as after a restart of the process; then after the power went, too.
    private func reopen(_ disk: SimDisk, _ index: MemoryIndex, _ history: History.State, _ sizes: Sizes, _ random: SimRandom) throws {
        let restarted = disk.restartClone()
        let clock = SimClock(now: SimClock().now() + .seconds(1000))
        let world = try World(on: restarted, index: index.crashClone(random), clock: clock, random: random.split(), sizes: sizes)
        let known = History(history.cut(at: world.storage.recovered.last))
        let scenario = Scenario(world, known, random.split())
        try Inspection(world: world, history: history).check(scenario)
        for _ in 0..<2 { try scenario.round() }
        known.acknowledge(world.storage.ledger.applied)
        let cut = restarted.crashClone(seed: random.next())
        let last = try World(on: cut, index: world.index.crashClone(random), clock: clock, random: random.split(), sizes: sizes)
        let later = Scenario(last, History(known.now.cut(at: last.storage.recovered.last)), random.split())
        try Inspection(world: last, history: known.now).check(later)
        try Inspection(world: last, history: known.now).closeAndCheckForLeaks(later, cut)
    }
}
