import CRocksDB
import Model
import StoragePorts

/// One state of the database, held for all who read it. Taking and releasing one goes through the database's central lock, so
/// readers share one for as long as nothing is applied (see `RocksIndex.makeSnapshot`).
///
/// @unchecked: the pointers never change; the library takes read options by constant reference.
final class RocksState: @unchecked Sendable {
    /// A scan that may not block gives up after skipping this many deleted or hidden entries: skipping is work, too.
    private static let skippedMax: UInt64 = 2000

    let database: RocksDatabase
    let lsn: LSN
    private let snapshot: OpaquePointer
    private let blocking: OpaquePointer
    private let nonBlocking: OpaquePointer

    /// `lsn` is found out once the state is held.
    init(_ database: RocksDatabase, lsn: () -> LSN) {
        self.database = database
        snapshot = rocksdb_create_snapshot(database.pointer)
        self.lsn = lsn()
        blocking = Self.options(snapshot, mayBlock: true)
        nonBlocking = Self.options(snapshot, mayBlock: false)
    }

    deinit {
        rocksdb_readoptions_destroy(blocking)
        rocksdb_readoptions_destroy(nonBlocking)
        rocksdb_release_snapshot(database.pointer, snapshot)
    }

    func options(mayBlock: Bool) -> OpaquePointer { mayBlock ? blocking : nonBlocking }

    /// Read options of one scan, which have its bounds in them.
    func makeScanOptions(mayBlock: Bool) -> OpaquePointer {
        let options = Self.options(snapshot, mayBlock: mayBlock)
        if !mayBlock { rocksdb_readoptions_set_max_skippable_internal_keys(options, Self.skippedMax) }
        return options
    }

    private static func options(_ snapshot: OpaquePointer, mayBlock: Bool) -> OpaquePointer {
        let options = rocksdb_readoptions_create()!
        rocksdb_readoptions_set_snapshot(options, snapshot)
        rocksdb_readoptions_set_background_purge_on_iterator_cleanup(options, 1)
        rocksdb_readoptions_set_read_tier(options, mayBlock ? RocksDatabase.ReadTier.all : RocksDatabase.ReadTier.blockCache)
        return options
    }
}

final class RocksSnapshot: IndexSnapshot {
    private let state: RocksState
    private let tags: TagPositions
    private let mayBlock: Bool

    init(_ state: RocksState, _ tags: TagPositions, mayBlock: Bool) {
        self.state = state
        self.tags = tags
        self.mayBlock = mayBlock
    }

    var lsn: LSN { state.lsn }

    func lastChange(ofTag tag: UInt8) -> LSN? { tags.lastChange(ofTag: tag, in: lsn) }

    func get(_ key: [UInt8]) throws -> [UInt8]? {
        if IndexKeys.isReserved(key) { return nil }
        var error: RocksStatus.ErrorPointer?
        let found = key.withUnsafeBytes { bytes in
            rocksdb_get_pinned(state.database.pointer, state.options(mayBlock: mayBlock), bytes.characters, bytes.count, &error)
        }
        if let status = RocksStatus.take(error) { throw status.asReadError }
        guard let found else { return nil }
        defer { rocksdb_pinnableslice_destroy(found) }
        var count = 0
        let value = rocksdb_pinnableslice_value(found, &count)
        return [UInt8](UnsafeRawBufferPointer(start: value, count: count))
    }

    func scan(
        _ range: KeyRange, _ direction: ScanDirection,
        _ visit: (_ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) throws -> ScanStep
    ) throws {
        let lower = IndexKeys.isReserved(range.lower) ? IndexKeys.floor : range.lower
        if let upper = range.upper, !lower.lexicographicallyPrecedes(upper) { return }
        let options = state.makeScanOptions(mayBlock: mayBlock)
        defer { rocksdb_readoptions_destroy(options) }
        // The library keeps the bounds by reference.
        try lower.withUnsafeBytes { lower in
            rocksdb_readoptions_set_iterate_lower_bound(options, lower.characters, lower.count)
            try (range.upper ?? []).withUnsafeBytes { upper in
                if range.upper != nil { rocksdb_readoptions_set_iterate_upper_bound(options, upper.characters, upper.count) }
                let cursor = RocksCursor(rocksdb_create_iterator(state.database.pointer, options), direction)
                cursor.start(lower)
                try cursor.run(visit)
            }
        }
    }
}

/// An iterator going one way. Bounds are in its read options.
struct RocksCursor: ~Copyable {
    private let iterator: OpaquePointer
    private let direction: ScanDirection

    init(_ iterator: OpaquePointer, _ direction: ScanDirection) {
        self.iterator = iterator
        self.direction = direction
    }

    deinit { rocksdb_iter_destroy(iterator) }

    func start(_ lower: UnsafeRawBufferPointer) {
        switch direction {
        case .forward: rocksdb_iter_seek(iterator, lower.characters, lower.count)
        case .backward: rocksdb_iter_seek_to_last(iterator)
        }
    }

    func run(_ visit: (_ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) throws -> ScanStep) throws {
        while rocksdb_iter_valid(iterator) != 0 {
            var valueBytes = 0
            let value = rocksdb_iter_value(iterator, &valueBytes)
            switch try visit(key, UnsafeRawBufferPointer(start: value, count: valueBytes)) {
            case .next: step()
            case .stop: return
            case .seek(let target): seek(target)
            }
        }
        var error: RocksStatus.ErrorPointer?
        rocksdb_iter_get_error(iterator, &error)
        if let status = RocksStatus.take(error) { throw status.asReadError }
    }

    /// Valid until the iterator moves.
    private var key: UnsafeRawBufferPointer {
        var count = 0
        let start = rocksdb_iter_key(iterator, &count)
        return UnsafeRawBufferPointer(start: start, count: count)
    }

    private func step() {
        switch direction {
        case .forward: rocksdb_iter_next(iterator)
        case .backward: rocksdb_iter_prev(iterator)
        }
    }

    /// A target that does not lie ahead is as good as the next entry: a scan never goes back.
    private func seek(_ target: [UInt8]) {
        switch direction {
        case .forward:
            guard key.lexicographicallyPrecedes(target) else { return step() }
            target.withUnsafeBytes { rocksdb_iter_seek(iterator, $0.characters, $0.count) }
        case .backward:
            guard target.lexicographicallyPrecedes(key) else { return step() }
            target.withUnsafeBytes { rocksdb_iter_seek_for_prev(iterator, $0.characters, $0.count) }
            // Below the target, not at it.
            if rocksdb_iter_valid(iterator) != 0, key.elementsEqual(target) { step() }
        }
    }
}
