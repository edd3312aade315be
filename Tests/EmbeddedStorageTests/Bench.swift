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
import Synchronization

let root = "/data"

/// Opens a storage with threads, as a server does, its sizes small.
func open(
    _ root: String = root, on disk: any Disk, index: @escaping (String) throws -> any OrderedIndex, clock: any Clock = SimClock(),
    processID: Int32 = 42, onPoison: @escaping @Sendable (LedgerError) -> Void = { _ in }
) throws -> EmbeddedStorage {
    var configuration = EmbeddedStorage.Configuration()
    configuration.journal.segmentBytes = 64 * 1024
    configuration.journal.recordBytesMax = 40_000
    configuration.blobs.packBytesMax = 64 * 1024
    configuration.blobs.zeroAheadBytes = 4096
    configuration.blobs.spareFiles = 2
    configuration.blobs.deadFileGrace = .zero
    configuration.blobs.compactionBytesPerSecond = nil
    configuration.blockingThreads = 2
    return try EmbeddedStorage(
        root: root, environment: Environment(disk: disk, clock: clock, random: SystemRandom()), configuration: configuration,
        processID: processID, log: Logger(label: "storage") { _ in SwiftLogNoOpLogHandler() }, makeIndex: index, onPoison: onPoison)
}

/// As `open`, on a simulated disk.
func open(
    _ disk: SimDisk, _ index: MemoryIndex, onPoison: @escaping @Sendable (LedgerError) -> Void = { _ in }
) throws -> EmbeddedStorage {
    try open(on: disk, index: { _ in index }, onPoison: onPoison)
}

func key(_ text: String) -> [UInt8] { [StorageKeys.domainFloor] + Array(text.utf8) }

func payload(_ seed: Int, count: Int) -> [UInt8] { SimRandom(seed: UInt64(seed)).bytes(count) }

/// Objects with payloads of both kinds, and what they must read as.
struct Goods {
    private(set) var extents: [String: Extent] = [:]
    private(set) var bytes: [String: [UInt8]] = [:]
    private(set) var last = LSN.zero

    /// Commits a small one and a large one, and a count without payload.
    mutating func add(_ number: Int, to storage: EmbeddedStorage) async throws {
        let small = payload(number, count: number * 37 % 3000)
        let staged = storage.blobs.small(ByteBuffer(bytes: small))
        let name = "small \(number)"
        let first = try await storage.ledger.commit { transaction -> Extent in
            transaction.put(key(name), [1])
            return try transaction.stage(staged)
        }
        (extents[name], bytes[name]) = (first.value, small)

        let large = payload(-number & 0xFFFF, count: number * 7919 % 200_000)
        let writer = try await storage.blobs.makeWriter()
        try await writer.write(ByteBuffer(bytes: large))
        let extent = try await writer.finish()
        last = try await storage.ledger.commit { transaction in
            try transaction.adopt(extent)
            transaction.put(key("large \(number)"), [2])
        }.lsn
        (extents["large \(number)"], bytes["large \(number)"]) = (extent, large)
        withExtendedLifetime(writer) {}
    }

    /// Something else was committed too.
    mutating func noteLast(_ lsn: LSN) { last = lsn }

    /// The names of those whose key or bytes are not there.
    func missing(in storage: EmbeddedStorage) async throws -> [String] {
        var missing: [String] = []
        for (name, extent) in extents {
            let isNamed = try await storage.ledger.read { try $0.get(key(name)) } != nil
            let reader = try await storage.blobs.open(extent)
            var read: [UInt8] = []
            while UInt64(read.count) < extent.length {
                read += Array((try await reader.read(from: UInt64(read.count), countMax: .max)).readableBytesView)
            }
            if !isNamed || read != bytes[name] { missing.append(name) }
        }
        return missing.sorted()
    }
}
