import CRocksDB

/// Memory and files that the index may use. Not persisted.
package struct RocksConfiguration: Sendable {
    /// Block cache with index and filter blocks in it. The largest part of the server's memory.
    package var blockCacheBytes = 64 * 1024 * 1024
    /// Unflushed changes before a flush begins by itself, at most two of these in all.
    package var writeBufferBytes = 32 * 1024 * 1024
    /// Tables kept open, of 32 MiB each.
    package var openFilesMax = 512

    package init() {}
}

/// An open database with what it was opened with. Closes when the last reference goes, after writing out what is in memory.
///
/// @unchecked: the pointers never change, and the library's database is safe on any thread.
final class RocksDatabase: @unchecked Sendable {
    let pointer: OpaquePointer
    let writeOptions: OpaquePointer
    /// Reads only what a crash would leave: with the log off, that is what stands in tables.
    let persistedTier: OpaquePointer
    private let options: OpaquePointer
    private let cache: OpaquePointer

    init(_ directory: String, _ configuration: RocksConfiguration, readOnly: Bool) throws(IndexError) {
        let cache = rocksdb_cache_create_lru(configuration.blockCacheBytes)!
        let options = Self.makeOptions(configuration, cache, readOnly: readOnly)
        do throws(IndexError) {
            try Self.setInsertionHints(options)
            pointer = try RocksStatus.check { error in
                readOnly ? rocksdb_open_for_read_only(options, directory, 0, error) : rocksdb_open(options, directory, error)
            }!
        } catch {
            rocksdb_options_destroy(options)
            rocksdb_cache_destroy(cache)
            throw error
        }
        self.options = options
        self.cache = cache
        writeOptions = rocksdb_writeoptions_create()
        // The journal is the log.
        rocksdb_writeoptions_disable_WAL(writeOptions, 1)
        persistedTier = rocksdb_readoptions_create()
        rocksdb_readoptions_set_read_tier(persistedTier, ReadTier.persisted)
    }

    deinit {
        rocksdb_cancel_all_background_work(pointer, 1)
        rocksdb_close(pointer)
        rocksdb_readoptions_destroy(persistedTier)
        rocksdb_writeoptions_destroy(writeOptions)
        rocksdb_options_destroy(options)
        rocksdb_cache_destroy(cache)
    }

    /// `rocksdb::ReadTier`; the C API takes the numbers.
    enum ReadTier {
        static let all: Int32 = 0
        static let blockCache: Int32 = 1
        static let persisted: Int32 = 2
    }

    /// A number that the database keeps about itself; 0 when it does not know the name.
    func property(_ name: String) -> UInt64 {
        var value: UInt64 = 0
        return rocksdb_property_int(pointer, name, &value) == 0 ? value : 0
    }

    private static func makeOptions(_ configuration: RocksConfiguration, _ cache: OpaquePointer, readOnly: Bool) -> OpaquePointer {
        let options = rocksdb_options_create()!
        rocksdb_options_set_create_if_missing(options, readOnly ? 0 : 1)
        rocksdb_options_set_max_open_files(options, Int32(configuration.openFilesMax))
        rocksdb_options_set_write_buffer_size(options, configuration.writeBufferBytes)
        rocksdb_options_set_max_write_buffer_number(options, 3)
        rocksdb_options_set_db_write_buffer_size(options, configuration.writeBufferBytes * 2)
        // Most reads are of keys that no recent change touched: a filter over those saves the search among them.
        rocksdb_options_set_memtable_prefix_bloom_size_ratio(options, 0.02)
        rocksdb_options_set_memtable_whole_key_filtering(options, 1)
        // One thread for flushes and one for compaction: the machine has more to do.
        rocksdb_options_set_max_background_jobs(options, 2)
        rocksdb_options_set_level_compaction_dynamic_level_bytes(options, 1)
        rocksdb_options_set_target_file_size_base(options, 32 * 1024 * 1024)
        rocksdb_options_set_compression(options, Int32(rocksdb_lz4_compression))
        // Flushes and compactions write in small steps, so that the journal's syncs do not wait behind one large one.
        rocksdb_options_set_bytes_per_sync(options, 1024 * 1024)
        rocksdb_options_set_avoid_unnecessary_blocking_io(options, 1)
        // Scans over deleted keys (a queue's head) would crawl: a table in which half of any 512 neighbours are deletions is compacted
        // soon. The other way, suggesting ranges from time to time, would need to know them.
        rocksdb_options_add_compact_on_deletion_collector_factory(options, 512, 256)
        rocksdb_options_set_stats_dump_period_sec(options, 0)
        rocksdb_options_set_stats_persist_period_sec(options, 0)
        rocksdb_options_set_info_log_level(options, LogLevel.warning)
        rocksdb_options_set_max_log_file_size(options, 1024 * 1024)
        rocksdb_options_set_keep_log_file_num(options, 2)
        setTableOptions(options, cache)
        return options
    }

    /// The memtable remembers where it last put a key of each first byte: the next of that kind, a queue's next message for one, lies near
    /// and is not searched for from the top. The C API has this option only as text.
    private static func setInsertionHints(_ options: OpaquePointer) throws(IndexError) {
        try RocksStatus.check {
            rocksdb_get_options_from_string(options, "memtable_insert_with_hint_prefix_extractor=fixed:1", options, $0)
        }
    }

    private enum LogLevel {
        static let warning: Int32 = 2
    }

    private static func setTableOptions(_ options: OpaquePointer, _ cache: OpaquePointer) {
        let table = rocksdb_block_based_options_create()!
        defer { rocksdb_block_based_options_destroy(table) }
        rocksdb_block_based_options_set_block_cache(table, cache)
        // Small: a point read caches a whole block, and only what is cached is answered without a hop to another thread.
        rocksdb_block_based_options_set_block_size(table, 4 * 1024)
        rocksdb_block_based_options_set_format_version(table, 5)
        rocksdb_block_based_options_set_whole_key_filtering(table, 1)
        // Takes ownership of the policy.
        rocksdb_block_based_options_set_filter_policy(table, rocksdb_filterpolicy_create_bloom_full(10))
        // In parts of a block's size: one filter or index of a whole table, a mebibyte, would not stay in a shard of the cache, and every
        // read would load it anew.
        rocksdb_block_based_options_set_index_type(
            table, Int32(rocksdb_block_based_table_index_type_two_level_index_search))
        rocksdb_block_based_options_set_partition_filters(table, 1)
        rocksdb_block_based_options_set_metadata_block_size(table, 4 * 1024)
        rocksdb_block_based_options_set_pin_top_level_index_and_filter(table, 1)
        // In the cache, so that the memory for them has a bound; held there for the newest tables.
        rocksdb_block_based_options_set_cache_index_and_filter_blocks(table, 1)
        rocksdb_block_based_options_set_cache_index_and_filter_blocks_with_high_priority(table, 1)
        rocksdb_block_based_options_set_pin_l0_filter_and_index_blocks_in_cache(table, 1)
        rocksdb_options_set_block_based_table_factory(options, table)
    }
}
