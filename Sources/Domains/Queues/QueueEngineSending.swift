import Model
import StoragePorts
import SwiftProtobuf

extension QueueEngine {
    /// Puts messages at the end of a queue, all in this commit. Their receivers are woken now and look in a later commit.
    func send(_ messages: [EncodedMessage], to record: QueueRecord, in transaction: Transaction) throws {
        let now = transaction.now.milliseconds
        let cipher = try cipher(for: record)
        for message in messages {
            let visibleAt = now + Int64(message.delaySeconds ?? record.attributes.delaySeconds) * 1000
            let bytes = message.bytes(MessageTimes(sentAt: now, visibleAt: visibleAt), cipher)
            put(bytes, record.space, visibleAt: visibleAt, in: transaction)
        }
        try change(countOf: record.space, by: messages.count, in: transaction)
    }

    /// Puts one message into a space. The caller counts it.
    @discardableResult
    private func put(_ bytes: [UInt8], _ space: UInt64, visibleAt: Int64, in transaction: Transaction) -> VisibilityPosition {
        let sequence = memory.nextSequence(space, lsn: transaction.lsn.rawValue)
        let position = VisibilityPosition(visibleAt: visibleAt, sequence: sequence)
        transaction.put(QueueKeys.message(space, sequence), bytes)
        transaction.put(QueueKeys.visibility(space, position), DeliveryState.fresh.bytes)
        memory.inserted(space, position, now: transaction.now.milliseconds)
        return position
    }

    /// Moves a message that failed too often to its dead-letter queue, with its id, body and time of sending. Removes it from `source`'s
    /// keys; the caller counts it there. Returns where it lies now.
    func moveToDeadLetters(
        _ bytes: [UInt8], _ state: DeliveryState, from source: (arn: ARN, record: QueueRecord), to target: QueueRecord,
        in transaction: Transaction
    ) throws -> VisibilityPosition {
        var message = try decode(bytes, of: source.record)
        message.priorReceives += state.receives
        if message.priorFirstReceivedAtMs == 0 { message.priorFirstReceivedAtMs = state.firstReceivedAt }
        message.deadLetterSourceArn = source.arn.description
        return try put(message, sentAt: message.sentAtMs, to: target, in: transaction)
    }

    /// Puts a message that a move task took from a dead-letter queue into another one, as a new message: with an id, a time and a count of
    /// its own. The caller removes the old one.
    func redrive(_ bytes: [UInt8], of source: QueueRecord, to target: QueueRecord, in transaction: Transaction) throws {
        var message = try decode(bytes, of: source)
        let id = MessageID(random)
        (message.idHigh, message.idLow) = (id.high, id.low)
        message.priorReceives = 0
        message.priorFirstReceivedAtMs = 0
        message.deadLetterSourceArn = ""
        _ = try put(message, sentAt: transaction.now.milliseconds, to: target, in: transaction)
    }

    /// Puts one message into a queue and counts it; visible at once.
    private func put(
        _ message: StoredMessage, sentAt: Int64, to target: QueueRecord, in transaction: Transaction
    ) throws -> VisibilityPosition {
        let now = transaction.now.milliseconds
        let bytes = try EncodedMessage(message).bytes(MessageTimes(sentAt: sentAt, visibleAt: now), cipher(for: target))
        let position = put(bytes, target.space, visibleAt: now, in: transaction)
        try change(countOf: target.space, by: 1, in: transaction)
        return position
    }

    /// What happens when another domain's fact says that a queue gets a message: it is sent in the same commit.
    ///
    /// - `decode` reads a fact's target, body and X-Ray trace; nil when the fact is not for a queue. It runs on the ledger's thread.
    /// - `sender` is what consumers see as `SenderId`.
    /// - `dropped` hears of a fact whose queue does not exist (any more); the commit goes on without a message.
    package func notificationReaction(
        to kind: Fact.Kind, sender: String, dropped: @escaping @Sendable (_ target: QueueAddress) -> Void,
        decode: @escaping @Sendable (Fact) throws -> (target: QueueAddress, body: String, trace: String?)?
    ) -> Reaction {
        Reaction(to: kind) { [self] transaction, fact in
            guard let (target, body, trace) = try decode(fact) else { return }
            let message = OutgoingMessage(body: body, requestTrace: trace, sender: sender)
            if try !deliver(message, to: target, in: transaction) { dropped(target) }
        }
    }

    /// Puts a message into a queue within another domain's commit. False when there is no such queue.
    package func deliver(_ message: OutgoingMessage, to target: QueueAddress, in transaction: Transaction) throws -> Bool {
        guard let record = try find(target, in: transaction) else { return false }
        try send([try EncodedMessage(message, id: MessageID(random))], to: record, in: transaction)
        return true
    }
}
