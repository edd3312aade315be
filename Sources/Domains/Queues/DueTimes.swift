/// How many messages become visible when: a multiset of points in time, counted in steps of 10 ms (rounded up), so that its size is
/// bounded by the longest delay and the limit of messages in flight.
///
/// Invariant: `heap` holds every step in `counts` at least once, the smallest first, and at most about twice as many steps;
/// `total` is the sum of `counts`.
struct DueTimes: Sendable {
    private static let step: Int64 = 10

    private var counts: [Int64: Int] = [:]
    private var heap: [Int64] = []
    private(set) var total = 0

    init() {}

    mutating func add(_ time: Int64) {
        let step = Self.stepNumber(time)
        total += 1
        if counts[step, default: 0] == 0 { push(step) }
        counts[step, default: 0] += 1
    }

    /// Takes back an `add` of the same time; nothing when it is past and was forgotten.
    mutating func remove(_ time: Int64) {
        let step = Self.stepNumber(time)
        guard let count = counts[step] else { return }
        total -= 1
        counts[step] = count == 1 ? nil : count - 1
        if heap.count > 2 * counts.count + 64 { heap = counts.keys.sorted() }
    }

    /// Forgets what is due at `now`.
    mutating func advance(to now: Int64) {
        while let first = heap.first, first * Self.step <= now || counts[first] == nil {
            popFirst()
            if let count = counts.removeValue(forKey: first) { total -= count }
        }
    }

    /// The first time in the set, at most 9 ms late; nil when it is empty. Call `advance` before.
    var next: Int64? { heap.first.map { $0 * Self.step } }

    private static func stepNumber(_ time: Int64) -> Int64 { (time + step - 1) / step }

    private mutating func push(_ step: Int64) {
        heap.append(step)
        var child = heap.count - 1
        while child > 0, heap[child] < heap[(child - 1) / 2] {
            heap.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    private mutating func popFirst() {
        heap.swapAt(0, heap.count - 1)
        heap.removeLast()
        var parent = 0
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < heap.count && heap[child] < heap[least] { least = child }
            if least == parent { return }
            heap.swapAt(parent, least)
            parent = least
        }
    }
}
