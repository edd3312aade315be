import Synchronization

/// Figures for metrics. Counters run from the process's start; sizes are those of this moment.
package struct BlobStatistics: Sendable, Equatable {
    package var packs = 0
    /// Bytes of entries in packs, dead ones included.
    package var packBytes: UInt64 = 0
    /// Bytes of dead entries, as far as the sweep knows.
    package var deadBytes: UInt64 = 0
    /// Packs that compaction leaves alone because their structure is damaged.
    package var refusedPacks = 0
    package var filesWritten: UInt64 = 0
    package var fileBytesWritten: UInt64 = 0
    package var filesAbandoned: UInt64 = 0
    package var deadFilesSwept: UInt64 = 0
    package var orphansSwept: UInt64 = 0
    package var packsDeleted: UInt64 = 0
    package var packsCompacted: UInt64 = 0
    /// What compaction and deletion gave back.
    package var packBytesReclaimed: UInt64 = 0
    package var sweepPasses: UInt64 = 0
    package var openPacks = 0
    package var openFiles = 0

    package init() {}
}

/// The running part of the figures.
final class BlobCounters: Sendable {
    private let counts = Mutex(BlobStatistics())

    func add(_ change: (inout BlobStatistics) -> Void) { counts.withLock { change(&$0) } }

    var current: BlobStatistics { counts.withLock { $0 } }
}

extension BlobStore {
    package var statistics: BlobStatistics {
        var result = counters.current
        for pack in catalog.all.values {
            result.packs += 1
            result.packBytes += pack.entryBytes
            result.deadBytes += pack.deadBytes
            if pack.refusal != nil { result.refusedPacks += 1 }
        }
        result.openPacks = containers.packs.count
        result.openFiles = containers.files.count
        return result
    }
}
