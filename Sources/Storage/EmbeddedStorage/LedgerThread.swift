import Environment

/// The thread that owns a `LedgerCore`: takes batches from the queue until it is closed.
final class LedgerThread: Sendable {
    private let queue: CommitQueue
    private let thread: DedicatedThread

    /// `makeCore` runs on the thread itself, so that the core never leaves it.
    init(queue: CommitQueue, core: consuming sending LedgerCore) {
        self.queue = queue
        let owned = UnsafeTransfer(core)
        self.thread = DedicatedThread(name: "roost-ledger") {
            let core = owned.value
            while let batch = queue.take(countMax: LedgerCore.batchCommitsMax) { core.process(batch) }
            core.close()
        }
    }

    /// Finishes what waits, refuses the rest, and ends the thread. Blocks.
    func close() {
        queue.close()
        thread.join()
    }
}

/// Hands a value to the one thread that will use it from now on.
private struct UnsafeTransfer<Value>: @unchecked Sendable {
    let value: Value
    init(_ value: Value) { self.value = value }
}
