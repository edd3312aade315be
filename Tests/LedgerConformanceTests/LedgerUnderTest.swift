import EmbeddedStorage
import Environment
import Index
import Journal
import Logging
import Model
import ModelLedger
import SimulationKit
import StoragePorts

/// Every implementation of the ledger port, opened empty for one test.
enum LedgerUnderTest: String, CaseIterable, Sendable {
    case model
    /// On the machine's disk with RocksDB, as a server has it.
    case embeddedOnDisk
    /// On the simulated disk with the index in memory, whose reads often miss the cache.
    case embeddedInMemory

    /// Runs `body` with a fresh ledger and closes it afterwards.
    func with(reactions: [Reaction] = [], _ body: (any Ledger) async throws -> Void) async throws {
        switch self {
        case .model:
            try await body(ModelLedger(clock: FixedClock(), reactions: reactions))
        case .embeddedOnDisk:
            let folder = ScratchFolder()
            defer { withExtendedLifetime(folder) {} }
            let environment = Environment(disk: LinuxDisk(), clock: FixedClock(), random: SystemRandom())
            try await Self.with(environment, folder.path, reactions, { try RocksIndex($0) }, body)
        case .embeddedInMemory:
            let environment = Environment(disk: SimDisk(), clock: FixedClock(), random: SimRandom(seed: 1))
            try await Self.with(environment, "/data", reactions, { _ in MemoryIndex(misses: SimRandom(seed: 2)) }, body)
        }
    }

    private static func with(
        _ environment: Environment, _ root: String, _ reactions: [Reaction], _ makeIndex: (String) throws -> any OrderedIndex,
        _ body: (any Ledger) async throws -> Void
    ) async throws {
        var configuration = EmbeddedStorage.Configuration()
        configuration.journal.segmentBytes = 64 * 1024
        configuration.blockingThreads = 2
        let storage = try EmbeddedStorage(
            root: root, environment: environment, configuration: configuration, processID: 1, log: Logger(label: "conformance"),
            reactions: reactions, makeIndex: makeIndex)
        defer { storage.close() }
        try await body(storage.ledger)
    }
}

struct FixedClock: Clock {
    func now() -> Timestamp { Timestamp(seconds: 1_800_000_000) }
    func monotonicNanoseconds() -> UInt64 { 0 }
}

/// A key of the domains' part.
func key(_ text: String) -> [UInt8] { [StorageKeys.domainFloor] + Array(text.utf8) }

func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

extension KeyValueReader {
    /// The entries of a range as texts, at most `countMax`.
    func texts(_ range: KeyRange, _ direction: ScanDirection = .forward, countMax: Int = .max) throws -> [String] {
        var found: [String] = []
        try scan(range, direction) { key, value in
            found.append(String(decoding: key.dropFirst(), as: UTF8.self) + "=" + String(decoding: value, as: UTF8.self))
            return found.count < countMax ? .next : .stop
        }
        return found
    }
}
