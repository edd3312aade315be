import BlobFiles
import Environment
import NIOCore
import SimulationKit
import StoragePorts
import Synchronization
import Testing

/// The power goes at every change of the disk, in several manners; then the folder is opened again.
@Suite struct CrashTests {
    /// The points are dealt out to several cases, which run side by side.
    static let cases = 4
    static let seed: UInt64 = 1

    private static var limits: BlobFilesLimits {
        var limits = BlobWorld.limits
        limits.packBytesMax = 6000
        limits.writeBytes = 20_000
        return limits
    }

    /// Everything that changes the disk: batches over several packs, files finished, abandoned and forgotten, releases, sweeps.
    private func run(_ world: BlobWorld, seed: UInt64) async throws {
        var random = SimRandom(seed: seed)
        var extents: [Extent] = []
        for round in 0..<5 {
            for _ in 0..<2 { extents += try world.append((0..<3).map { _ in random.bytes(random.int(in: 0...1200)) }) }
            extents.append(try await world.writeFile(random.bytes(random.int(in: 0...90_000))))
            if round == 2 {
                let writer = try await world.store.makeWriter()
                try await writer.write(ByteBuffer(bytes: random.bytes(50_000)))
                await writer.abandon()
            }
            if round == 3 { _ = try await world.store.makeWriter().finish() }
            extents.shuffle(using: &random)
            for extent in extents.removeAndReturn(extents.count * 2 / 3) { world.ledger.release(extent, in: world.store) }
            _ = try await world.sweeper.pass()
        }
        world.store.close()
    }

    private func check(_ disk: SimDisk, _ ledger: ModelLedger, _ label: String) async throws {
        let before = try BlobVerifier.verify(disk, root: BlobWorld.root, named: Set(ledger.named.keys), position: ledger.position)
        #expect(before.isClean, "\(label): \(before.findings)")
        let world = try BlobWorld(on: disk, ledger: ledger, limits: Self.limits)
        #expect(try await world.unreadable() == [], "\(label)")
        try world.append([[1, 2, 3]])
        try await world.writeFile([4, 5, 6])
        _ = try await world.sweeper.pass()
        world.store.close()
        #expect(try await world.unreadable() == [], "\(label)")
        let after = try world.verify()
        #expect(after.findings == [], "\(label): \(after.findings)")
        let deadFiles = ledger.keys.keys.compactMap { StorageKeys.file(inDeadFile: $0) }
        #expect(deadFiles == [], "\(label)")
    }

    @Test(arguments: 0..<Self.cases) func atEveryChange(share: Int) async throws {
        let whole = try BlobWorld(on: try BlobWorld.freshDisk(), limits: Self.limits)
        try await run(whole, seed: Self.seed)
        let statistics = whole.store.statistics
        #expect(statistics.packsCompacted > 0 && statistics.packsDeleted > 0 && statistics.deadFilesSwept > 0)
        #expect(whole.disk.mutationCount > 100)
        for point in stride(from: 3 + share, through: whole.disk.mutationCount + 1, by: Self.cases) {
            let disk = try BlobWorld.freshDisk()
            let ledger = ModelLedger()
            disk.crash(at: .mutation(point))
            do {
                try await run(try BlobWorld(on: disk, ledger: ledger, limits: Self.limits), seed: Self.seed)
            } catch {}
            try await check(disk.crashClone(seed: UInt64(point)), ledger, "change \(point)")
        }
    }

    /// The power goes again while the folder is being opened after the first time.
    @Test func duringRecovery() async throws {
        let whole = try BlobWorld(on: try BlobWorld.freshDisk(), limits: Self.limits)
        try await run(whole, seed: Self.seed)
        for point in stride(from: 5, through: whole.disk.mutationCount, by: 17) {
            let disk = try BlobWorld.freshDisk()
            let ledger = ModelLedger()
            disk.crash(at: .mutation(point))
            do {
                try await run(try BlobWorld(on: disk, ledger: ledger, limits: Self.limits), seed: Self.seed)
            } catch {}
            for second in 1...8 {
                let again = disk.crashClone(seed: UInt64(point))
                again.crash(at: .mutation(second))
                _ = try? BlobWorld(on: again, ledger: ledger, limits: Self.limits)
                try await check(again.crashClone(seed: UInt64(second)), Self.copy(of: ledger), "change \(point), then \(second)")
            }
        }
    }

    /// A check goes on to write.
    private static func copy(of ledger: ModelLedger) -> ModelLedger {
        let copy = ModelLedger()
        let state = ledger.state.withLock { $0 }
        copy.state.withLock { $0 = state }
        return copy
    }

    /// The same calls give the same trace.
    @Test func sameSeedSameTrace() async throws {
        var digests: Set<UInt64> = []
        for _ in 0..<2 {
            let world = try BlobWorld(on: try BlobWorld.freshDisk(), limits: Self.limits)
            try await run(world, seed: 9)
            digests.insert(world.disk.traceDigest)
        }
        #expect(digests.count == 1)
    }

    /// One operation fails, of each kind; what was committed stays, and the store works on unless a sync failed.
    @Test(arguments: [DiskError.Kind.noSpace, .failed, .tooManyFiles]) func oneFailure(kind: DiskError.Kind) async throws {
        let whole = try BlobWorld(on: try BlobWorld.freshDisk())
        try await run(whole, seed: 2)
        for point in stride(from: 4, to: whole.disk.mutationCount, by: 5) {
            let disk = try BlobWorld.freshDisk()
            let ledger = ModelLedger()
            disk.fail(at: .mutation(point), with: kind)
            do {
                try await run(try BlobWorld(on: disk, ledger: ledger, limits: Self.limits), seed: 2)
            } catch {}
            disk.clearFaults()
            try await check(disk.crashClone(seed: UInt64(point)), ledger, "\(kind) at change \(point)")
        }
    }

    @Test func aFullDiskDuringAWriter() async throws {
        let world = try BlobWorld(on: try BlobWorld.freshDisk())
        let random = SimRandom(seed: 1)
        try await world.writeFile(random.bytes(1000))
        world.disk.setCapacity(world.disk.usedBytes + 300_000)
        await #expect(throws: BlobError.noSpace) { try await world.writeFile(random.bytes(500_000)) }
        // The writer went without a word; its file goes too.
        try await world.pool.run {}
        try await world.writeFile(random.bytes(200_000))
        #expect(world.store.statistics.filesAbandoned == 1)
        world.disk.setCapacity(nil)
        try await world.writeFile(random.bytes(500_000))
        #expect(try await world.unreadable() == [])
        world.store.close()
        #expect(try world.verify().findings == [])
    }
}
