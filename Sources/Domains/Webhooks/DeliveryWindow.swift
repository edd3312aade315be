import Model

/// Which events of one target may be sent now. Pure: neither reads nor sends nor knows the time.
///
/// Holds what is known of up to `countMax` events, oldest first, without their bodies. Invariants: of each lane at most the oldest event
/// is under way; a lane whose oldest event waits for its next attempt sends nothing; no other lane is held up by it.
struct DeliveryWindow {
    struct Entry: Sendable, Equatable {
        let sequence: EventSequence
        let lane: UInt64
        let recorded: Timestamp
        /// Failed attempts so far.
        var attempts: Int
        /// Monotonic nanoseconds before which it is not tried again.
        var due: UInt64 = 0
    }

    let countMax: Int
    private(set) var count = 0

    /// Each lane's events in order; the first may be under way.
    private var lanes: [UInt64: [Entry]] = [:]
    /// Lanes whose first event may be sent, in order; those before `readyStart` are gone.
    private var ready: [UInt64] = []
    private var readyStart = 0
    /// Lanes whose first event waits, the one that is due last first.
    private var waiting: [(due: UInt64, lane: UInt64)] = []
    /// Everything in the order of its sequences; those in `finished` are gone, and so is what is before `orderStart`.
    private var order: [(sequence: EventSequence, recorded: Timestamp)] = []
    private var orderStart = 0
    private var finished: Set<EventSequence> = []

    init(countMax: Int) {
        self.countMax = countMax
    }

    /// How many more events it takes.
    var room: Int { countMax - (order.count - orderStart) }

    /// The oldest event that is not delivered.
    var oldest: (sequence: EventSequence, recorded: Timestamp)? { orderStart < order.count ? order[orderStart] : nil }

    /// When the next waiting event is due, in monotonic nanoseconds.
    var nextDue: UInt64? { waiting.last?.due }

    /// Takes an event that follows all those before.
    mutating func add(_ entry: Entry) {
        precondition(room > 0 && (order.last.map { $0.sequence < entry.sequence } ?? true))
        order.append((entry.sequence, entry.recorded))
        count += 1
        if lanes[entry.lane] != nil {
            lanes[entry.lane]?.append(entry)
        } else {
            lanes[entry.lane] = [entry]
            queue(entry)
        }
    }

    /// An event to be sent now; it is under way until `finish` or `retry` says what became of it.
    mutating func next(now: UInt64) -> Entry? {
        while let first = waiting.last, first.due <= now {
            waiting.removeLast()
            ready.append(first.lane)
        }
        guard readyStart < ready.count else { return nil }
        let lane = ready[readyStart]
        readyStart += 1
        if readyStart > 1024, readyStart * 2 > ready.count {
            ready.removeFirst(readyStart)
            readyStart = 0
        }
        return lanes[lane]?.first
    }

    /// The event is dealt with: taken by its target or a dead letter.
    mutating func finish(_ entry: Entry) {
        guard var lane = lanes[entry.lane], lane.first?.sequence == entry.sequence else {
            preconditionFailure("an event is finished once, and before those that follow it in its lane")
        }
        lane.removeFirst()
        count -= 1
        lanes[entry.lane] = lane.isEmpty ? nil : lane
        if let following = lane.first { queue(following) }
        finished.insert(entry.sequence)
        while orderStart < order.count, finished.remove(order[orderStart].sequence) != nil { orderStart += 1 }
        if orderStart > 1024, orderStart * 2 > order.count {
            order.removeFirst(orderStart)
            orderStart = 0
        }
    }

    /// The attempt failed; its lane waits until `due`.
    mutating func retry(_ entry: Entry, attempts: Int, due: UInt64) {
        guard lanes[entry.lane]?.first?.sequence == entry.sequence else { preconditionFailure("only what is under way fails") }
        lanes[entry.lane]?[0].attempts = attempts
        lanes[entry.lane]?[0].due = due
        wait(entry.lane, due)
    }

    private mutating func queue(_ entry: Entry) {
        if entry.due == 0 { ready.append(entry.lane) } else { wait(entry.lane, entry.due) }
    }

    private mutating func wait(_ lane: UInt64, _ due: UInt64) {
        var (low, high) = (0, waiting.count)
        while low < high {
            let middle = (low + high) / 2
            if waiting[middle].due > due { low = middle + 1 } else { high = middle }
        }
        waiting.insert((due, lane), at: low)
    }
}
