import Environment
import Synchronization

/// Threads that hash the payloads of many callers side by side: one thread takes what waits into the lanes of its vectors, so the more
/// uploads there are, the less each costs.
package final class Hashers: Sendable {
    /// A shorter piece is hashed on the caller's thread: that takes less time than waking another.
    package static let inlineBytesMax = 16 * 1024
    /// Blocks between two looks at what waits: 64 KiB of each text.
    private static let roundBlocksMax = 1024

    private struct State {
        var waiting: [HashingJob] = []
        var running = 0
    }

    private let pool: BlockingPool
    private let threadCount: Int
    private let state = Mutex(State())

    package init(threadCount: Int) {
        self.threadCount = threadCount
        pool = BlockingPool(name: "roost-hash", threadCount: threadCount, queueMax: threadCount)
    }

    private init() {
        threadCount = 1
        pool = .inline()
    }

    /// Without threads: the caller's does the work. For simulations.
    package static func inline() -> Hashers { Hashers() }

    func add(_ job: HashingJob) {
        let needsThread = state.withLock { state in
            state.waiting.append(job)
            guard state.running < threadCount else { return false }
            state.running += 1
            return true
        }
        // As many threads as there may be runs: none is refused.
        if needsThread, pool.submit({ [self] in run() }) != nil { run() }
    }

    /// Hashes until nothing waits.
    private func run() {
        let instructions = MD5Lanes.fastest
        var lanes: [HashingJob] = []
        while refill(&lanes, instructions.width) {
            let blockCount = lanes.reduce(Self.roundBlocksMax) { min($0, $1.blocksLeft) }
            var words = lanes.map(\.words)
            instructions.update(&words, lanes.map(\.next), blockCount: blockCount)
            for (lane, words) in zip(lanes, words) {
                lane.words = words
                lane.advance(blockCount: blockCount)
            }
            for lane in lanes where lane.blocksLeft == 0 { lane.end() }
            lanes.removeAll { $0.blocksLeft == 0 }
        }
    }

    /// False when there is nothing to do, and this run has ended.
    private func refill(_ lanes: inout [HashingJob], _ width: Int) -> Bool {
        state.withLock { state in
            let count = min(width - lanes.count, state.waiting.count)
            lanes += state.waiting.prefix(count)
            state.waiting.removeFirst(count)
            if lanes.isEmpty { state.running -= 1 }
            return !lanes.isEmpty
        }
    }
}
