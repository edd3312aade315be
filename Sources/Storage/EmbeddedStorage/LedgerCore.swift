import BlobFiles
import Environment
import Index
import Journal
import Model
import StoragePorts

/// The write path, synchronous and owned by one thread: runs the closures of a batch, makes them durable, applies them.
///
/// Invariants:
/// 1. `last` is the LSN of the newest record handed to the journal; records are handed over in order, without gaps.
/// 2. The index holds exactly the records up to `applied`, all of them synced: a read never sees what a crash could undo.
/// 3. The overlay holds exactly the changes of records after `applied`; between batches it is empty.
/// 4. Once `poison` is set nothing is written any more: after a failed sync nobody knows what the disk holds, and asking
///    again may lie (the kernel drops dirty pages after reporting the error once).
///
/// Every outcome of a batch, a failed condition too, is told only after the batch is durable: it may rest on an earlier
/// commit of the same batch.
final class LedgerCore: TransactionBacking {
    /// Closures per batch; bounds the overlay and the time to the first sync.
    static let batchCommitsMax = 1024
    /// Staged payload bytes after which a batch is closed, so that one write stays small.
    static let batchStagedBytesMax = 16 * 1024 * 1024

    private(set) var last: LSN
    private(set) var lastTime: Timestamp
    private(set) var poison: LedgerError?
    private(set) var base: any KeyValueReader
    private let index: any OrderedIndex
    private let journal: JournalWriter
    private let packs: PackAppender
    private let syncs: SyncPair
    private let clock: any Clock
    private let overlay = Overlay()
    private let reactionTable: [Fact.Kind: [Reaction]]
    private let stagedBytes = 0
}
