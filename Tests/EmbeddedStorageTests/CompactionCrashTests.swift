import BlobFiles
import EmbeddedStorage
import Environment
import Index
import Journal
import Logging
import Model
import NIOCore
import SimulationKit
import StoragePorts
import Testing

/// A process is killed while a compacted pack takes the old one's place, and the power goes while the next process recovers.
@Suite struct CompactionCrashTests {
    private final class Life: Sendable {
        let storage: EmbeddedStorage
        let index: MemoryIndex
        let loop = SimLoop()

        init(_ disk: SimDisk, _ index: MemoryIndex) throws {
            var configuration = EmbeddedStorage.Configuration()
            configuration.isStepped = true
            configuration.journal.segmentBytes = 16_384
            configuration.blobs.packBytesMax = 4000
            configuration.blobs.zeroAheadBytes = 512
            configuration.blobs.compactionBytesPerSecond = nil
            self.index = index
            storage = try EmbeddedStorage(
                root: root, environment: Environment(disk: disk, clock: SimClock(), random: SimRandom(seed: 1)),
                configuration: configuration, processID: 1, log: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
                makeIndex: { _ in index })
        }

        /// Runs `body` while the ledger steps.
        func run<Value: Sendable>(_ body: @escaping @Sendable (EmbeddedStorage) async throws -> Value) throws -> Value {
            try loop.run { [loop, storage] in
                try await withThrowingTaskGroup(of: Value?.self) { group in
                    group.addTask { try await body(storage) }
                    while true {
                        await loop.settle()
                        if storage.queueDepth == 0 { break }
                        storage.step()
                    }
                    for try await case .some(let value) in group { return value }
                    throw LedgerError.closed
                }
            }
        }

        func commit<Value: Sendable>(_ body: @escaping @Sendable (Transaction) throws -> Value) throws -> Value {
            try run { try await $0.ledger.commit(body).value }
        }
    }

    private let kept = payload(1, count: 900)

    /// Two packs, the first one mostly dead, and a sweep. Returns the extent that lives in it.
    private func live(_ disk: SimDisk, _ index: MemoryIndex) throws -> Extent {
        let life = try Life(disk, index)
        let extents = try (1...5).map { number in
            let staged = life.storage.blobs.small(ByteBuffer(bytes: number == 1 ? kept : payload(number, count: 900)))
            return try life.commit { transaction in
                transaction.put(key("\(number)"), [1])
                return try transaction.stage(staged)
            }
        }
        try life.commit { transaction in for extent in extents[1...3] { try transaction.release(extent) } }
        _ = try index.flush()
        _ = try? life.run { try await $0.sweeper.pass() }
        return extents[0]
    }

    @Test func theLivingEntrySurvives() throws {
        let rehearsal = SimDisk()
        let index = MemoryIndex()
        let extent = try live(rehearsal, index)
        let names = try rehearsal.list("\(root)/packs")
        #expect(names.contains { $0.hasSuffix(".g2") }, "the pack was compacted: \(names)")
        for change in 1...rehearsal.mutationCount {
            let disk = SimDisk()
            let first = MemoryIndex()
            disk.crash(at: .mutation(change))
            guard let lived = try? live(disk, first) else { continue }
            #expect(lived == extent)
            for next in 1...12 {
                let killed = disk.restartClone()
                let second = first.crashClone(SimRandom(seed: 1))
                killed.crash(at: .mutation(next))
                _ = try? Life(killed, second)
                for seed in UInt64(0)..<4 { try check(killed.crashClone(seed: seed), second.crashClone(SimRandom(seed: 2)), extent) }
            }
        }
    }

    private func check(_ disk: SimDisk, _ index: MemoryIndex, _ extent: Extent) throws {
        let life = try Life(disk, index)
        let bytes = try life.run { Array((try await $0.blobs.open(extent).read(from: 0, countMax: 1000)).readableBytesView) }
        #expect(bytes == kept)
    }
}
