import CRocksDB
import Model
import StoragePorts
import Synchronization

/// The index on RocksDB, its own log off.
///
/// Each `apply` is one write batch that also stores its position. RocksDB keeps batches whole and, with a single column
/// family, flushes them in order: what a crash leaves is the state at one of the applied positions.
package final class RocksIndex: OrderedIndex {
    private struct Shared {
        /// Nil once closed.
        var database: RocksDatabase?
        var applied: LSN
        /// The database's sequence number at `applied`.
        var sequence: UInt64
        /// The position of the change that is just being written.
        var applying: LSN?
        /// What is being written counts already.
        var tags: TagPositions
        /// The snapshots handed out until the next change: for readers that may block and for those that may not.
        var snapshots: (blocking: RocksSnapshot, nonBlocking: RocksSnapshot)?
    }

    private let shared: Mutex<Shared>
    private let batch: RocksBatch

    /// Opens the index in `directory`, making it unless `readOnly`. Blocks. Throws `.damaged`; the remedy is to remove the
    /// directory and replay the journal from a backup, or from its beginning.
    package init(
        _ directory: String, configuration: RocksConfiguration = RocksConfiguration(), readOnly: Bool = false
    ) throws(IndexError) {
        let database = try RocksDatabase(directory, configuration, readOnly: readOnly)
        let applied = try Self.storedLSN(database, database.persistedTier)
        shared = Mutex(
            Shared(
                database: database, applied: applied, sequence: rocksdb_get_latest_sequence_number(database.pointer),
                tags: TagPositions(floor: applied)))
        batch = RocksBatch()
    }

    private func database() throws(IndexError) -> RocksDatabase {
        guard let database = shared.withLock({ $0.database }) else { throw .closed }
        return database
    }

    package func apply(_ groups: [[IndexWrite]], lsn: LSN) throws(IndexError) {
        let database = try shared.withLock { shared throws(IndexError) in
            guard let database = shared.database else { throw .closed }
            precondition(lsn > shared.applied && shared.applying == nil, "positions rise, and one thread applies")
            shared.applying = lsn
            for group in groups { for (key, _) in group { shared.tags.note(key[0], lsn) } }
            return database
        }
        var failure: IndexError?
        do throws(IndexError) { try batch.write(groups, lsn, to: database) } catch { failure = error }
        let sequence = rocksdb_get_latest_sequence_number(database.pointer)
        let outdated = shared.withLock { shared in
            shared.applying = nil
            if failure == nil {
                shared.applied = lsn
                shared.sequence = sequence
            }
            defer { shared.snapshots = nil }
            return shared.snapshots
        }
        // Released here and not under the lock: it may be the last reference.
        withExtendedLifetime(outdated) {}
        if let failure { throw failure }
    }

    package var appliedLSN: LSN { shared.withLock { $0.applied } }

    package func durableLSN() throws(IndexError) -> LSN {
        let database = try database()
        return try Self.storedLSN(database, database.persistedTier)
    }

    package func flush() throws(IndexError) -> LSN {
        let database = try database()
        let lsn = appliedLSN
        let options = rocksdb_flushoptions_create()!
        defer { rocksdb_flushoptions_destroy(options) }
        rocksdb_flushoptions_set_wait(options, 1)
        try RocksStatus.check { rocksdb_flush(database.pointer, options, $0) }
        return lsn
    }

    /// All readers between two changes share one snapshot of the database: under load from readers alone this is a lock, a comparison
    /// and a reference.
    package func makeSnapshot(mayBlock: Bool) throws(IndexError) -> any IndexSnapshot {
        let pair = try shared.withLock { shared throws(IndexError) in
            guard let database = shared.database else { throw .closed }
            if let snapshots = shared.snapshots { return snapshots }
            let state = Self.takeState(database, shared)
            let made = (
                blocking: RocksSnapshot(state, shared.tags, mayBlock: true), nonBlocking: RocksSnapshot(state, shared.tags, mayBlock: false)
            )
            shared.snapshots = made
            return made
        }
        return mayBlock ? pair.blocking : pair.nonBlocking
    }

    /// Takes a snapshot and finds out whether a change that is just being written is in it. The C API does not tell a
    /// snapshot's sequence number, but one taken while the database's stays the same has that one. A change becomes visible at once
    /// with all its keys.
    private static func takeState(_ database: RocksDatabase, _ shared: borrowing Shared) -> RocksState {
        let applied = shared.applied
        guard let applying = shared.applying else { return RocksState(database) { applied } }
        while true {
            let before = rocksdb_get_latest_sequence_number(database.pointer)
            var after = before
            let settled = shared.sequence
            let state = RocksState(database) {
                after = rocksdb_get_latest_sequence_number(database.pointer)
                return before == settled ? applied : applying
            }
            if before == after { return state }
        }
    }

    package func checkpoint(to directory: String) throws(IndexError) {
        let database = try database()
        let checkpoint = try RocksStatus.check { rocksdb_checkpoint_object_create(database.pointer, $0) }
        defer { rocksdb_checkpoint_object_destroy(checkpoint) }
        // 0: writes out what is in memory first, whatever its size, as there is no log to copy.
        try RocksStatus.check { rocksdb_checkpoint_create(checkpoint, directory, 0, $0) }
    }

    package func verify() throws(IndexError) -> UInt64 {
        let database = try database()
        let options = rocksdb_readoptions_create()!
        defer { rocksdb_readoptions_destroy(options) }
        rocksdb_readoptions_set_verify_checksums(options, 1)
        rocksdb_readoptions_set_fill_cache(options, 0)
        let iterator = rocksdb_create_iterator(database.pointer, options)!
        defer { rocksdb_iter_destroy(iterator) }
        var keys: UInt64 = 0
        rocksdb_iter_seek_to_first(iterator)
        while rocksdb_iter_valid(iterator) != 0 {
            var count = 0
            let key = UnsafeRawBufferPointer(start: rocksdb_iter_key(iterator, &count), count: count)
            if !key.elementsEqual(IndexKeys.applied) { keys += 1 }
            rocksdb_iter_next(iterator)
        }
        try RocksStatus.check { rocksdb_iter_get_error(iterator, $0) }
        return keys
    }

    package func statistics() -> IndexStatistics {
        guard let database = try? database() else { return IndexStatistics() }
        var statistics = IndexStatistics()
        statistics.keys = database.property("rocksdb.estimate-num-keys")
        statistics.diskBytes = database.property("rocksdb.total-sst-files-size")
        statistics.unflushedBytes = database.property("rocksdb.cur-size-all-mem-tables")
        statistics.blockCacheBytes = database.property("rocksdb.block-cache-usage")
        statistics.memoryBytes =
            database.property("rocksdb.size-all-mem-tables") + statistics.blockCacheBytes
            + database.property("rocksdb.estimate-table-readers-mem")
        statistics.pendingCompactionBytes = database.property("rocksdb.estimate-pending-compaction-bytes")
        statistics.backgroundErrors = database.property("rocksdb.background-errors")
        return statistics
    }

    package func close() {
        let closed = shared.withLock { shared in
            defer {
                shared.database = nil
                shared.snapshots = nil
            }
            return (shared.database, shared.snapshots)
        }
        withExtendedLifetime(closed) {}
    }

    private static func storedLSN(_ database: RocksDatabase, _ options: OpaquePointer) throws(IndexError) -> LSN {
        var error: RocksStatus.ErrorPointer?
        let found = IndexKeys.applied.withUnsafeBytes { key in
            rocksdb_get_pinned(database.pointer, options, key.characters, key.count, &error)
        }
        if let status = RocksStatus.take(error) { throw status.asIndexError }
        guard let found else { return .zero }
        defer { rocksdb_pinnableslice_destroy(found) }
        var count = 0
        let value = UnsafeRawBufferPointer(start: rocksdb_pinnableslice_value(found, &count), count: count)
        guard value.count == 8 else { throw .damaged("the applied position has \(value.count) bytes") }
        return LSN(UInt64(bigEndian: value.loadUnaligned(as: UInt64.self)))
    }
}

/// The write batch, kept from change to change for its memory.
///
/// @unchecked: one thread applies.
private final class RocksBatch: @unchecked Sendable {
    /// A batch above this is not kept: one large change is no reason to hold its memory for ever.
    private static let bytesKept = 4 * 1024 * 1024
    private var pointer: OpaquePointer = rocksdb_writebatch_create()

    deinit { rocksdb_writebatch_destroy(pointer) }

    func write(_ groups: [[IndexWrite]], _ lsn: LSN, to database: RocksDatabase) throws(IndexError) {
        defer { clear() }
        for group in groups {
            for (key, value) in group {
                precondition(!IndexKeys.isReserved(key))
                put(key, value)
            }
        }
        put(IndexKeys.applied, StorageKeys.bigEndian(lsn.rawValue))
        try RocksStatus.check { rocksdb_write(database.pointer, database.writeOptions, pointer, $0) }
    }

    private func put(_ key: [UInt8], _ value: [UInt8]?) {
        key.withUnsafeBytes { key in
            guard let value else { return rocksdb_writebatch_delete(pointer, key.characters, key.count) }
            value.withUnsafeBytes { rocksdb_writebatch_put(pointer, key.characters, key.count, $0.characters, $0.count) }
        }
    }

    private func clear() {
        var bytes = 0
        _ = rocksdb_writebatch_data(pointer, &bytes)
        if bytes <= Self.bytesKept { return rocksdb_writebatch_clear(pointer) }
        rocksdb_writebatch_destroy(pointer)
        pointer = rocksdb_writebatch_create()
    }
}
