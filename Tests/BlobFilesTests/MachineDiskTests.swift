import BlobFiles
import Environment
import NIOCore
import SimulationKit
import StoragePorts
import Testing

/// The same store over the machine's own disk: real vectored writes, reads that miss the page cache, names that go.
@Suite struct MachineDiskTests {
    @Test func writeReadSweep() async throws {
        let disk = LinuxDisk()
        let root = "/tmp/roost-blobs-\(SystemRandom().next())"
        try disk.createDirectory(root)
        defer { Self.removeAll(disk, root) }
        var limits = BlobFilesLimits()
        limits.deadFileGrace = .zero
        limits.zeroAheadBytes = 1 << 20
        limits.packBytesMax = 3 << 20
        let pool = BlockingPool(name: "blobs", threadCount: 2, queueMax: 100)
        let environment = Environment(disk: disk, clock: SystemClock(), random: SystemRandom())
        let store = try BlobStore(environment, root: root, pool: pool, limits: limits)
        let appender = store.makeAppender()
        try appender.recover(to: nil)
        let random = SimRandom(seed: 3)

        // More pieces than one vectored write takes, over two packs.
        let payloads = (0..<2000).map { _ in random.bytes(random.int(in: 1...4000)) }
        let extents = try payloads.map { try appender.stage(store.small(ByteBuffer(bytes: $0))) }
        try appender.write()
        try appender.sync()
        #expect(Set(extents.map(\.container)).count == 2)
        for (extent, bytes) in zip(extents, payloads) {
            let piece = try await store.open(extent).read(from: 0, countMax: .max)
            #expect(piece.readableBytesView.elementsEqual(bytes))
        }

        let large = random.bytes(3_000_000)
        let writer = try await store.makeWriter()
        for start in stride(from: 0, to: large.count, by: 1000) {
            try await writer.write(ByteBuffer(bytes: large[start..<min(start + 1000, large.count)]))
        }
        let file = try await writer.finish()
        let reader = try await store.open(file)
        var got: [UInt8] = []
        while got.count < large.count { got += try await reader.read(from: UInt64(got.count), countMax: .max).readableBytesView }
        #expect(got == large)

        let ledger = ModelLedger()
        for (extent, bytes) in zip(extents, payloads) { ledger.commit(extent, bytes, position: appender.position) }
        ledger.commit(file, large, position: nil)
        appender.recorded(try #require(appender.position))
        for extent in extents.prefix(1000) { ledger.release(extent, in: store) }
        ledger.release(file, in: store)
        let sweeper = BlobSweeper(store: store, ledger: ledger, clock: SystemClock())
        let report = try await sweeper.pass()
        #expect(report.deadFiles == 1 && report.packsCompacted == 1 && report.findings == [])
        store.close()
        let result = try BlobVerifier.verify(disk, root: root, named: Set(ledger.named.keys), position: appender.position)
        #expect(result.findings == [] && result.entries == 1000)
        #expect(try await reader.read(from: 2_999_999, countMax: 1).readableBytes == 1)
    }

    private static func removeAll(_ disk: LinuxDisk, _ path: String) {
        for name in (try? disk.list(path)) ?? [] { removeAll(disk, path + "/" + name) }
        try? disk.remove(path)
    }
}
