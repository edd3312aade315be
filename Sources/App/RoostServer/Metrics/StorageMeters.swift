import BlobFiles
import EmbeddedStorage
import Index
import Model
import StoragePorts

/// What storage tells when somebody asks for `/metrics`.
enum StorageMeters {
    static func register(_ storage: EmbeddedStorage, in registry: MetricsRegistry) {
        registry.probe("roost_commit_queue_depth", "Commits that wait for the ledger's thread.") { Double(storage.queueDepth) }
        registry.probe("roost_lsn", "The newest position that reads see.") { Double(storage.ledger.applied.rawValue) }
        registry.probe("roost_writes_refused", "1 after a failed write or sync, until the next start.") {
            storage.health.failure == nil ? 0 : 1
        }
        registry.probe("roost_feed_lag", "Records between the slowest durable cursor and the newest position.") {
            Double(storage.feedLag)
        }
        registerIndex(storage, in: registry)
        registerBlobs(storage, in: registry)
    }

    private static func registerIndex(_ storage: EmbeddedStorage, in registry: MetricsRegistry) {
        registry.probe("roost_index_bytes", "The index on disk.") { Double(storage.indexStatistics.diskBytes) }
        registry.probe("roost_index_keys", "Keys in the index, an estimate.") { Double(storage.indexStatistics.keys) }
        registry.probe("roost_index_memory_bytes", "Memory of the index: changes, cache and tables.") {
            Double(storage.indexStatistics.memoryBytes)
        }
        registry.probe("roost_journal_bytes", "The journal on disk, prepared segments included.") { Double(storage.journalBytes) }
    }

    private static func registerBlobs(_ storage: EmbeddedStorage, in registry: MetricsRegistry) {
        registry.probe("roost_blob_packs", "Packs.") { Double(storage.blobs.statistics.packs) }
        registry.probe("roost_blob_pack_bytes", "Bytes of payloads in packs, dead ones included.") {
            Double(storage.blobs.statistics.packBytes)
        }
        registry.probe("roost_blob_dead_bytes", "Bytes in packs that nothing names and compaction will reclaim.") {
            Double(storage.blobs.statistics.deadBytes)
        }
        registry.probe("roost_blob_file_bytes_written_total", "Bytes written to files of large payloads since the start.") {
            Double(storage.blobs.statistics.fileBytesWritten)
        }
        registry.probe("roost_blob_swept_total", "Files removed since the start: dead ones and leftovers.") {
            Double(storage.blobs.statistics.deadFilesSwept + storage.blobs.statistics.orphansSwept)
        }
    }
}
