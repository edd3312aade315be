import Environment
import Model
import Synchronization

/// Long polls. A waiter is woken by an insert, by the time at which a message may become visible, by its deadline, by cancellation or by
/// the end of the server. One waiter is woken per message that arrives; one that finds more than it takes wakes the next: no herd.
extension QueueMemory {
    enum Registration {
        case waiting
        case ended(WaitEnd)
        /// `QueueLimits.waitingMax` wait already.
        case refused
    }

    /// Now as the two clocks show it.
    struct Instant {
        /// Milliseconds since 1970.
        let wall: Int64
        /// Monotonic nanoseconds.
        let monotonic: UInt64
    }

    /// How many receives wait in all queues.
    var waitingCount: Int { state.withLock { $0.waitingCount } }

    /// A place in every line, behind all that were given out before.
    func nextTicket() -> UInt64 {
        state.withLock { state in
            state.nextTicket += 1
            return state.nextTicket
        }
    }

    /// Waits for `space` until `deadline` (monotonic nanoseconds). Returns at once when there may be something already. Whoever
    /// was woken, found nothing and waits on with the same ticket keeps its place.
    func wait(_ space: UInt64, ticket id: UInt64, until deadline: UInt64, now: Instant) async throws(QueueError) -> WaitEnd {
        let isRefused = Mutex(false)
        let end = await withTaskCancellationHandler {
            await withCheckedContinuation { (waiter: Waiter) in
                switch register(space, id, waiter, deadline, now) {
                case .waiting:
                    // A cancellation before the registration found nobody to end.
                    if Task.isCancelled { cancel(space, id) }
                case .ended(let end): waiter.resume(returning: end)
                case .refused:
                    isRefused.withLock { $0 = true }
                    waiter.resume(returning: .timedOut)
                }
            }
        } onCancel: {
            cancel(space, id)
        }
        if isRefused.withLock({ $0 }) { throw .tooManyWaiting }
        return end
    }

    private func register(_ space: UInt64, _ id: UInt64, _ waiter: Waiter, _ deadline: UInt64, _ now: Instant) -> Registration {
        let (registration, rings) = state.withLock { state -> (Registration, Bool) in
            if state.isClosed { return (.ended(.closed), false) }
            guard let known = state.spaces[space], known.isLearnt, known.emptyUntil > now.wall else { return (.ended(.look), false) }
            guard deadline > now.monotonic else { return (.ended(.timedOut), false) }
            guard state.waitingCount < QueueLimits.waitingMax else { return (.refused, false) }
            state.spaces[space]?.line.add(id, waiter)
            state.waitingSpaces.insert(space)
            state.waitingCount += 1
            state.deadlines.insert(Deadlines.Entry(time: deadline, space: space, id: id))
            let ends = now.wall + Int64((deadline - now.monotonic) / 1_000_000)
            return (.waiting, min(ends, known.emptyUntil) < state.nextTick)
        }
        if rings { alarm.ring() }
        return registration
    }

    private func cancel(_ space: UInt64, _ id: UInt64) {
        let waiter = state.withLock { $0.removeWaiter(space, id) }
        waiter?.resume(returning: .timedOut)
    }

    /// Ends waits whose time is over and wakes one waiter of each queue that may have something. Returns how long nothing
    /// more will be due; nil when nobody waits. Called by the maintenance loop, or by a test that drives time.
    func tick(_ now: Instant) -> Duration? {
        let (ended, looking, pause) = state.withLock { state -> ([Waiter], [Waiter], Duration?) in
            var ended: [Waiter] = []
            while let first = state.deadlines.first, first.time <= now.monotonic, let entry = state.deadlines.popFirst() {
                if let waiter = state.removeWaiter(entry.space, entry.id) { ended.append(waiter) }
            }
            var looking: [Waiter] = []
            for space in state.waitingSpaces {
                guard let known = state.spaces[space], !known.isLooking, known.emptyUntil <= now.wall else { continue }
                if let waiter = state.popWaiter(space) { looking.append(waiter) }
            }
            return (ended, looking, state.pause(after: now))
        }
        for waiter in ended { waiter.resume(returning: .timedOut) }
        for waiter in looking { waiter.resume(returning: .look) }
        return pause
    }

    /// Ends all waits, and every later one at once.
    func close() {
        let waiters = state.withLock { state -> [Waiter] in
            state.isClosed = true
            var waiters: [Waiter] = []
            for space in state.waitingSpaces { waiters += state.spaces[space]?.line.removeAll() ?? [] }
            state.waitingSpaces.removeAll()
            state.waitingCount = 0
            return waiters
        }
        for waiter in waiters { waiter.resume(returning: .closed) }
    }
}

extension QueueMemory.State {
    fileprivate mutating func removeWaiter(_ space: UInt64, _ id: UInt64) -> Waiter? {
        guard let waiter = spaces[space]?.line.remove(id) else { return nil }
        waitingCount -= 1
        if spaces[space]?.line.isEmpty ?? true { waitingSpaces.remove(space) }
        return waiter
    }

    /// At most `believedEmptyMilliseconds`, so that a jump of the wall clock is noticed, and at least a millisecond.
    fileprivate mutating func pause(after now: QueueMemory.Instant) -> Duration? {
        guard !waitingSpaces.isEmpty, let deadline = deadlines.first else {
            nextTick = .max
            return nil
        }
        var next = now.wall + Int64((max(deadline.time, now.monotonic) - now.monotonic) / 1_000_000) + 1
        for space in waitingSpaces {
            if let known = spaces[space], !known.isLooking { next = min(next, known.emptyUntil) }
        }
        nextTick = max(now.wall + 1, min(next, now.wall + QueueLimits.believedEmptyMilliseconds))
        return .milliseconds(nextTick - now.wall)
    }
}
