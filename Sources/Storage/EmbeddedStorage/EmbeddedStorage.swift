import BlobFiles
import Environment
import Index
import Journal
import Logging
import Model
import StoragePorts

/// Journal, index and blobs of one data folder, opened as the two storage ports.
///
/// Layout of the folder: `lock`, `format` (DataFolder.swift), `journal/` (Journal), `index/` (RocksDB), `blobs/`, `packs/`,
/// `blob-numbers` (BlobFiles). Docs: docs/FORMAT.md.
package final class EmbeddedStorage: Sendable {
    /// Sizes that differ between a server and a test.
    package struct Configuration: Sendable {
        package var journal = JournalConfiguration()
        package var blobs = BlobFilesLimits()
        package var index = RocksConfiguration()
        /// Journal bytes kept for consumers of the feed beyond what recovery needs: a day of a busy small server.
        package var journalKeptBytes: UInt64 = 1 << 30
        /// Threads for calls that block: enough to keep a disk's queue filled by readers while writers stream.
        package var blockingThreads = 8
        /// Jobs that may wait for one of them; past that requests are told to slow down.
        package var blockingQueueMax = 8192

        package init() {}
    }

    package let ledger: EmbeddedLedger
    package let blobs: BlobStore
    package let health: LedgerHealth
    /// What opening found, for the log.
    package let recovery: String

    let environment: Environment
    let configuration: Configuration
    let folder: DataFolder
    let index: any OrderedIndex
    let journal: Journal
    let pool: BlockingPool
    let sweeper: BlobSweeper
    let writer: LedgerThread
    let log: Logger

    init(
        parts: OpenedParts, ledger: EmbeddedLedger, writer: LedgerThread, sweeper: BlobSweeper, health: LedgerHealth, log: Logger
    ) {
        self.ledger = ledger
        self.blobs = parts.blobs
        self.health = health
        self.recovery = parts.summary
        self.environment = parts.environment
        self.configuration = parts.configuration
        self.folder = parts.folder
        self.index = parts.index
        self.journal = parts.recovered.journal
        self.pool = parts.pool
        self.sweeper = sweeper
        self.writer = writer
        self.log = log
    }

    package var root: String { folder.root }
}
