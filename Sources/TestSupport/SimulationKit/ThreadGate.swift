import Environment

/// Keeps a pool's thread busy until a test lets it go on. The two sides may run on any threads: nothing is held across a suspension.
package final class ThreadGate: Sendable {
    private let isOpen = Monitor(false)
    private let isReached = Monitor(false)

    package init() {}

    /// Blocks the calling thread until `open`.
    package func pass() {
        isReached.withLock { $0 = true }
        isOpen.wait { $0 ? () : nil }
    }

    package func open() {
        isOpen.withLock { $0 = true }
        isOpen.wakeAll()
    }

    /// Returns once a thread stands in `pass`.
    package func untilReached() async {
        while !isReached.withLock({ $0 }) { await Task.yield() }
    }
}
