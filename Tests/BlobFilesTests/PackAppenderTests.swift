import BlobFiles
import Environment
import NIOCore
import SimulationKit
import StoragePorts
import Testing

@Suite struct PackAppenderTests {
    @Test func undoWithinABatch() async throws {
        let world = try BlobWorld(on: try BlobWorld.freshDisk())
        func stage(_ bytes: [UInt8]) throws -> Extent { try world.appender.stage(world.store.small(ByteBuffer(bytes: bytes))) }
        let first = try stage([1, 1, 1])
        let mark = world.appender.mark()
        _ = try stage([2, 2])
        // Far enough to begin further packs, which the undo leaves.
        for _ in 0..<5 { _ = try stage([UInt8](repeating: 3, count: 9000)) }
        world.appender.rollBack(to: mark)
        let second = try stage([4, 4, 4, 4])
        try world.appender.write()
        try world.appender.sync()
        #expect(second.container == first.container)
        #expect(second.offset == first.offset + 32)
        #expect(try await world.readAll(first) == [1, 1, 1])
        #expect(try await world.readAll(second) == [4, 4, 4, 4])

        let before = world.appender.position
        _ = try stage([5])
        world.appender.discardStaged()
        #expect(world.appender.position == before)
        let third = try stage([UInt8](repeating: 6, count: 16_300))
        try world.appender.write()
        try world.appender.sync()
        #expect(third.container > second.container)
        #expect(try await world.readAll(third) == [UInt8](repeating: 6, count: 16_300))
    }

    /// Random stages, undos and batches against a list.
    @Test(arguments: 1...20 as ClosedRange<UInt64>) func randomBatches(seed: UInt64) async throws {
        let random = SimRandom(seed: seed)
        let world = try BlobWorld(on: try BlobWorld.freshDisk())
        for _ in 0..<30 {
            var staged: [(Extent, [UInt8])] = []
            for _ in 0..<random.int(in: 0...6) {
                let mark = world.appender.mark()
                let count = staged.count
                for _ in 0..<random.int(in: 1...4) {
                    let bytes = random.bytes(random.oneIn(10) ? 0 : random.int(in: 1...3000))
                    staged.append((try world.appender.stage(world.store.small(ByteBuffer(bytes: bytes))), bytes))
                }
                if random.oneIn(3) {
                    world.appender.rollBack(to: mark)
                    staged.removeLast(staged.count - count)
                }
            }
            if random.oneIn(5) {
                world.appender.discardStaged()
                continue
            }
            try world.appender.write()
            try world.appender.sync()
            for (extent, bytes) in staged { world.ledger.commit(extent, bytes, position: world.appender.position) }
        }
        #expect(try await world.unreadable() == [], "seed \(seed)")
        #expect(try world.verify().isClean, "seed \(seed)")
        let reopened = try BlobWorld(on: world.disk.restartClone(), ledger: world.ledger)
        #expect(try await reopened.unreadable() == [], "seed \(seed)")
    }

    @Test func cutsWhatTheJournalDoesNotName() async throws {
        let world = try BlobWorld(on: try BlobWorld.freshDisk())
        try world.append([[1, 2, 3]])
        // Written and synced, but the record never was; and a further pack that no record names.
        for _ in 0..<3 { _ = try world.appender.stage(world.store.small(ByteBuffer(bytes: [UInt8](repeating: 9, count: 9000)))) }
        try world.appender.write()
        try world.appender.sync()
        #expect(try world.verify().isClean)
        let reopened = try BlobWorld(on: world.disk.crashClone(seed: 1), ledger: world.ledger)
        #expect(reopened.disk.allFiles().filter { $0.contains("/packs/") }.count == 1)
        let extent = try reopened.append([[7]])[0]
        #expect(extent.offset == 64)
        #expect(try await reopened.unreadable() == [])
        #expect(try reopened.verify().isClean)
    }

    @Test func refusesAPackShorterThanItsRecords() throws {
        let world = try BlobWorld(on: try BlobWorld.freshDisk())
        let extent = try world.append([[1, 2, 3]])[0]
        let name = path(ofPack: extent.container)
        let short = world.disk.restartClone()
        try short.open(name, .readWrite).truncate(to: 60)
        #expect(throws: BlobError.damaged("\(name): 60 bytes long, but the journal's last record names 64 of them")) {
            _ = try BlobWorld(on: short, ledger: world.ledger)
        }
        let gone = world.disk.restartClone()
        try gone.remove(name)
        #expect(throws: BlobError.damaged("\(name): missing, and the journal's last record names it")) {
            _ = try BlobWorld(on: gone, ledger: world.ledger)
        }
    }

    @Test func aFullDiskFailsTheStageAndNothingElse() async throws {
        let world = try BlobWorld(on: try BlobWorld.freshDisk())
        try world.append([[1]])
        world.disk.setCapacity(world.disk.usedBytes + 100)
        let mark = world.appender.mark()
        _ = try world.appender.stage(world.store.small(ByteBuffer(bytes: [2])))
        #expect(throws: BlobError.noSpace) {
            _ = try world.appender.stage(world.store.small(ByteBuffer(bytes: [UInt8](repeating: 3, count: 5000))))
        }
        world.appender.rollBack(to: mark)
        world.disk.setCapacity(nil)
        try world.append([[4, 4], [UInt8](repeating: 5, count: 5000)])
        #expect(try await world.unreadable() == [])
        #expect(try world.verify().isClean)
    }

    @Test func numbersAreNeverGivenTwice() throws {
        let disk = try BlobWorld.freshDisk()
        let world = try BlobWorld(on: disk)
        let first = try world.append([[1]])[0]
        let second = try BlobWorld(on: disk.crashClone(seed: 3)).append([[1]])[0]
        #expect(second.container > first.container)
        let lost = disk.restartClone()
        try lost.remove(BlobWorld.root + "/blob-numbers")
        let third = try BlobWorld(on: lost, clock: SimClock()).append([[1]])[0]
        #expect(third.container >= 1_767_225_600_000 << 20)
    }
}
