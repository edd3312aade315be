import BlobFiles
import Environment
import Index
import Journal
import StoragePorts

/// What the ledger's thread works with. `journal` and `packs` are its own; all else is safe on any thread.
struct LedgerParts {
    let index: any OrderedIndex
    let journal: JournalWriter
    let packs: PackAppender
    let sideSync: any SideSync
    let clock: any Clock
    let position: AppliedPosition
    let health: LedgerHealth
    let meters: LedgerMeters
    /// Whether the disk has room for any commit.
    let hasRoom: () -> Bool
    /// Told of the changes of each batch once they are applied, for the sweep's counts of dead bytes.
    let noteApplied: ([[IndexWrite]]) -> Void
}
