import Environment
import Index
import Journal
import Model
import StoragePorts

/// The ledger on one machine: journal, packs and index, with one thread for all writing. See docs/ARCHITECTURE.md.
package final class EmbeddedLedger: Ledger {
    /// Feed pages end after about this many bytes of journal, so that a consumer's memory stays bounded.
    static let feedPageBytesMax = 1024 * 1024

    private let queue: CommitQueue
    private let position: AppliedPosition
    private let index: any OrderedIndex
    private let feed: FeedReader
    private let pool: BlockingPool

    init(queue: CommitQueue, position: AppliedPosition, index: any OrderedIndex, feed: FeedReader, pool: BlockingPool) {
        self.queue = queue
        self.position = position
        self.index = index
        self.feed = feed
        self.pool = pool
    }

    package func commit<Value: Sendable>(
        reading keys: [[UInt8]], durability: Durability, _ body: @escaping @Sendable (Transaction) throws -> Value
    ) async throws -> Committed<Value> {
        try await Self.translated { try await warm(keys) }
        return try await withUnsafeThrowingContinuation { continuation in
            let commit = ClosureCommit(durability: durability, continuation: continuation, body: body)
            if let refusal = queue.push(commit) { commit.fail(refusal) }
        }
    }

    /// Brings the keys' blocks into the cache, so that the ledger's thread does not wait for the device.
    private func warm(_ keys: [[UInt8]]) async throws {
        if keys.isEmpty { return }
        do {
            let snapshot = try index.makeSnapshot(mayBlock: false)
            for key in keys { _ = try snapshot.get(key) }
        } catch is WouldBlock {
            try await pool.run { [index] in
                let snapshot = try index.makeSnapshot(mayBlock: true)
                for key in keys { _ = try snapshot.get(key) }
            }
        }
    }

    package func read<Value: Sendable>(_ body: @escaping @Sendable (any Snapshot) throws -> Value) async throws -> Value {
        try await Self.translated {
            do {
                return try body(try index.makeSnapshot(mayBlock: false))
            } catch is WouldBlock {
                return try await pool.run { [index] in try body(try index.makeSnapshot(mayBlock: true)) }
            }
        }
    }

    /// The failures of index and threads in the port's words; what a closure threw stays as it is.
    private static func translated<Value>(_ body: () async throws -> Value) async throws -> Value {
        do {
            return try await body()
        } catch let error as IndexError {
            throw error.asLedgerError
        } catch let error as BlockingPool.Failure {
            throw error == .full ? LedgerError.busy : LedgerError.closed
        }
    }

    package var applied: LSN { position.value }

    package func waitUntilApplied(_ lsn: LSN, timeout: Duration) async -> Bool {
        await position.wait(for: lsn, timeout: timeout)
    }

    package func records(after position: LSN, countMax: Int) async throws -> [CommittedRecord] {
        let durable = applied
        if position >= durable { return [] }
        return try await Self.translated {
            try await pool.run { [feed] in
                try feed.records(after: position, upTo: durable, countMax: countMax, bytesMax: Self.feedPageBytesMax)
            }
        }
    }

    package func cursor(_ name: String) async throws -> LSN {
        try await read { try $0.get(StorageKeys.cursor(name)).map { LSN(StorageKeys.decodeCount($0)) } ?? .zero }
    }

    package func advanceCursor(_ name: String, to position: LSN) async throws {
        let key = StorageKeys.cursor(name)
        _ = try await commit(reading: [key]) { transaction in
            let before = try transaction.get(key).map(StorageKeys.decodeCount) ?? 0
            if position.rawValue > before { transaction.put(key, StorageKeys.encodeCount(position.rawValue)) }
        }
    }
}
