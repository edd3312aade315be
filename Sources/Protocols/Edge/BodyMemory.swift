import NIOCore
import Synchronization

/// The memory that all requests' bodies and answers may take together, handed out in the order in which it was asked for.
///
/// Whoever needs more than `EdgeLimits.uncountedBytes` for a body takes it here first and waits when there is none, so that many slow
/// clients cannot fill the process. Bytes that are there before anybody can ask are added without asking. What holds memory while
/// others wait has to move: see `isPressed`.
///
/// Thought of first: an equal share for each request under way. It shrinks with every arrival, when the earlier ones have already been
/// given more; and a client that does not read keeps its share from those that would.
package final class BodyMemory: Sendable {
    /// Who waits.
    final class Waiter: Sendable {
        fileprivate let bytes: Int
        private let continuation: CheckedContinuation<Void, any Error>

        fileprivate init(_ bytes: Int, _ continuation: CheckedContinuation<Void, any Error>) {
            self.bytes = bytes
            self.continuation = continuation
        }

        /// Once, by whoever took it out of the queue.
        fileprivate func tell(_ result: Result<Void, any Error>) { continuation.resume(with: result) }
    }

    /// Bytes.
    package let limit: Int
    private let usedBytes = Atomic<Int>(0)
    private let waitingCount = Atomic<Int>(0)
    private let cutCount = Atomic<Int>(0)
    private let queue = Mutex(CircularBuffer<Waiter>())

    package init(limit: Int) {
        self.limit = limit
    }

    package var used: Int { usedBytes.load(ordering: .relaxed) }
    package var waiting: Int { waitingCount.load(ordering: .relaxed) }

    /// Clients that were cut off because others waited.
    package var cut: Int { cutCount.load(ordering: .relaxed) }

    func countCut() { cutCount.add(1, ordering: .relaxed) }

    /// More than half is taken: from now on requests get the least with which they can go on.
    var isCrowded: Bool { used > limit / 2 }

    /// Somebody waits, or more is there than should be: who holds memory and does not move is cut off.
    var isPressed: Bool { waiting > 0 || used > limit }

    /// What a request may ask for at once: a larger wish could wait for ever.
    var largestWish: Int { limit / 4 }

    /// Takes `wanted` bytes, or `least` when it is crowded. Nil when that has to be waited for. Neither may exceed `largestWish`.
    func grant(wanted: Int, least: Int) -> Int? {
        guard waiting == 0 else { return nil }
        if wanted > least, !isCrowded, take(wanted) { return wanted }
        return take(least) ? least : nil
    }

    /// Resumes `continuation` once `bytes` are taken for it. Nil when they were at once.
    func wait(for bytes: Int, _ continuation: CheckedContinuation<Void, any Error>) -> Waiter? {
        precondition(bytes <= largestWish, "a wish that can be granted")
        let waiter = Waiter(bytes, continuation)
        let isGranted = queue.withLock { queue in
            // Counted before the look for room: whoever gives back after it sees that somebody waits.
            waitingCount.add(1, ordering: .sequentiallyConsistent)
            if queue.isEmpty, take(bytes) {
                waitingCount.subtract(1, ordering: .sequentiallyConsistent)
                return true
            }
            queue.append(waiter)
            return false
        }
        if isGranted { waiter.tell(.success(())) }
        return isGranted ? nil : waiter
    }

    /// Ends a wait with `error`, unless it has ended.
    func end(_ waiter: Waiter, _ error: any Error) {
        let wasThere = queue.withLock { queue in
            guard let index = queue.firstIndex(where: { $0 === waiter }) else { return false }
            queue.remove(at: index)
            waitingCount.subtract(1, ordering: .sequentiallyConsistent)
            return true
        }
        guard wasThere else { return }
        waiter.tell(.failure(error))
        // Those behind it may need less.
        wake()
    }

    /// Counts what is there already, whether there is room or not.
    func add(_ bytes: Int) { usedBytes.add(bytes, ordering: .relaxed) }

    func giveBack(_ bytes: Int) {
        let rest = usedBytes.subtract(bytes, ordering: .sequentiallyConsistent).newValue
        precondition(rest >= 0, "what is given back was taken")
        if waitingCount.load(ordering: .sequentiallyConsistent) > 0 { wake() }
    }

    private func wake() {
        let served = queue.withLock { queue in
            var served: [Waiter] = []
            while let first = queue.first, take(first.bytes) {
                queue.removeFirst()
                waitingCount.subtract(1, ordering: .sequentiallyConsistent)
                served.append(first)
            }
            return served
        }
        for waiter in served { waiter.tell(.success(())) }
    }

    /// Not an addition that is taken back when it was too much: others would see too little room for a moment, and nobody would wake them.
    private func take(_ bytes: Int) -> Bool {
        var current = usedBytes.load(ordering: .sequentiallyConsistent)
        while current + bytes <= limit {
            let (exchanged, original) = usedBytes.weakCompareExchange(
                expected: current, desired: current + bytes, ordering: .sequentiallyConsistent)
            if exchanged { return true }
            current = original
        }
        return false
    }
}
