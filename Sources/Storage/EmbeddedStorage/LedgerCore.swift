import BlobFiles
import Environment
import Index
import Journal
import Model
import StoragePorts

/// The write path, synchronous and owned by one thread: runs the closures of a batch, makes them durable, applies them.
///
/// Invariants:
/// 1. `last` is the LSN of the newest record that the journal accepted; records have no gaps.
/// 2. The index holds only synced records: a read never sees what a crash could undo. Between batches it holds all of them.
/// 3. The overlay holds exactly the changes that the index does not hold yet; between batches it is empty.
/// 4. Once `poison` is set nothing is written any more: after a failed sync nobody knows what the disk holds, and asking
///    again may lie (the kernel drops dirty pages after reporting the error once).
///
/// Every outcome of a batch, a refused condition too, is told only after the batch is durable: it may rest on an earlier
/// commit of the same batch. Only commits that asked for `.relaxed` go on before the sync.
final class LedgerCore: TransactionBacking {
    /// Closures per batch; bounds the overlay and the time to the first sync.
    static let batchCommitsMax = 1024

    private(set) var last: LSN
    private(set) var poison: LedgerError?
    private var lastTime: Timestamp
    private let parts: LedgerParts
    private let overlay = Overlay()
    private let reactionTable: [Fact.Kind: [Reaction]]
    private var reader: LazySnapshot?
    /// Writes of the batch in order, for the index.
    private var batchWrites: [[IndexWrite]] = []

    init(parts: LedgerParts, last: LSN, lastTime: Timestamp, reactions: [Reaction]) {
        self.parts = parts
        self.last = last
        self.lastTime = lastTime
        self.reactionTable = Dictionary(grouping: reactions, by: \.kind)
    }

    // What a transaction borrows

    /// The index as it is for this batch, opened at the first read that the overlay cannot answer.
    var base: any KeyValueReader {
        if let reader { return reader }
        let snapshot = LazySnapshot(index: parts.index)
        reader = snapshot
        return snapshot
    }

    func stage(_ payload: SmallPayload) throws -> Extent { try parts.packs.stage(payload) }

    func reactions(to kind: Fact.Kind) -> [Reaction] { reactionTable[kind] ?? [] }

    // The batch

    /// Carries out a batch to its end and tells every caller.
    func process(_ batch: [any PendingCommit]) {
        precondition(batch.count <= Self.batchCommitsMax)
        if let poison = poison ?? parts.health.failure { return batch.forEach { $0.fail(poison) } }
        let before = last
        var told: [(commit: any PendingCommit, lsn: LSN)] = []
        told.reserveCapacity(batch.count)
        for commit in batch {
            if let failure = poison ?? execute(commit) {
                commit.fail(failure)
            } else if commit.durability == .relaxed {
                commit.complete(at: last)
            } else {
                told.append((commit, last))
            }
        }
        reader = nil
        if let failure = makeDurable(since: before) { return told.forEach { $0.commit.fail(failure) } }
        for (commit, lsn) in told { commit.complete(at: lsn) }
    }

    /// Runs one closure and hands its record to the journal's buffer. Not nil when the ledger itself failed it; then
    /// nothing of it stays.
    private func execute(_ commit: any PendingCommit) -> LedgerError? {
        guard parts.hasRoom() else { return .noSpace }
        let clock = parts.clock.now()
        let time = max(lastTime, clock)
        let transaction = Transaction(lsn: last.next, now: time, clock: clock, overlay: overlay, backing: self)
        let packMark = parts.packs.mark()
        guard commit.run(transaction) else {
            transaction.rollBack()
            parts.packs.rollBack(to: packMark)
            return nil
        }
        if transaction.isEmpty {
            // No record will name what it may have staged.
            parts.packs.rollBack(to: packMark)
            return nil
        }
        do {
            let payload = RecordCodec.encode(transaction, packEnd: parts.packs.position)
            try payload.withUnsafeBytes { try parts.journal.append(lsn: last.next, time: time, payload: $0) }
        } catch {
            transaction.rollBack()
            parts.packs.rollBack(to: packMark)
            return failure(of: error)
        }
        batchWrites.append(transaction.writes)
        last = last.next
        lastTime = time
        return nil
    }

    /// Writes and syncs what the batch added, then applies it. Nil on success; any failure from here on poisons.
    private func makeDurable(since before: LSN) -> LedgerError? {
        defer {
            overlay.removeAll()
            batchWrites.removeAll(keepingCapacity: true)
        }
        guard last > before else { return markEnd() }
        do {
            let begun = parts.clock.monotonicNanoseconds()
            try writeAndSync()
            parts.meters.recordBatch(commits: last.rawValue - before.rawValue, syncNanoseconds: parts.clock.monotonicNanoseconds() - begun)
            // A key that several commits of the batch wrote, such as a counter, goes into the index once.
            try parts.index.apply(batchWrites.count > 1 ? [overlay.outcome] : batchWrites, lsn: last)
            parts.noteApplied(batchWrites)
            parts.position.advance(to: last)
            return nil
        } catch {
            return poisoned(by: error)
        }
    }

    /// A batch without a record leaves time to state on disk that all before is durable, so that damage to the last records is told
    /// from a torn tail. Does nothing when that is stated already.
    private func markEnd() -> LedgerError? {
        do {
            try parts.journal.mark()
            return nil
        } catch {
            return poisoned(by: error)
        }
    }

    /// When a batch goes on in a new segment, the pack is synced first: the new segment's name states that all before
    /// it is durable, payloads included (recovery can take back the last segment's records only).
    private func writeAndSync() throws {
        let packs = parts.packs
        let journal = parts.journal
        if packs.hasStaged {
            try packs.write()
            try journal.write()
            if journal.isChangingSegment {
                try packs.sync()
                try journal.sync()
            } else {
                // The appender is this thread's own; the side job is over before anything else touches it.
                nonisolated(unsafe) let appender = packs
                try parts.sideSync.together({ try appender.sync() }, { try journal.sync() })
            }
            if let position = packs.position { packs.recorded(position) }
        } else {
            try journal.write()
            try journal.sync()
        }
    }

    /// What the journal's refusal of one record means; the batch is as it was before.
    private func failure(of error: any Error) -> LedgerError {
        switch error {
        case JournalError.noSpace, BlobError.noSpace: return .noSpace
        case JournalError.tooLarge(let bytes): return .recordTooLarge(bytes: bytes)
        case JournalError.failed: return .busy
        default: return poisoned(by: error)
        }
    }

    private func poisoned(by error: any Error) -> LedgerError {
        let cause = LedgerError.poisoned("\(error)")
        poison = cause
        parts.health.poison(cause)
        return cause
    }

    /// Ends writing; what was acknowledged is durable already.
    func close() {
        if poison == nil { try? parts.journal.close() }
        parts.sideSync.close()
    }
}
