import Model
import StoragePorts
import SwiftProtobuf

/// A move task as a client sees it: it empties a dead-letter queue, back to where its messages came from or into another queue.
package struct MoveTask: Hashable, Sendable {
    package enum Status: Hashable, Sendable {
        case running
        case completed
        case cancelled
        case failed
    }

    /// Why a task ended early; raw values are AWS's words.
    package enum Failure: String, Hashable, Sendable {
        case noDestination = "AWS.SimpleQueueService.NonExistentQueue"
        /// A message that no redrive brought has nowhere to go back to.
        case noSource = "CouldNotDetermineMessageSource"
    }

    /// A version 4 UUID.
    package let id: String
    package let status: Status
    /// Nil: each message goes back to the queue that it came from.
    package let destination: ARN?
    /// Nil: as fast as it goes.
    package let perSecondMax: Int?
    package let started: Timestamp
    /// How many messages the queue held at the start.
    package let countAtStart: Int
    package let movedCount: Int
    /// Of a task that failed.
    package let failure: Failure?
}

extension MoveTask {
    /// Throws `LedgerError.damaged`.
    init(_ stored: StoredMoveTask) throws {
        let status: Status =
            switch stored.status {
            case .running: .running
            case .completed: .completed
            case .cancelled: .cancelled
            case .failed: .failed
            case .UNRECOGNIZED: throw LedgerError.damaged("a move task's status")
            }
        self.init(
            id: stored.id.description, status: status, destination: ARN(stored.destinationArn),
            perSecondMax: stored.perSecondMax == 0 ? nil : Int(stored.perSecondMax),
            started: Timestamp(milliseconds: stored.startedAtMs), countAtStart: Int(stored.countAtStart),
            movedCount: Int(stored.movedCount), failure: Failure(rawValue: stored.failure))
    }
}

extension StoredMoveTask {
    /// Throws `LedgerError.damaged`.
    init(ofQueue bytes: [UInt8]) throws {
        guard let stored = try? StoredMoveTask(serializedBytes: bytes) else { throw LedgerError.damaged("a move task") }
        self = stored
    }

    var id: MessageID {
        get { MessageID(high: idHigh, low: idLow) }
        set { (idHigh, idLow) = (newValue.high, newValue.low) }
    }

    /// The first message that was not looked at yet.
    var next: MessageSequence {
        get { MessageSequence(lsn: nextLsn, index: nextIndex) }
        set { (nextLsn, nextIndex) = (newValue.lsn, newValue.index) }
    }

    /// How many messages may be moved at `now`, at most a second's worth.
    func allowance(at now: Int64) -> Int {
        perSecondMax == 0 ? .max : Int(now - creditBegin(at: now)) * Int(perSecondMax) / 1000
    }

    /// In how many milliseconds from `now` messages may be moved again.
    func pause(at now: Int64) -> Int64 {
        max(QueueLimits.movePauseMilliseconds, creditBegin(at: now) + milliseconds(for: 1) - now)
    }

    mutating func pace(_ count: Int, at now: Int64) {
        if perSecondMax > 0 { pacedUntilMs = creditBegin(at: now) + milliseconds(for: count) }
    }

    /// From when on the rate is free: at most a second ago, and not after `now`, which rounding may make it by a millisecond.
    private func creditBegin(at now: Int64) -> Int64 { min(now, max(pacedUntilMs, now - 1000)) }

    /// How long so many messages take, rounded up.
    func milliseconds(for count: Int) -> Int64 {
        perSecondMax == 0 ? 0 : (Int64(count) * 1000 + Int64(perSecondMax) - 1) / Int64(perSecondMax)
    }
}
