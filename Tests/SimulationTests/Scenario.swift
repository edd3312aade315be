import BlobFiles
import EmbeddedStorage
import Environment
import Index
import Journal
import Model
import SimulationKit
import StoragePorts

/// Random work on one process, a few activities at a time. Everything that it decides comes from `random`.
///
/// Safe without locks: the loop runs all of it on one thread.
final class Scenario: @unchecked Sendable {
    /// Thrown by closures that refuse.
    struct Refusal: Error {}

    static let names = 10
    static let cursorName = "reader"
    /// Steps that a round may need at the most; past that somebody waits for ever.
    private static let stepsMax = 2000

    let world: World
    let history: History
    let random: SimRandom
    let loop = SimLoop()
    /// Errors are part of the plan: activities that fail are no finding.
    var expectsFailures = false
    /// What went wrong, in words; the run is over then.
    private(set) var findings: [String] = []
    /// Failures met while `expectsFailures`.
    private(set) var failures: [any Error] = []
    private var ended = 0

    var storage: EmbeddedStorage { world.storage }

    init(_ world: World, _ history: History, _ random: SimRandom) {
        self.world = world
        self.history = history
        self.random = random
    }

    func find(_ text: String) { findings.append(text) }

    func failed(_ error: any Error, _ what: String) {
        if expectsFailures { failures.append(error) } else { find("\(what) failed: \(error)") }
    }

    /// One round: one to six activities side by side, and the ledger's steps between them. Throws the first finding.
    func round() throws {
        world.clock.advance(by: .milliseconds(random.int(in: 0...300)))
        try loop.run { [self] in await work(random.int(in: 1...6)) { chooseActivity() } }
        if let finding = findings.first { throw Finding(finding) }
    }

    /// Runs one activity to its end. Throws the first finding.
    func run(_ activity: @escaping Activity) throws {
        try loop.run { [self] in await work(1) { activity } }
        if let finding = findings.first { throw Finding(finding) }
    }

    typealias Activity = @Sendable () async -> Void

    private func work(_ count: Int, _ choose: () -> Activity) async {
        ended = 0
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<count {
                let activity = choose()
                group.addTask { [self] in
                    await activity()
                    ended += 1
                }
                if random.oneIn(4) { await loop.settle() }
                if random.oneIn(8) { storage.step() }
            }
            for _ in 0..<Self.stepsMax where ended < count {
                await loop.settle()
                storage.step()
            }
            precondition(ended == count, "an activity waits for ever")
        }
    }

    private func chooseActivity() -> Activity {
        let random = random.split()
        return switch random.int(in: 1...32) {
        case 1...9: { await self.putSmall(random) }
        case 10...14: { await self.putLarge(random) }
        case 15...17: { await self.copy(random) }
        case 18...20: { await self.delete(random) }
        case 21: { await self.refuse(random) }
        case 22: { await self.count(random) }
        case 23: { await self.consume() }
        case 24: { await self.readObject(random) }
        case 25: { await self.readFeed(random) }
        case 26: { await self.doNothing(random) }
        case 27: { await self.advanceCursor(random) }
        case 28, 29: { await self.sweep() }
        case 30: { await self.lookAfterTheJournal(random) }
        case 31: { await self.dropOldSegments(random) }
        default: { self.flushIndex(random) }
        }
    }
}

// MARK: Commits

extension Scenario {
    /// Commits and keeps the model. Nil when it failed.
    @discardableResult
    func commit(
        _ what: String, reading keys: [[UInt8]] = [], durability: Durability = .synced,
        _ body: @escaping @Sendable (Transaction) throws -> Void
    ) async -> LSN? {
        let attempt = history.nextAttempt()
        do {
            let committed = try await storage.ledger.commit(reading: keys, durability: durability) { [history] transaction in
                try body(transaction)
                history.note(transaction, attempt: attempt)
            }
            if durability == .synced { history.acknowledge(committed.lsn) }
            return committed.lsn
        } catch is Refusal {
            return nil
        } catch LedgerError.poisoned(let cause) {
            // The outcome is unknown: the note stays.
            failed(LedgerError.poisoned(cause), what)
        } catch {
            history.withdraw(attempt: attempt)
            failed(error, what)
        }
        return nil
    }

    /// Gives up what the name holds and puts the new object there.
    static func replace(_ transaction: Transaction, _ name: Int, by object: StoredObject?) throws {
        let key = StoredObject.objectKey(name)
        if let old = try transaction.get(key) { try transaction.release(StoredObject(old).extent) }
        guard let object else { return transaction.delete(key) }
        transaction.put(key, object.encoded)
        if object.isAnnounced { try transaction.emit(Fact(StoredObject.created, key + object.encoded)) }
    }

    func name(_ random: SimRandom) -> Int { random.int(in: 1...Self.names) }
}
