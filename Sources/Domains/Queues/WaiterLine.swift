/// How a wait for messages ended.
enum WaitEnd: Sendable {
    /// There may be something: look.
    case look
    case timedOut
    /// The server is stopping.
    case closed
}

typealias Waiter = CheckedContinuation<WaitEnd, Never>

/// Those who wait for one queue's messages, first come, first served. Whoever comes back with the same id has its old place.
///
/// Invariant: every key of `waiting` is in `order[head...]`, which ascends; ids there that are no keys have left.
struct WaiterLine {
    private var waiting: [UInt64: Waiter] = [:]
    private var order: [UInt64] = []
    private var head = 0

    var isEmpty: Bool { waiting.isEmpty }
    var count: Int { waiting.count }

    mutating func add(_ id: UInt64, _ waiter: Waiter) {
        waiting[id] = waiter
        if let last = order.last, last >= id {
            let at = order[head...].firstIndex { $0 >= id } ?? order.endIndex
            order.insert(id, at: at)
        } else {
            order.append(id)
        }
    }

    mutating func popFirst() -> Waiter? {
        while head < order.count {
            let id = order[head]
            head += 1
            if let waiter = waiting.removeValue(forKey: id) {
                compact()
                return waiter
            }
        }
        compact()
        return nil
    }

    mutating func remove(_ id: UInt64) -> Waiter? {
        let waiter = waiting.removeValue(forKey: id)
        compact()
        return waiter
    }

    mutating func removeAll() -> [Waiter] {
        let all = order[head...].compactMap { waiting[$0] }
        self = WaiterLine()
        return all
    }

    /// Keeps `order` within twice the number of waiters.
    private mutating func compact() {
        guard order.count > 2 * waiting.count + 32 else { return }
        order = order[head...].filter { waiting[$0] != nil }
        head = 0
    }
}
