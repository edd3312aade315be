import BlobFiles
import Environment
import Index
import Journal
import StoragePorts

/// What the ledger's thread works with. All but `journal` and `packs` are safe on any thread.
struct LedgerParts {
    let index: any OrderedIndex
    let journal: JournalWriter
    let packs: PackAppender
    let sideSync: SideSync
    let clock: any Clock
    let position: AppliedPosition
    let health: LedgerHealth
    let liveness: any LivenessObserver
    let meters: LedgerMeters
}
