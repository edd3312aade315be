import Environment
import Model
import Synchronization

/// What the process knows of queues beside the ledger: where a scan for visible messages may begin, how many messages are
/// in flight or delayed, and who waits. Lost at a stop and learnt again from the ledger.
///
/// Invariants, for every space that is known:
/// - no visibility entry lies below `floor`;
/// - when `isLearnt`, no message is visible before `emptyUntil`, and none becomes visible before it without an insert.
/// Inserts lower both at once; only a scan in a commit raises them, and it runs alone. They may be too low, never too high: so an insert
/// may be noted before its commit is sure, and when a commit fails after its closure ran, everything is forgotten (`distrust`).
///
/// Without the floor a receive would step over the tombstones of all messages received before it: the well-known slowness of
/// queues on ordered stores. All calls are short and never run foreign code; continuations are resumed outside the lock.
final class QueueMemory: Sendable {
    struct Space {
        var floor = VisibilityPosition.first
        var emptyUntil = Int64.min
        var inFlight = DueTimes()
        var delayed = DueTimes()
        var isLearnt = false
        var lastSequence = MessageSequence.first
        /// No message below it is left: where the sweep of expired messages goes on.
        var oldest = MessageSequence.first
        var line = WaiterLine()
        /// A waiter was woken and has not looked yet.
        var isLooking = false
    }

    struct State {
        var spaces: [UInt64: Space] = [:]
        var queues: [QueueAddress: CachedQueue] = [:]
        var waitingSpaces: Set<UInt64> = []
        var deadlines = Deadlines()
        var waitingCount = 0
        var nextTicket: UInt64 = 0
        /// Counts the times that everything was forgotten: what began before counts no more.
        var epoch: UInt64 = 0
        var isClosed = false
        /// When the task that ends waits looks next, in milliseconds since 1970; the far future while it sleeps until it is called.
        var nextTick = Int64.max
    }

    /// A queue's record with the bytes that it was decoded from.
    struct CachedQueue {
        let bytes: [UInt8]
        let record: QueueRecord
        /// The last change of any queue's record when this one was read; nil when that was not known.
        let asOf: LSN?
    }

    private static let cachedQueuesMax = 10_000

    let state = Mutex(State())
    let alarm = Alarm()

    // MARK: Queues

    /// The queue's record, when no queue's record changed since it was read.
    func record(_ address: QueueAddress, asOf: LSN) -> QueueRecord? {
        state.withLock { state in state.queues[address].flatMap { $0.asOf == asOf ? $0.record : nil } }
    }

    /// The decoded record of `bytes`; decodes only when they changed.
    func record(_ address: QueueAddress, _ bytes: [UInt8], asOf: LSN?) throws -> QueueRecord {
        let cached = state.withLock { $0.queues[address] }
        let record: QueueRecord
        if let cached, cached.bytes == bytes { record = cached.record } else { record = try QueueRecord(stored: bytes) }
        state.withLock { state in
            if state.queues.count >= Self.cachedQueuesMax { state.queues.removeAll() }
            state.queues[address] = CachedQueue(bytes: bytes, record: record, asOf: asOf)
        }
        return record
    }

    /// Whether the queue's record was read before.
    func knows(_ address: QueueAddress) -> Bool { state.withLock { $0.queues[address] != nil } }

    /// True when a receive would surely find nothing.
    func isKnownEmpty(_ address: QueueAddress, now: Int64) -> Bool {
        state.withLock { state in
            guard let space = state.queues[address].flatMap({ state.spaces[$0.record.space] }) else { return false }
            return space.isLearnt && now < space.emptyUntil
        }
    }

    /// The queue is gone, or its messages are: its waiters look again.
    func drop(_ address: QueueAddress, space: UInt64) {
        let waiters = state.withLock { state -> [Waiter] in
            state.queues[address] = nil
            state.waitingSpaces.remove(space)
            guard var dropped = state.spaces.removeValue(forKey: space) else { return [] }
            state.waitingCount -= dropped.line.count
            return dropped.line.removeAll()
        }
        for waiter in waiters { waiter.resume(returning: .look) }
    }

    /// A commit failed after its closure had run: what it noted is not so. Scans begin anew.
    func distrust() {
        state.withLock { state in
            state.epoch += 1
            for key in Array(state.spaces.keys) {
                state.spaces[key]?.floor = .first
                state.spaces[key]?.emptyUntil = .min
                state.spaces[key]?.isLearnt = false
                state.spaces[key]?.inFlight = DueTimes()
                state.spaces[key]?.delayed = DueTimes()
                state.spaces[key]?.oldest = .first
            }
        }
    }

    // MARK: Changes noted by commits

    /// The sequence of the next message that the commit `lsn` puts into `space`.
    func nextSequence(_ space: UInt64, lsn: UInt64) -> MessageSequence {
        state.withLock { state in
            let last = state.spaces[space, default: Space()].lastSequence
            let next = last.lsn == lsn ? last.successor : MessageSequence(lsn: lsn, index: 0)
            state.spaces[space, default: Space()].lastSequence = next
            return next
        }
    }

    /// A new message lies at `position`.
    func inserted(_ space: UInt64, _ position: VisibilityPosition, now: Int64) {
        let (waiter, rings) = state.withLock { state -> (Waiter?, Bool) in
            state.spaces[space, default: Space()].lower(to: position)
            if position.visibleAt > now {
                if state.spaces[space]?.isLearnt == true { state.spaces[space]?.delayed.add(position.visibleAt) }
                return (nil, state.mustRing(for: space))
            }
            return (state.popWaiter(space), false)
        }
        waiter?.resume(returning: .look)
        if rings { alarm.ring() }
    }

    /// A message is gone that was to become visible at `visibleAt`.
    func deleted(_ space: UInt64, visibleAt: Int64, wasReceived: Bool, now: Int64) {
        // What is visible by now is not counted any more, and its step may hold another message's time.
        guard visibleAt > now else { return }
        state.withLock { state in
            if wasReceived {
                state.spaces[space]?.inFlight.remove(visibleAt)
            } else {
                state.spaces[space]?.delayed.remove(visibleAt)
            }
        }
    }

    /// A message that was received becomes visible at another time.
    func moved(_ space: UInt64, from: Int64, to position: VisibilityPosition, now: Int64) {
        let (waiter, rings) = state.withLock { state -> (Waiter?, Bool) in
            if from > now { state.spaces[space]?.inFlight.remove(from) }
            state.spaces[space]?.lower(to: position)
            if position.visibleAt > now {
                if state.spaces[space]?.isLearnt == true { state.spaces[space]?.inFlight.add(position.visibleAt) }
                return (nil, state.mustRing(for: space))
            }
            return (state.popWaiter(space), false)
        }
        waiter?.resume(returning: .look)
        if rings { alarm.ring() }
    }
}

extension QueueMemory.Space {
    mutating func lower(to position: VisibilityPosition) {
        floor = min(floor, position)
        emptyUntil = min(emptyUntil, position.visibleAt)
    }

    /// Forgets what is visible by now.
    mutating func advance(to now: Int64) {
        inFlight.advance(to: now)
        delayed.advance(to: now)
    }
}

extension QueueMemory.State {
    /// Takes the first in line, who will look.
    mutating func popWaiter(_ space: UInt64) -> Waiter? {
        guard waitingSpaces.contains(space), let waiter = spaces[space]?.line.popFirst() else { return nil }
        waitingCount -= 1
        spaces[space]?.isLooking = true
        if spaces[space]?.line.isEmpty ?? true { waitingSpaces.remove(space) }
        return waiter
    }

    /// Whether somebody waits for `space` and it may have something before the task that ends waits looks next.
    func mustRing(for space: UInt64) -> Bool {
        guard waitingSpaces.contains(space), let known = spaces[space] else { return false }
        return known.emptyUntil < nextTick
    }
}
