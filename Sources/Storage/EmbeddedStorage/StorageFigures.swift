import Index
import Journal
import Model
import StoragePorts

/// Figures for metrics. Cheap, but not free: for whoever asks now and then.
extension EmbeddedStorage {
    package var indexStatistics: IndexStatistics { index.statistics() }

    /// Bytes of all segments and spares.
    package var journalBytes: UInt64 { journal.diskBytes }

    /// Records between the slowest durable cursor and the newest position; 0 without cursors.
    package var feedLag: UInt64 {
        let head = ledger.applied.rawValue
        var slowest = head
        try? index.makeSnapshot(mayBlock: true).scan(StorageKeys.allCursors, .forward) { _, value in
            slowest = min(slowest, StorageKeys.decodeCount(Array(value)))
            return .next
        }
        return head - min(slowest, head)
    }
}
