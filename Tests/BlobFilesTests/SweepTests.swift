import BlobFiles
import Environment
import NIOCore
import SimulationKit
import StoragePorts
import Synchronization
import Testing

@Suite struct SweepTests {
    static let seed: UInt64 = 7

    func files(_ world: BlobWorld) -> Set<String> { Set(world.disk.allFiles().filter { $0.contains("/blobs/") }) }

    @Test func deadFilesGoAfterTheGrace() async throws {
        var limits = BlobWorld.limits
        limits.deadFileGrace = .seconds(60)
        let world = try BlobWorld(on: try BlobWorld.freshDisk(), limits: limits)
        let extent = try await world.writeFile([1, 2, 3])
        let reader = try await world.store.open(extent)
        world.ledger.release(extent, in: world.store)
        #expect(try await world.sweeper.pass().deadFiles == 0)
        world.clock.advance(by: .seconds(59))
        #expect(try await world.sweeper.pass().deadFiles == 0)
        world.clock.advance(by: .seconds(1))
        #expect(try await world.sweeper.pass().deadFiles == 1)
        #expect(!files(world).contains(path(ofFile: extent)))
        #expect(world.ledger.keys.isEmpty)
        // The reader from before still reads; nobody new does.
        #expect(Array((try await reader.read(from: 1, countMax: 9)).readableBytesView) == [2, 3])
        await #expect(throws: BlobError.notFound) { _ = try await world.store.open(extent) }
    }

    /// Overwriting must not fill a disk with what may go: a server that writes hundreds of megabytes a second fills many within a minute.
    @Test func deadFilesGoSoonWhenSpaceIsShort() async throws {
        var limits = BlobWorld.limits
        limits.deadFileGrace = .seconds(60)
        limits.shortSpaceBytes = 1 << 20
        let world = try BlobWorld(on: try BlobWorld.freshDisk(capacityBytes: 1 << 30), limits: limits)
        let extent = try await world.writeFile([1, 2, 3])
        world.ledger.release(extent, in: world.store)
        #expect(try await world.sweeper.pass().deadFiles == 0)
        world.clock.advance(by: .seconds(2))
        #expect(!world.store.isShortOfSpace)
        #expect(try await world.sweeper.pass().deadFiles == 0)
        world.disk.setCapacity(1 << 20)
        world.clock.advance(by: .seconds(1))
        #expect(world.store.isShortOfSpace)
        #expect(try await world.sweeper.pass().deadFiles == 1)
        #expect(!files(world).contains(path(ofFile: extent)))
    }

    @Test func aFullDiskMakesNoFileForAWriter() async throws {
        var limits = BlobWorld.limits
        limits.payloadReserveBytes = 1 << 20
        let world = try BlobWorld(on: try BlobWorld.freshDisk(capacityBytes: 1 << 30), limits: limits)
        _ = try await world.writeFile([1])
        world.disk.setCapacity(1 << 20)
        world.clock.advance(by: .seconds(1))
        let before = files(world)
        await #expect(throws: BlobError.noSpace) { _ = try await world.store.makeWriter() }
        #expect(files(world) == before)
    }

    @Test func leftoversOfWritersAndCrashes() async throws {
        let world = try BlobWorld(on: try BlobWorld.freshDisk())
        let kept = try await world.writeFile([1])
        let abandoned = try await world.store.makeWriter()
        try await abandoned.write(ByteBuffer(bytes: [UInt8](repeating: 1, count: 250_000)))
        await abandoned.abandon()
        // Finished, never adopted, and the writer is gone.
        let lost = try await world.store.makeWriter().finish()
        // Gone without a word.
        try await world.store.makeWriter().write(ByteBuffer(bytes: [1]))
        // Still held: not swept.
        let held = try await world.store.makeWriter()
        let heldExtent = try await held.finish()
        try await world.pool.run {}
        #expect(try await world.sweeper.pass().orphans == 1)
        #expect(!files(world).contains(path(ofFile: lost)))
        #expect(files(world).contains(path(ofFile: heldExtent)))
        _ = held

        let reopened = try BlobWorld(on: world.disk.restartClone(), ledger: world.ledger)
        let orphans = try await reopened.sweeper.pass().orphans
        #expect(orphans >= 1)
        #expect(files(reopened) == [path(ofFile: kept)])
        #expect(try await reopened.unreadable() == [])
        #expect(try reopened.verify().findings == [])
    }

    @Test func compactionKeepsExtents() async throws {
        let random = SimRandom(seed: Self.seed)
        let world = try BlobWorld(on: try BlobWorld.freshDisk())
        var all: [Extent] = []
        for _ in 0..<40 { all += try world.append([random.bytes(random.int(in: 1...2500))]) }
        let old = try await world.store.open(all[1])
        let oldBytes = world.ledger.named[all[1]]
        for (index, extent) in all.enumerated() where index % 4 != 0 { world.ledger.release(extent, in: world.store) }
        let report = try await world.sweeper.pass()
        #expect(report.packsCompacted > 0 && report.findings == [])
        #expect(try await world.unreadable() == [])
        #expect(Array((try await old.read(from: 0, countMax: .max)).readableBytesView) == oldBytes)
        await #expect(throws: BlobError.notFound) { _ = try await world.readAll(all[1]) }
        // Once more, from generation 2 to 3, and then to nothing.
        for (index, extent) in all.enumerated() where index % 8 == 4 { world.ledger.release(extent, in: world.store) }
        #expect(try await world.sweeper.pass().packsCompacted > 0)
        #expect(try await world.unreadable() == [])
        #expect(try world.verify().findings.isEmpty)
        let reopened = try BlobWorld(on: world.disk.crashClone(seed: 5), ledger: world.ledger)
        #expect(try await reopened.unreadable() == [])
        for extent in reopened.ledger.named.keys { reopened.ledger.release(extent, in: reopened.store) }
        let last = try await reopened.sweeper.pass()
        #expect(last.packsDeleted > 0)
        #expect(reopened.store.statistics.packs == 1)
        // Only the active pack's dead entries are still known.
        let active = try #require(world.ledger.position).pack
        #expect(reopened.ledger.keys.keys.allSatisfy { StorageKeys.packed(inDeadPacked: $0)?.pack == active })
    }

    @Test func damageIsCopiedOrRefusedButNotDropped() async throws {
        let random = SimRandom(seed: Self.seed)
        let world = try BlobWorld(on: try BlobWorld.freshDisk())
        var extents = try world.append((0..<8).map { _ in random.bytes(1500) })
        try world.append([random.bytes(9000)])
        let pack = extents[0].container
        for extent in extents.removeAndReturn(6) { world.ledger.release(extent, in: world.store) }
        let name = path(ofPack: pack)
        // A header first: not touched.
        try world.disk.flipBit(inFile: name, at: extents[0].offset + 5, bit: 0)
        let refused = try await world.sweeper.pass()
        #expect(refused.packsCompacted == 0)
        #expect(
            refused.findings == [
                BlobFinding(
                    .damaged, file: name, offset: extents[0].offset, length: extents[1].offset - extents[0].offset,
                    reason: "no valid entry stands here")
            ])
        #expect(world.store.statistics.refusedPacks == 1)
        #expect(world.disk.allFiles().contains(name))
        try world.disk.flipBit(inFile: name, at: extents[0].offset + 5, bit: 0)
        // A payload: copied as it is.
        try world.disk.flipBit(inFile: name, at: extents[0].offset + 24 + 700, bit: 0)
        let reopened = try BlobWorld(on: world.disk.restartClone(), ledger: world.ledger)
        let report = try await reopened.sweeper.pass()
        #expect(report.packsCompacted == 1)
        #expect(report.findings.map(\.offset) == [extents[0].offset])
        await #expect(throws: BlobError.self) { _ = try await reopened.readAll(extents[0]) }
        #expect(try await reopened.readAll(extents[1]) == world.ledger.named[extents[1]])
    }

    @Test func nothingIsRemovedWhilePaused() async throws {
        let world = try BlobWorld(on: try BlobWorld.freshDisk())
        let extent = try await world.writeFile([1])
        world.ledger.release(extent, in: world.store)
        let pause = try await world.sweeper.pauseSweeping()
        #expect(try await world.sweeper.pass() == SweepReport())
        pause.resume()
        pause.resume()
        #expect(try await world.sweeper.pass().deadFiles == 1)
    }

    /// Readers that open and stream while packs are rewritten under them.
    @Test func concurrentReadersDuringCompaction() async throws {
        let random = SimRandom(seed: Self.seed)
        let world = try BlobWorld(on: try BlobWorld.freshDisk(), threads: 4)
        world.disk.missCache(everyNth: 2)
        let (store, ledger, sweeper) = (world.store, world.ledger, world.sweeper)
        for _ in 0..<80 { try world.append([random.bytes(random.int(in: 1...2500))]) }
        let live = Set(ledger.named.keys.filter { $0.offset % 5 == 0 })
        let doomed = ledger.named.keys.filter { !live.contains($0) }.sorted { ($0.container, $0.offset) < ($1.container, $1.offset) }
        let named = ledger.named
        let isDone = Flag()
        try await withThrowingTaskGroup(of: Int.self) { group in
            for seed in 0..<4 {
                group.addTask {
                    let random = SimRandom(seed: UInt64(seed))
                    let choice = Array(live)
                    var reads = 0
                    while !isDone.isSet || reads < 50 {
                        let extent = choice[random.int(in: 0...choice.count - 1)]
                        let reader = try await store.open(extent)
                        let piece = try await reader.read(from: 0, countMax: .max)
                        #expect(Array(piece.readableBytesView) == named[extent])
                        reads += 1
                    }
                    return reads
                }
            }
            var compacted = 0
            for some in stride(from: 0, to: doomed.count, by: 8) {
                for extent in doomed[some..<min(some + 8, doomed.count)] { ledger.release(extent, in: store) }
                compacted += try await sweeper.pass().packsCompacted
            }
            #expect(compacted > 3)
            isDone.set()
            for try await reads in group { #expect(reads >= 50) }
        }
        #expect(try world.verify().isClean)
    }
}

private final class Flag: Sendable {
    private let value = Mutex(false)

    var isSet: Bool { value.withLock { $0 } }

    func set() { value.withLock { $0 = true } }
}
