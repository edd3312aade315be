import BlobFiles
import Environment
import Index
import Journal
import Logging
import Model
import StoragePorts
import Synchronization

/// Work beside the requests: a look at the folder, the next segment ahead of the writer, dropping of old segments, the sweep.
extension EmbeddedStorage {
    /// Often enough to have a segment ready before a writer at full speed fills the current one.
    private static let tick = Duration.milliseconds(500)
    /// Ticks between two passes of sweep and retention; while space is short, sweeps come with every tick.
    private static let ticksPerPass = 20
    /// Records since the index's last flush after which it is flushed, so that replaying them takes a second or two.
    static let unflushedRecordsMax: UInt64 = 500_000

    /// Runs until the task is cancelled. Errors are logged and tried again at the next turn.
    package func runMaintenance() async {
        var turn = 0
        var marked = LSN.zero
        var appliedBefore = LSN.zero
        while !Task.isCancelled {
            await attempt("look for the data folder") { [self] in lookForFolder() }
            // Nothing was committed for a tick.
            let applied = ledger.applied
            if applied > marked, applied == appliedBefore, health.failure == nil, await markEnd() { marked = applied }
            appliedBefore = applied
            await attempt("prepare a journal segment") { [self] in try prepareSegment() }
            let isTurnOfPass = turn % Self.ticksPerPass == 0
            if isTurnOfPass, health.failure == nil { await attempt("drop journal segments") { [self] in try dropOldSegments() } }
            if isTurnOfPass || blobs.isShortOfSpace, health.failure == nil { await sweep() }
            turn += 1
            try? await Task.sleep(for: Self.tick)
        }
    }

    /// Ends writing when the data folder is not where it was opened. Blocks.
    package func lookForFolder() {
        guard !folder.isThere(environment.disk) else { return }
        health.poison(.poisoned("the data folder was moved or removed: \(root)"))
    }

    /// An idle ledger states on disk that its last records are durable; false when it cannot.
    package func markEnd() async -> Bool {
        do {
            _ = try await ledger.commit { _ in }
            return true
        } catch {
            log.warning("maintenance failed", metadata: ["what": "mark the journal's end", "error": "\(error)"])
            return false
        }
    }

    private func attempt(_ what: Logger.MetadataValue, _ work: @escaping @Sendable () throws -> Void) async {
        do {
            try await pool.run(work)
        } catch {
            log.warning("maintenance failed", metadata: ["what": what, "error": "\(error)"])
        }
    }

    private func sweep() async {
        do {
            let report = try await sweeper.pass()
            for finding in report.findings {
                log.error("damage met while sweeping", metadata: ["finding": "\(finding)"])
            }
        } catch is CancellationError {
            return
        } catch {
            log.warning("maintenance failed", metadata: ["what": "sweep", "error": "\(error)"])
        }
    }

    /// Has the next journal segment ready before the writer needs it. Blocks, up to 0.1 s.
    package func prepareSegment() throws {
        if journal.needsPreparing { try journal.prepareNext() }
    }

    /// Drops segments that neither recovery, nor a consumer's cursor, nor the bytes kept for consumers need. Blocks.
    package func dropOldSegments() throws {
        let durable = try index.durableLSN()
        if index.appliedLSN.rawValue - durable.rawValue > Self.unflushedRecordsMax { _ = try index.flush() }
        let snapshot = try index.makeSnapshot(mayBlock: true)
        var needed = min(durable.next, oldestKeptByBytes())
        try snapshot.scan(StorageKeys.allCursors, .forward) { _, value in
            needed = min(needed, LSN(StorageKeys.decodeCount(Array(value))).next)
            return .next
        }
        // A backup holds the lock for long; there will be another turn.
        let position = needed
        try retaining.withLockIfAvailable { _ in try journal.retain(from: position) }
    }

    private func oldestKeptByBytes() -> LSN {
        var bytes: UInt64 = 0
        for segment in journal.segments.reversed() {
            bytes += segment.bytes
            if bytes > configuration.journalKeptBytes { return segment.firstLSN }
        }
        return journal.oldestLSN
    }
}

/// The sweep's view of the ledger.
struct SweepAccess: SweepLedger {
    let ledger: EmbeddedLedger
    let health: LedgerHealth

    func read<Value: Sendable>(_ body: @escaping @Sendable (any KeyValueReader) throws -> Value) async throws -> Value {
        if let failure = health.failure { throw failure }
        return try await ledger.read { try body($0) }
    }

    func delete(_ keys: [[UInt8]]) async throws {
        _ = try await ledger.commit { transaction in
            for key in keys { transaction.delete(key) }
        }
    }
}
