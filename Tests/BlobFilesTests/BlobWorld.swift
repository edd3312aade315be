import BlobFiles
import Environment
import Model
import NIOCore
import SimulationKit
import StoragePorts
import Synchronization

/// The ledger as blobs see it: keys, the records' extents with their bytes, and the position of the last record. It outlives
/// simulated crashes, as a journal does; what was not committed before the crash is not in it.
final class ModelLedger: SweepLedger {
    struct State {
        var keys: [[UInt8]: [UInt8]] = [:]
        var named: [Extent: [UInt8]] = [:]
        var position: PackPosition?
    }

    struct Reader: KeyValueReader {
        let keys: [[UInt8]: [UInt8]]

        func get(_ key: [UInt8]) throws -> [UInt8]? { keys[key] }

        func scan(
            _ range: KeyRange, _ direction: ScanDirection,
            _ visit: (_ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) throws -> ScanStep
        ) throws {
            for key in keys.keys.filter(range.contains).sorted(by: { $0.lexicographicallyPrecedes($1) }) {
                let step = try key.withUnsafeBytes { raw in try keys[key]!.withUnsafeBytes { try visit(raw, $0) } }
                if case .stop = step { return }
            }
        }
    }

    struct ProcessIsGone: Error {}

    let state = Mutex(State())
    private let disk = Mutex<SimDisk?>(nil)

    /// Deletions fail once this disk has crashed: the process is gone.
    func attach(_ disk: SimDisk) { self.disk.withLock { $0 = disk } }

    func read<Value: Sendable>(_ body: @escaping @Sendable (any KeyValueReader) throws -> Value) async throws -> Value {
        try body(Reader(keys: state.withLock { $0.keys }))
    }

    func delete(_ keys: [[UInt8]]) async throws {
        if disk.withLock({ $0?.isCrashed ?? false }) { throw ProcessIsGone() }
        state.withLock { state in for key in keys { state.keys[key] = nil } }
    }

    var named: [Extent: [UInt8]] { state.withLock { $0.named } }
    var position: PackPosition? { state.withLock { $0.position } }
    var keys: [[UInt8]: [UInt8]] { state.withLock { $0.keys } }

    func commit(_ extent: Extent, _ bytes: [UInt8], position: PackPosition?) {
        state.withLock { state in
            if extent.kind == .file { state.keys[StorageKeys.fileReferences(extent.container)] = StorageKeys.encodeCount(1) }
            state.named[extent] = bytes
            state.position = position ?? state.position
        }
    }

    func release(_ extent: Extent, in store: BlobStore) {
        let key = extent.kind == .file ? StorageKeys.deadFile(extent.container) : StorageKeys.deadPacked(extent.container, extent.offset)
        let value = StorageKeys.encodeCount(extent.length)
        state.withLock { state in
            if extent.kind == .file { state.keys[StorageKeys.fileReferences(extent.container)] = nil }
            state.keys[key] = value
            state.named[extent] = nil
        }
        store.applied(key: key, value: value)
    }
}

/// A store over a simulated disk, with its ledger.
final class BlobWorld {
    static let root = "/data"

    let disk: SimDisk
    let clock: SimClock
    let ledger: ModelLedger
    let store: BlobStore
    let appender: PackAppender
    let sweeper: BlobSweeper
    let pool: BlockingPool

    static func freshDisk(capacityBytes: UInt64? = nil) throws -> SimDisk {
        let disk = SimDisk(capacityBytes: capacityBytes)
        try disk.createDirectory(root)
        try disk.syncDirectory("/")
        return disk
    }

    /// Small sizes, so that a test meets every limit.
    static var limits: BlobFilesLimits {
        var limits = BlobFilesLimits()
        limits.payloadReserveBytes = 0
        limits.commitReserveBytes = 0
        limits.packBytesMax = 16 * 1024
        limits.zeroAheadBytes = 1024
        limits.writeBytes = 100_000
        limits.spareFiles = 2
        limits.openPacksMax = 2
        limits.openFilesMax = 2
        limits.deadFileGrace = .zero
        limits.compactionBytesPerSecond = nil
        return limits
    }

    init(
        on disk: SimDisk, ledger: ModelLedger = ModelLedger(), limits: BlobFilesLimits = BlobWorld.limits, threads: Int = 1,
        queueMax: Int = 1000, clock: SimClock = SimClock()
    ) throws {
        self.disk = disk
        self.clock = clock
        self.ledger = ledger
        ledger.attach(disk)
        pool = BlockingPool(name: "blobs", threadCount: threads, queueMax: queueMax)
        let environment = Environment(disk: disk, clock: clock, random: SimRandom(seed: 1))
        store = try BlobStore(environment, root: Self.root, pool: pool, limits: limits)
        appender = store.makeAppender()
        try appender.recover(to: ledger.position)
        sweeper = BlobSweeper(store: store, ledger: ledger, clock: clock)
    }

    /// One batch; returns where the payloads lie.
    @discardableResult
    func append(_ payloads: [[UInt8]]) throws -> [Extent] {
        let extents = try payloads.map { try appender.stage(store.small(ByteBuffer(bytes: $0))) }
        try appender.write()
        try appender.sync()
        let position = appender.position
        for (extent, bytes) in zip(extents, payloads) { ledger.commit(extent, bytes, position: position) }
        if let position { appender.recorded(position) }
        return extents
    }

    /// Writes a file in pieces of `pieceBytes` and commits it.
    @discardableResult
    func writeFile(_ bytes: [UInt8], pieceBytes: Int = 30_000) async throws -> Extent {
        let writer = try await store.makeWriter()
        for start in stride(from: 0, to: bytes.count, by: pieceBytes) {
            try await writer.write(ByteBuffer(bytes: bytes[start..<min(start + pieceBytes, bytes.count)]))
        }
        let extent = try await writer.finish()
        if disk.isCrashed { throw ModelLedger.ProcessIsGone() }
        ledger.commit(extent, bytes, position: nil)
        return extent
    }

    func readAll(_ extent: Extent, piece: Int = BlobLimits.pieceBytesMax) async throws -> [UInt8] {
        let reader = try await store.open(extent)
        var bytes: [UInt8] = []
        while UInt64(bytes.count) < extent.length {
            bytes += Array((try await reader.read(from: UInt64(bytes.count), countMax: piece)).readableBytesView)
        }
        return bytes
    }

    /// Extents whose bytes are not what was committed.
    func unreadable() async throws -> [Extent] {
        var wrong: [Extent] = []
        for (extent, bytes) in ledger.named where try await readAll(extent) != bytes { wrong.append(extent) }
        return wrong
    }

    func verify() throws -> BlobVerification {
        try BlobVerifier.verify(disk, root: Self.root, named: Set(ledger.named.keys), position: ledger.position)
    }
}

func path(ofFile extent: Extent) -> String { fileName("blobs/" + hex(extent.container, 16).dropLast(2).suffix(2) + "/", extent.container) }

func path(ofPack pack: UInt64, generation: Int = 1) -> String {
    fileName("packs/", pack) + (generation == 1 ? ".pack" : ".g\(generation)")
}

private func fileName(_ directory: String, _ number: UInt64) -> String { BlobWorld.root + "/" + directory + hex(number, 16) }

private func hex(_ number: UInt64, _ digits: Int) -> String {
    let text = String(number, radix: 16)
    return String(repeating: "0", count: digits - text.count) + text
}
