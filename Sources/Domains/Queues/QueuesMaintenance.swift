import Environment
import Model
import StoragePorts

/// What happens without a request.
extension Queues {
    /// Ends long polls in time and wakes them when messages become visible. Runs until the task is cancelled, then ends them all.
    package func run() async {
        while !Task.isCancelled {
            await memory.alarm.sleep(atMost: tick())
        }
        shutdown()
    }

    /// One round of `run`, for tests that drive time. Returns how long nothing more is due; nil when nobody waits.
    @discardableResult
    package func tick() -> Duration? { memory.tick(now) }

    /// Ends every long poll with an empty answer, and each later one at once.
    package func shutdown() { memory.close() }

    /// How many receives wait for messages.
    package var waitingCount: Int { memory.waitingCount }

    /// Removes a bounded number of expired messages, or of entries that deleted and purged queues left. Returns true when there
    /// is more to do now; call it in a loop with a pause, longer when it returns false. Resumes by itself after a crash.
    package func sweepStep() async throws -> Bool {
        if let job = try await ledger.read({ try Sweep.garbage(in: $0) }) {
            _ = try await ledger.commit(reading: [], durability: .relaxed) { Sweep.remove(job, in: $0) }
            return true
        }
        let now = clock.now().milliseconds
        let memory = memory
        let found = try await ledger.read { try Sweep.expired(in: $0, now: now, oldest: memory.oldest) }
        for (space, sequence) in found.oldest { memory.raiseOldest(space, to: sequence) }
        guard let expired = found.expired else { return false }
        _ = try await commit(expired.address, durability: .relaxed) { [engine] in try Sweep.expire(expired, engine: engine, in: $0) }
        return true
    }
}

/// One step of the sweep: found on a snapshot, so that the ledger's thread only removes.
private enum Sweep {
    struct Garbage: Sendable {
        let space: UInt64
        let keys: [[UInt8]]
        /// The last of the space's entries are among `keys`.
        let isLast: Bool
    }

    struct Expired: Sendable {
        let address: QueueAddress
        let space: UInt64
        let messages: [(sequence: MessageSequence, visibleAt: Int64)]
    }

    /// The next entries of a space that is no queue's any more. The job's value is the last key removed, so that a step does not walk over
    /// the tombstones of those before it.
    static func garbage(in snapshot: any Snapshot) throws -> Garbage? {
        var job: (space: UInt64, position: [UInt8])?
        try snapshot.scan(QueueKeys.allGarbage, .forward) { key, value in
            guard let space = QueueKeys.space(ofKey: key) else { throw LedgerError.damaged("a deleted queue's space") }
            job = (space, Array(value))
            return .stop
        }
        guard let job else { return nil }
        var keys: [[UInt8]] = []
        for tag in [QueueKeys.messageTag, QueueKeys.visibilityTag, QueueKeys.pointerTag] {
            let all = QueueKeys.all(tag, of: job.space)
            let lower = all.lower.lexicographicallyPrecedes(job.position) ? job.position : all.lower
            if let upper = all.upper, !lower.lexicographicallyPrecedes(upper) { continue }
            var bytes = 0
            try snapshot.scan(KeyRange(from: lower, to: all.upper), .forward) { key, value in
                keys.append(Array(key))
                bytes += value.count
                return keys.count < QueueLimits.sweptPerStepMax && bytes < QueueLimits.sweptBytesPerStepMax ? .next : .stop
            }
            if keys.count >= QueueLimits.sweptPerStepMax || bytes >= QueueLimits.sweptBytesPerStepMax {
                return Garbage(space: job.space, keys: keys, isLast: false)
            }
        }
        return Garbage(space: job.space, keys: keys, isLast: true)
    }

    static func remove(_ garbage: Garbage, in transaction: Transaction) {
        for key in garbage.keys { transaction.delete(key) }
        if garbage.isLast {
            transaction.delete(QueueKeys.garbage(garbage.space))
        } else {
            transaction.put(QueueKeys.garbage(garbage.space), garbage.keys.last ?? [])
        }
    }

    /// Expired messages of the first queue that has some, and what was learnt of where queues begin. Messages lie in the order of
    /// sending, but for dead letters, which keep their time: those wait for the ones before them.
    static func expired(
        in snapshot: any Snapshot, now: Int64, oldest: (UInt64) -> MessageSequence
    ) throws -> (expired: Expired?, oldest: [(UInt64, MessageSequence)]) {
        var queues: [(QueueAddress, QueueRecord)] = []
        try snapshot.scan(QueueKeys.allQueues, .forward) { key, value in
            guard let address = QueueKeys.address(ofQueueKey: key) else { throw LedgerError.damaged("a queue's key") }
            queues.append((address, try QueueRecord(stored: Array(value))))
            return .next
        }
        var learnt: [(UInt64, MessageSequence)] = []
        for (address, record) in queues {
            let sentBefore = now - Int64(record.attributes.retentionSeconds) * 1000
            let messages = try expired(of: record.space, from: oldest(record.space), sentBefore: sentBefore, in: snapshot) {
                learnt.append((record.space, $0))
            }
            if !messages.isEmpty { return (Expired(address: address, space: record.space, messages: messages), learnt) }
        }
        return (nil, learnt)
    }

    private static func expired(
        of space: UInt64, from start: MessageSequence, sentBefore: Int64, in snapshot: any Snapshot, _ first: (MessageSequence) -> Void
    ) throws -> [(sequence: MessageSequence, visibleAt: Int64)] {
        let range = KeyRange(from: QueueKeys.message(space, start), to: QueueKeys.all(QueueKeys.messageTag, of: space).upper)
        var messages: [(sequence: MessageSequence, visibleAt: Int64)] = []
        var isFirst = true
        var bytes = 0
        try snapshot.scan(range, .forward) { key, value in
            guard let sequence = QueueKeys.sequence(ofMessageKey: key) else { throw LedgerError.damaged("a message's key") }
            if isFirst { first(sequence) }
            isFirst = false
            let times = try MessageTimes(ofStored: value)
            guard times.sentAt <= sentBefore else { return .stop }
            messages.append((sequence, times.visibleAt))
            bytes += value.count
            return messages.count < QueueLimits.sweptPerStepMax && bytes < QueueLimits.sweptBytesPerStepMax ? .next : .stop
        }
        return messages
    }

    /// Removes those that are still there. The snapshot is older than the commit: they may have been received, deleted or purged since.
    static func expire(_ expired: Expired, engine: QueueEngine, in transaction: Transaction) throws {
        guard let record = try engine.find(expired.address, in: transaction), record.space == expired.space else { return }
        var removed = 0
        for message in expired.messages {
            let pointer = try transaction.get(QueueKeys.pointer(record.space, message.sequence)).map { Int64(StorageKeys.decodeCount($0)) }
            let position = VisibilityPosition(visibleAt: pointer ?? message.visibleAt, sequence: message.sequence)
            guard try transaction.get(QueueKeys.visibility(record.space, position)) != nil else { continue }
            engine.remove(record.space, position, wasReceived: pointer != nil, in: transaction)
            engine.memory.deleted(
                record.space, visibleAt: position.visibleAt, wasReceived: pointer != nil, now: transaction.now.milliseconds)
            removed += 1
        }
        if removed > 0 { try engine.change(countOf: record.space, by: -removed, in: transaction) }
    }
}
