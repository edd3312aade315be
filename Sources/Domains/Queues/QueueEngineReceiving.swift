import Model
import StoragePorts

/// A message as a receive finds it, decoded later and elsewhere.
struct TakenMessage: Sendable {
    let sequence: MessageSequence
    let state: DeliveryState
    let bytes: [UInt8]
}

/// What one attempt to receive gave.
struct ReceiveAttempt: Sendable {
    let record: QueueRecord
    let messages: [TakenMessage]
}

extension QueueEngine {
    /// Takes up to `countMax` visible messages and hides them for the visibility timeout. Clears away expired messages and moves dead
    /// letters that lie between them.
    func receive(_ request: ReceiveRequest, from address: QueueAddress, in transaction: Transaction) throws -> ReceiveAttempt {
        let record = try require(address, in: transaction)
        let now = transaction.now.milliseconds
        var start = memory.beginReceive(record.space, now: now)
        if !start.isLearnt {
            try learnTimes(record.space, now: now, in: transaction)
            start = memory.beginReceive(record.space, now: now)
        }
        var receive = Receive(engine: self, address: address, record: record, request: request, start: start, transaction: transaction)
        if start.inFlightCount >= QueueLimits.inFlightMax {
            memory.passOn(record.space)
            throw QueueError.overLimit
        }
        try receive.run()
        memory.endReceive(record.space, start, receive.outcome, now: now)
        return ReceiveAttempt(record: record, messages: receive.messages)
    }

    /// Reads when messages that are not visible will be. Bounded by `QueueLimits.learntMax`.
    func learnTimes(_ space: UInt64, now: Int64, in reader: some KeyValueReader) throws {
        var inFlight = DueTimes()
        var delayed = DueTimes()
        let lower = VisibilityPosition(visibleAt: now + 1, sequence: .first)
        let range = KeyRange(from: QueueKeys.visibility(space, lower), to: QueueKeys.all(QueueKeys.visibilityTag, of: space).upper)
        var left = QueueLimits.learntMax
        try reader.scan(range, .forward) { key, value in
            guard let position = QueueKeys.position(ofVisibilityKey: key), let state = DeliveryState(value) else {
                throw LedgerError.damaged("a queue's visibility entry")
            }
            if state.receives > 0 { inFlight.add(position.visibleAt) } else { delayed.add(position.visibleAt) }
            left -= 1
            return left > 0 ? .next : .stop
        }
        memory.learn(space, inFlight: inFlight, delayed: delayed)
    }
}

/// One receive under way.
private struct Receive {
    struct Candidate {
        let position: VisibilityPosition
        let state: DeliveryState
    }

    let engine: QueueEngine
    let address: QueueAddress
    let record: QueueRecord
    let request: ReceiveRequest
    let transaction: Transaction
    let now: Int64
    var outcome: QueueMemory.Outcome
    var messages: [TakenMessage] = []
    private var cleared = 0
    private var deadLetters: QueueRecord?
    private let countMax: Int

    init(
        engine: QueueEngine, address: QueueAddress, record: QueueRecord, request: ReceiveRequest, start: QueueMemory.Start,
        transaction: Transaction
    ) {
        self.engine = engine
        self.address = address
        self.record = record
        self.request = request
        self.transaction = transaction
        self.now = transaction.now.milliseconds
        self.outcome = QueueMemory.Outcome(floor: start.floor)
        self.countMax = min(request.countMax, QueueLimits.inFlightMax - start.inFlightCount)
    }

    mutating func run() throws {
        if let redrive = record.attributes.redrive, let target = engine.address(of: redrive.deadLetter) {
            deadLetters = try engine.find(target, in: transaction)
        }
        while messages.count < countMax, cleared < QueueLimits.clearedPerReceiveMax {
            let wanted = countMax - messages.count
            let (candidates, isLast) = try scan(wanted)
            for candidate in candidates { try take(candidate) }
            if isLast {
                outcome.floor = VisibilityPosition(visibleAt: now + 1, sequence: .first)
                outcome.isExhausted = true
                break
            }
        }
        if cleared > 0 { try engine.change(countOf: record.space, by: -cleared, in: transaction) }
    }

    /// The next visible messages from the floor on, and whether there are no more: it looks one further, so that nobody is woken
    /// for nothing. Never past now: beyond it lie the tombstones of messages that were
    /// deleted while they were in flight.
    private mutating func scan(_ countMax: Int) throws -> (found: [Candidate], isLast: Bool) {
        let upper = VisibilityPosition(visibleAt: now + 1, sequence: .first)
        guard outcome.floor < upper else { return ([], true) }
        let range = KeyRange(from: QueueKeys.visibility(record.space, outcome.floor), to: QueueKeys.visibility(record.space, upper))
        var found: [Candidate] = []
        try transaction.scan(range) { key, value in
            guard let position = QueueKeys.position(ofVisibilityKey: key), let state = DeliveryState(value) else {
                throw LedgerError.damaged("a queue's visibility entry")
            }
            found.append(Candidate(position: position, state: state))
            return found.count <= countMax ? .next : .stop
        }
        let isLast = found.count <= countMax
        if !isLast { outcome.floor = found.removeLast().position }
        // With a visibility timeout of zero a message stays visible, and is not handed out twice in one answer.
        let new = found.filter { candidate in !messages.contains { $0.sequence == candidate.position.sequence } }
        return (new, isLast)
    }

    private mutating func take(_ candidate: Candidate) throws {
        let sequence = candidate.position.sequence
        guard let bytes = try transaction.get(QueueKeys.message(record.space, sequence)) else {
            throw LedgerError.damaged("a queue's visibility entry without a message")
        }
        let times = try bytes.withUnsafeBytes { try MessageTimes(ofStored: $0) }
        if times.sentAt + Int64(record.attributes.retentionSeconds) * 1000 <= now {
            return clear(candidate)
        }
        if let redrive = record.attributes.redrive, let deadLetters, candidate.state.receives >= redrive.receivesMax {
            clear(candidate)
            let source = (engine.arn(of: address), record)
            let moved = try engine.moveToDeadLetters(bytes, candidate.state, from: source, to: deadLetters, in: transaction)
            // A queue that is its own dead-letter queue has the message behind the scan.
            if deadLetters.space == record.space { outcome.put.append(moved) }
            return
        }
        deliver(candidate, bytes)
    }

    private mutating func clear(_ candidate: Candidate) {
        engine.remove(record.space, candidate.position, wasReceived: candidate.state.receives > 0, in: transaction)
        cleared += 1
    }

    private mutating func deliver(_ candidate: Candidate, _ bytes: [UInt8]) {
        let timeout = Int64(request.visibilityTimeoutSeconds ?? record.attributes.visibilityTimeoutSeconds) * 1000
        let hidden = VisibilityPosition(visibleAt: now + timeout, sequence: candidate.position.sequence)
        var state = candidate.state
        state.receive(at: now)
        transaction.delete(QueueKeys.visibility(record.space, candidate.position))
        transaction.put(QueueKeys.visibility(record.space, hidden), state.bytes)
        transaction.put(QueueKeys.pointer(record.space, hidden.sequence), StorageKeys.encodeCount(UInt64(hidden.visibleAt)))
        outcome.taken.append(hidden)
        messages.append(TakenMessage(sequence: hidden.sequence, state: state, bytes: bytes))
    }
}
