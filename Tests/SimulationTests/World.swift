import BlobFiles
import EmbeddedStorage
import Environment
import Index
import Journal
import Logging
import Model
import SimulationKit
import StoragePorts

/// What is wrong with a simulated run, in words.
struct Finding: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}

/// Sizes so small that a run of a hundred commits meets every limit; which ones, the seed decides.
struct Sizes: Sendable {
    var configuration = EmbeddedStorage.Configuration()
    /// Whether reads that may not block miss now and then.
    let missesCache: Bool

    init(_ random: SimRandom) {
        func one<Value>(of values: [Value]) -> Value { values[random.int(in: 0...values.count - 1)] }
        configuration.isStepped = true
        configuration.journal.segmentBytes = one(of: [8192, 8192, 16_384, 65_536])
        configuration.journal.recordBytesMax = 6000
        configuration.journalKeptBytes = one(of: [1, 8192, 100_000])
        configuration.blobs.packBytesMax = one(of: [8000, 30_000, 130_000])
        configuration.blobs.zeroAheadBytes = one(of: [512, 4096, 32_768])
        configuration.blobs.writeBytes = one(of: [2000, 30_000])
        configuration.blobs.spareFiles = one(of: [1, 2, 5])
        configuration.blobs.openPacksMax = one(of: [1, 4])
        configuration.blobs.openFilesMax = one(of: [1, 4])
        configuration.blobs.deadFileGrace = one(of: [.zero, .seconds(10)])
        configuration.blobs.compactionDeadPercent = one(of: [20, 50])
        configuration.blobs.compactionBytesPerSecond = nil
        configuration.blobs.payloadReserveBytes = one(of: [0, 20_000])
        configuration.blobs.commitReserveBytes = one(of: [0, 10_000])
        missesCache = random.oneIn(3)
    }
}

/// One process: a stepped storage, opened on a disk.
struct World: Sendable {
    static let root = "/data"
    private static let log = Logger(label: "simulation") { _ in SwiftLogNoOpLogHandler() }

    let sizes: Sizes
    let clock: SimClock
    let index: MemoryIndex
    let storage: EmbeddedStorage

    /// `disk` may be one with a camera on `simDisk`.
    init(
        on disk: any Disk, index: MemoryIndex, clock: SimClock, random: SimRandom, sizes: Sizes,
        reactions: [Reaction] = [StoredObject.announcement]
    ) throws {
        self.sizes = sizes
        self.clock = clock
        self.index = index
        storage = try EmbeddedStorage(
            root: Self.root, environment: Environment(disk: disk, clock: clock, random: random), configuration: sizes.configuration,
            processID: 1, log: Self.log, reactions: reactions, makeIndex: { _ in index })
    }

    static func freshIndex(_ sizes: Sizes, _ random: SimRandom) -> MemoryIndex {
        MemoryIndex(misses: sizes.missesCache ? random.split() : nil)
    }
}
