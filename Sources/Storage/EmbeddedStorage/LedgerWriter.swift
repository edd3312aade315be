import Environment

/// Who runs the ledger's core: a thread of its own, or, in a simulation, whoever calls `step`.
final class LedgerWriter: @unchecked Sendable {
    // Safe: `core` is touched by the thread alone while there is one, and otherwise by the one that steps.
    private let core: LedgerCore
    private let queue: CommitQueue
    private let thread: DedicatedThread?

    init(core: LedgerCore, queue: CommitQueue, isStepped: Bool) {
        self.core = core
        self.queue = queue
        let handedOver = Handover(core: core)
        self.thread =
            isStepped
            ? nil
            : DedicatedThread(name: "roost-ledger") {
                while let batch = queue.take(countMax: LedgerCore.batchCommitsMax) { handedOver.core.process(batch) }
                handedOver.core.close()
            }
    }

    /// Carries out, on the caller's thread, what waits; for a writer without a thread.
    func step() {
        precondition(thread == nil)
        core.process(queue.takeNow(countMax: LedgerCore.batchCommitsMax))
    }

    /// Finishes what waits, refuses the rest, and ends the thread. Blocks.
    func close() {
        queue.close()
        if let thread {
            thread.join()
        } else {
            step()
            core.close()
        }
    }

    private struct Handover: @unchecked Sendable {
        let core: LedgerCore
    }
}
