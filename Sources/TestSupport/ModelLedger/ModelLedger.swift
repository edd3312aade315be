import Environment
import Model
import StoragePorts
import Synchronization

/// The ledger in memory: what the ports promise, without disk, batches or threads. Reference for the conformance suite
/// and the ground under domain tests.
package final class ModelLedger: Ledger {
    private struct State {
        var store = SortedStore()
        var tags = TagPositions(floor: .zero)
        var records: [CommittedRecord] = []
        var time = Timestamp(milliseconds: 0)
        var failure: LedgerError?

        var last: LSN { LSN(UInt64(records.count)) }
        var snapshot: ModelSnapshot { ModelSnapshot(store: store, tags: tags, lsn: last) }
    }

    private let state = Mutex(State())
    private let position = AppliedPosition(.zero)
    private let clock: any Clock
    private let blobs: ModelBlobs
    private let reactions: [Reaction]

    package init(clock: any Clock, blobs: ModelBlobs = ModelBlobs(), reactions: [Reaction] = []) {
        self.clock = clock
        self.blobs = blobs
        self.reactions = reactions
    }

    /// From now on every commit fails with `error`; nil mends it.
    package func fail(with error: LedgerError?) {
        state.withLock { $0.failure = error }
    }

    /// All keys and values, for assertions.
    package var contents: [(key: [UInt8], value: [UInt8])] { state.withLock { $0.store.entries } }

    package var allRecords: [CommittedRecord] { state.withLock { $0.records } }

    package func commit<Value: Sendable>(
        reading keys: [[UInt8]], durability: Durability, _ body: @escaping @Sendable (Transaction) throws -> Value
    ) async throws -> Committed<Value> {
        let committed = try state.withLock { state -> Committed<Value> in
            if let failure = state.failure { throw failure }
            let backing = ModelBacking(state.snapshot, blobs: blobs, reactions: reactions)
            let last = state.last
            let wall = clock.now()
            let time = max(state.time, wall)
            let transaction = Transaction(lsn: last.next, now: time, clock: wall, overlay: Overlay(), backing: backing)
            let value: Value
            do {
                value = try body(transaction)
            } catch {
                blobs.unstage(backing.staged)
                throw error
            }
            if transaction.isEmpty { return Committed(value: value, lsn: last) }
            for (key, change) in transaction.writes {
                state.store[key] = change
                state.tags.note(key[0], last.next)
            }
            state.time = time
            state.records.append(CommittedRecord(lsn: last.next, time: time, facts: transaction.facts))
            return Committed(value: value, lsn: last.next)
        }
        advance(to: committed.lsn)
        return committed
    }

    private func advance(to lsn: LSN) {
        // Two commits may arrive here in the other order.
        state.withLock { _ in if lsn > position.value { position.advance(to: lsn) } }
    }

    package func read<Value: Sendable>(_ body: @escaping @Sendable (any Snapshot) throws -> Value) async throws -> Value {
        let snapshot = state.withLock { $0.snapshot }
        return try body(snapshot)
    }

    package var applied: LSN { position.value }

    package func waitUntilApplied(_ lsn: LSN, timeout: Duration) async -> Bool {
        await position.wait(for: lsn, timeout: timeout)
    }

    package func records(after position: LSN, countMax: Int) async throws -> [CommittedRecord] {
        state.withLock { Array($0.records.dropFirst(Int(position.rawValue)).prefix(countMax)) }
    }

    package func cursor(_ name: String) async throws -> LSN {
        try await read { try $0.get(StorageKeys.cursor(name)).map { LSN(StorageKeys.decodeCount($0)) } ?? .zero }
    }

    package func advanceCursor(_ name: String, to position: LSN) async throws {
        _ = try await commit(reading: [StorageKeys.cursor(name)]) { transaction in
            let key = StorageKeys.cursor(name)
            let before = try transaction.get(key).map(StorageKeys.decodeCount) ?? 0
            if position.rawValue > before { transaction.put(key, StorageKeys.encodeCount(position.rawValue)) }
        }
    }
}

private struct ModelSnapshot: Snapshot {
    let store: SortedStore
    let tags: TagPositions
    let lsn: LSN

    func lastChange(ofTag tag: UInt8) -> LSN? { tags.lastChange(ofTag: tag, in: lsn) }

    func get(_ key: [UInt8]) throws -> [UInt8]? { store[key] }

    func scan(
        _ range: KeyRange, _ direction: ScanDirection,
        _ visit: (_ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) throws -> ScanStep
    ) throws {
        try store.scan(range, direction, visit)
    }
}

private final class ModelBacking: TransactionBacking {
    let base: any KeyValueReader
    private let blobs: ModelBlobs
    private let registered: [Reaction]
    private(set) var staged: [Extent] = []

    init(_ snapshot: ModelSnapshot, blobs: ModelBlobs, reactions: [Reaction]) {
        self.base = snapshot
        self.blobs = blobs
        self.registered = reactions
    }

    func stage(_ payload: SmallPayload) throws -> Extent {
        let extent = blobs.stage(payload)
        staged.append(extent)
        return extent
    }

    func reactions(to kind: Fact.Kind) -> [Reaction] { registered.filter { $0.kind == kind } }
}
