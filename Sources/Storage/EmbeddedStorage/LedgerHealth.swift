import StoragePorts
import Synchronization

/// Whether the ledger takes writes, for `/readyz` and the log.
package final class LedgerHealth: Sendable {
    private let cause = Mutex<LedgerError?>(nil)
    private let onPoison: @Sendable (LedgerError) -> Void

    package init(onPoison: @escaping @Sendable (LedgerError) -> Void) {
        self.onPoison = onPoison
    }

    /// Why no writes are taken until the next start; nil while all is well.
    package var failure: LedgerError? { cause.withLock { $0 } }

    func poison(_ error: LedgerError) {
        let isFirst = cause.withLock { cause in
            defer { cause = cause ?? error }
            return cause == nil
        }
        if isFirst { onPoison(error) }
    }
}
