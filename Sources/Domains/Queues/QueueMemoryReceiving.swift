import Environment
import Model
import Synchronization

/// What a receive needs to know before it scans, and what it found.
extension QueueMemory {
    /// Where a scan begins.
    struct Start {
        let floor: VisibilityPosition
        let epoch: UInt64
        let isLearnt: Bool
        let inFlightCount: Int
    }

    /// What a receive did, all of it in one commit.
    struct Outcome {
        var floor: VisibilityPosition
        /// Everything visible was seen.
        var isExhausted = false
        /// Where the messages that were handed out lie now.
        var taken: [VisibilityPosition] = []
        /// Where messages lie that it put into the same space.
        var put: [VisibilityPosition] = []
    }

    struct Counts: Hashable {
        let inFlight: Int
        let delayed: Int
    }

    func beginReceive(_ space: UInt64, now: Int64) -> Start {
        state.withLock { state in
            state.spaces[space, default: Space()].advance(to: now)
            let known = state.spaces[space, default: Space()]
            return Start(floor: known.floor, epoch: state.epoch, isLearnt: known.isLearnt, inFlightCount: known.inFlight.total)
        }
    }

    /// The times of all messages that are not visible yet: of those in flight, and of those that were never received.
    func learn(_ space: UInt64, inFlight: DueTimes, delayed: DueTimes) {
        state.withLock { state in
            state.spaces[space, default: Space()].inFlight = inFlight
            state.spaces[space, default: Space()].delayed = delayed
            state.spaces[space, default: Space()].isLearnt = true
        }
    }

    /// Notes a receive's outcome and lets the next one in line look if there may be more.
    func endReceive(_ space: UInt64, _ start: Start, _ outcome: Outcome, now: Int64) {
        let (waiter, rings) = state.withLock { state -> (Waiter?, Bool) in
            state.spaces[space]?.isLooking = false
            if state.epoch == start.epoch { state.spaces[space]?.note(outcome, now: now) }
            if let known = state.spaces[space], known.emptyUntil > now { return (nil, state.mustRing(for: space)) }
            return (state.popWaiter(space), false)
        }
        waiter?.resume(returning: .look)
        if rings { alarm.ring() }
    }

    /// A waiter that was woken will not look: the next one does.
    func passOn(_ space: UInt64) {
        let waiter = state.withLock { state -> Waiter? in
            state.spaces[space]?.isLooking = false
            return state.popWaiter(space)
        }
        waiter?.resume(returning: .look)
    }

    func passOn(_ address: QueueAddress) {
        if let space = state.withLock({ $0.queues[address]?.record.space }) { passOn(space) }
    }

    /// Nil when the queue's times are not learnt yet.
    func counts(_ space: UInt64, now: Int64) -> Counts? {
        state.withLock { state in
            guard state.spaces[space]?.isLearnt == true else { return nil }
            state.spaces[space]?.advance(to: now)
            return state.spaces[space].map { Counts(inFlight: $0.inFlight.total, delayed: $0.delayed.total) }
        }
    }

    /// Where the sweep of expired messages goes on.
    func oldest(_ space: UInt64) -> MessageSequence {
        state.withLock { $0.spaces[space]?.oldest ?? .first }
    }

    /// No message below `sequence` is left. New ones always lie above.
    func raiseOldest(_ space: UInt64, to sequence: MessageSequence) {
        state.withLock { state in
            guard let known = state.spaces[space] else { return }
            state.spaces[space]?.oldest = max(known.oldest, sequence)
        }
    }
}

extension QueueMemory.Space {
    fileprivate mutating func note(_ outcome: QueueMemory.Outcome, now: Int64) {
        advance(to: now)
        floor = outcome.floor
        emptyUntil = .min
        for position in outcome.taken where position.visibleAt > now { inFlight.add(position.visibleAt) }
        if outcome.isExhausted {
            emptyUntil = min(inFlight.next ?? .max, delayed.next ?? .max, now + QueueLimits.believedEmptyMilliseconds)
        }
        for position in outcome.taken + outcome.put { lower(to: position) }
    }
}
