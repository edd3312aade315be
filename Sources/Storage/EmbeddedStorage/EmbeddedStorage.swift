import BlobFiles
import Environment
import Index
import Journal
import Logging
import Model
import StoragePorts
import Synchronization

/// Journal, index and blobs of one data folder, opened as the two storage ports.
///
/// Layout of the folder: `lock` and `format` (DataFolder.swift), `journal/` (Journal), `index/` (RocksDB), `blobs/`, `packs/`
/// and `blob-numbers` (BlobFiles). See docs/FORMAT.md.
package final class EmbeddedStorage: Sendable {
    /// Sizes that differ between a server and a test.
    package struct Configuration: Sendable {
        package var journal = JournalConfiguration()
        package var blobs = BlobFilesLimits()
        /// Journal bytes kept for consumers of the feed, beyond what recovery needs.
        package var journalKeptBytes: UInt64 = 1 << 30
        /// Threads for calls that block: enough to keep a disk's queue filled by readers while writers stream.
        package var blockingThreads = 8
        /// Jobs that may wait for one of them; past that requests are told to slow down.
        package var blockingQueueMax = 8192
        /// No thread writes; `step` does, and what may block runs on the caller's thread. For simulations.
        package var isStepped = false

        package init() {}
    }

    package let ledger: EmbeddedLedger
    package let blobs: BlobStore
    package let health: LedgerHealth
    /// The newest position at the start, and how many records the index had to be told again.
    package let recovered: (last: LSN, replayed: UInt64)

    let root: String
    let environment: Environment
    let configuration: Configuration
    let index: any OrderedIndex
    let journal: Journal
    let pool: BlockingPool
    /// Reclaims what nothing names; `runMaintenance` has it make its passes.
    package let sweeper: BlobSweeper
    let log: Logger
    /// Held while segments are dropped, and by a backup, which needs them.
    let retaining = Mutex<Void>(())
    let folder: DataFolder
    private let queue: CommitQueue
    private let writer: LedgerWriter

    /// Opens or begins the data folder `root`, recovers it and takes its lock. Blocks. Throws `StorageOpenError`.
    ///
    /// `makeIndex` opens the index in the directory that it is given. `onPoison` is called once, when writing ends for good.
    package init(
        root: String, environment: Environment, configuration: Configuration = Configuration(), processID: Int32, log: Logger,
        reactions: [Reaction] = [], makeIndex: (String) throws -> any OrderedIndex,
        onPoison: @escaping @Sendable (LedgerError) -> Void = { _ in }
    ) throws(StorageOpenError) {
        let folder = try DataFolder.open(root, disk: environment.disk, processID: processID)
        let pool =
            configuration.isStepped
            ? BlockingPool.inline()
            : BlockingPool(name: "roost-io", threadCount: configuration.blockingThreads, queueMax: configuration.blockingQueueMax)
        let outcome: StorageRecovery.Outcome
        do {
            index = try makeIndex("\(root)/index")
            blobs = try BlobStore(environment, root: root, pool: pool, limits: configuration.blobs)
            outcome = try StorageRecovery(
                root: root, environment: environment, configuration: configuration.journal, index: index, blobs: blobs
            ).run()
        } catch {
            throw StorageOpenError(error)
        }
        let queue = CommitQueue()
        let position = AppliedPosition(outcome.last)
        let ledger = EmbeddedLedger(queue: queue, position: position, index: index, feed: FeedReader(outcome.journal), pool: pool)
        let health = LedgerHealth(onPoison: onPoison)
        let blobs = blobs
        let sweeper = BlobSweeper(store: blobs, ledger: SweepAccess(ledger: ledger, health: health), clock: environment.clock)
        let parts = LedgerParts(
            index: index, journal: outcome.writer, packs: outcome.packs,
            sideSync: configuration.isStepped ? SteppedSideSync(random: environment.random) : ThreadedSideSync(),
            clock: environment.clock, position: position, health: health, meters: LedgerMeters(),
            hasRoom: { blobs.hasRoomForCommits },
            noteApplied: { groups in
                for group in groups { for (key, value) in group where key[0] == 0 { blobs.applied(key: key, value: value) } }
            })
        let core = LedgerCore(parts: parts, last: outcome.last, lastTime: outcome.lastTime, reactions: reactions)
        self.writer = LedgerWriter(core: core, queue: queue, isStepped: configuration.isStepped)
        (self.ledger, self.health, self.sweeper, self.queue) = (ledger, health, sweeper, queue)
        (self.root, self.environment, self.configuration, self.folder) = (root, environment, configuration, folder)
        (self.journal, self.pool, self.log) = (outcome.journal, pool, log)
        self.recovered = (outcome.last, outcome.replayed)
        if let cut = outcome.report.cut {
            log.notice(
                "a crash left an unacknowledged tail, which was cut",
                metadata: ["file": "\(cut.file)", "offset": "\(cut.offset)", "bytes": "\(cut.bytes)", "frames": "\(cut.frames)"])
        }
    }

    /// Carries out the commits that wait, on the caller's thread; for storage that is stepped.
    package func step() { writer.step() }

    /// The oldest record that the feed still has, or the next one when it has none.
    package var oldestRecord: LSN { journal.oldestLSN }

    /// Commits that wait, for metrics and for stepping.
    package var queueDepth: Int { queue.depth }

    /// Finishes what waits, closes everything and lets go of the folder's lock. Blocks. Snapshots and readers still held stay usable.
    package func close() {
        writer.close()
        blobs.close()
        if health.failure == nil { _ = try? index.flush() }
        index.close()
        pool.shutDown()
        folder.close()
    }
}
