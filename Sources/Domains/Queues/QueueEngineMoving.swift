import Model
import StoragePorts
import SwiftProtobuf

/// A running move task, as the ledger lists it.
struct RunningMove: Sendable {
    let source: QueueAddress
    /// The source's.
    let incarnation: UInt64
    /// Of the commit that started the task: newer messages are not its business.
    let lsn: UInt64
}

/// Move tasks, step by step. A task goes through the messages that its queue held at the start, in the order in which they came, and
/// remembers how far it is: so it goes on after a crash, and no step walks over what earlier ones moved. Messages in flight or
/// delayed stay.
extension QueueEngine {
    /// Returns the task's id. Whether the source is a dead-letter queue is for the caller to know.
    func startMove(
        from source: QueueAddress, to destination: QueueAddress?, perSecondMax: Int?, in transaction: Transaction
    ) throws -> String {
        guard let record = try find(source, in: transaction) else { throw QueueError.noSuchResource("SourceArn") }
        if let destination, try find(destination, in: transaction) == nil { throw QueueError.noSuchResource("DestinationArn") }
        let kept = try moves(of: record.incarnation, in: transaction)
        guard !kept.contains(where: { $0.task.status == .running }) else {
            throw QueueError.invalidParameter(
                "There is already a task running. Only one active task is allowed for a source queue arn at a given time.")
        }
        for old in kept.dropLast(QueueLimits.keptMoveTasksMax - 1) { transaction.delete(QueueKeys.move(record.incarnation, old.lsn)) }
        var task = StoredMoveTask()
        task.id = MessageID(random)
        task.destinationArn = destination.map { arn(of: $0).description } ?? ""
        task.perSecondMax = UInt32(perSecondMax ?? 0)
        task.startedAtMs = transaction.now.milliseconds
        task.countAtStart = try count(of: record.space, in: transaction)
        // The first message goes at once.
        task.pacedUntilMs = task.startedAtMs - task.milliseconds(for: 1)
        let lsn = transaction.lsn.rawValue
        transaction.put(QueueKeys.move(record.incarnation, lsn), try task.serializedBytes())
        transaction.put(QueueKeys.runningMove(record.incarnation, lsn), QueueKeys.queue(source))
        return task.id.description
    }

    /// The queue's tasks, the oldest first.
    func moves(of incarnation: UInt64, in reader: some KeyValueReader) throws -> [(lsn: UInt64, task: StoredMoveTask)] {
        var tasks: [(UInt64, StoredMoveTask)] = []
        try reader.scan(QueueKeys.moves(of: incarnation), .forward) { key, value in
            guard key.count == QueueKeys.moveKeyBytes else { throw LedgerError.damaged("a move task's key") }
            tasks.append((QueueKeys.number(key, at: 9), try StoredMoveTask(ofQueue: Array(value))))
            return .next
        }
        return tasks
    }

    /// Every running task.
    func runningMoves(in reader: some KeyValueReader) throws -> [RunningMove] {
        var running: [RunningMove] = []
        try reader.scan(QueueKeys.allRunningMoves, .forward) { key, value in
            guard key.count == QueueKeys.moveKeyBytes, let source = QueueKeys.address(ofQueueKey: value) else {
                throw LedgerError.damaged("a running move task")
            }
            running.append(RunningMove(source: source, incarnation: QueueKeys.number(key, at: 1), lsn: QueueKeys.number(key, at: 9)))
            return .next
        }
        return running
    }

    /// Ends a running task where it is. Returns how many messages it moved.
    func cancelMove(_ id: String, of source: QueueAddress, in transaction: Transaction) throws -> Int {
        guard let record = try find(source, in: transaction) else { throw QueueError.noSuchResource("SourceArn") }
        guard let found = try moves(of: record.incarnation, in: transaction).first(where: { $0.task.id.description == id }) else {
            throw QueueError.noSuchMoveTask
        }
        var task = found.task
        guard task.status == .running else { throw QueueError.invalidParameter("Only active tasks can be cancelled.") }
        task.status = .cancelled
        try keep(task, RunningMove(source: source, incarnation: record.incarnation, lsn: found.lsn), in: transaction)
        return Int(task.movedCount)
    }

    /// What a deleted queue leaves of its tasks: nothing.
    func discardMoves(of incarnation: UInt64, in transaction: Transaction) throws {
        for (lsn, _) in try moves(of: incarnation, in: transaction) {
            transaction.delete(QueueKeys.move(incarnation, lsn))
            transaction.delete(QueueKeys.runningMove(incarnation, lsn))
        }
    }

    /// One step of a task. Returns in how many milliseconds the next is due; nil when the task has ended.
    func stepMove(_ running: RunningMove, in transaction: Transaction) throws -> Int64? {
        guard let bytes = try transaction.get(QueueKeys.move(running.incarnation, running.lsn)),
            let record = try find(running.source, in: transaction), record.incarnation == running.incarnation
        else { return nil }
        var task = try StoredMoveTask(ofQueue: bytes)
        guard task.status == .running else { return nil }
        let now = transaction.now.milliseconds
        let allowance = task.allowance(at: now)
        guard allowance > 0 else { return task.pause(at: now) }
        let step = MoveStep(engine: self, running: running, record: record, transaction: transaction)
        let moved = try step.run(&task, countMax: min(allowance, QueueLimits.movedPerStepMax))
        if moved > 0 { try change(countOf: record.space, by: -moved, in: transaction) }
        task.movedCount += UInt64(moved)
        task.pace(moved, at: now)
        try keep(task, running, in: transaction)
        guard task.status == .running else { return nil }
        return task.allowance(at: now) > 0 ? 0 : task.pause(at: now)
    }

    private func keep(_ task: StoredMoveTask, _ running: RunningMove, in transaction: Transaction) throws {
        transaction.put(QueueKeys.move(running.incarnation, running.lsn), try task.serializedBytes())
        if task.status != .running { transaction.delete(QueueKeys.runningMove(running.incarnation, running.lsn)) }
    }
}

/// A step under way.
private struct MoveStep {
    let engine: QueueEngine
    let running: RunningMove
    let record: QueueRecord
    let transaction: Transaction

    /// Moves up to `countMax` messages and notes in the task how far it is and whether it has ended. Returns how many.
    func run(_ task: inout StoredMoveTask, countMax: Int) throws -> Int {
        let (messages, isLast) = try scan(from: task.next)
        var moved = 0
        for (sequence, bytes) in messages {
            guard moved < countMax else { return moved }
            if let position = try visiblePosition(of: sequence, bytes) {
                guard let target = try target(of: bytes, &task) else {
                    task.status = .failed
                    return moved
                }
                try move(bytes, at: position, to: target)
                moved += 1
            }
            task.next = sequence.successor
        }
        if isLast { task.status = .completed }
        return moved
    }

    /// The next messages that were there when the task started, and whether these are the last.
    private func scan(from next: MessageSequence) throws -> (found: [(MessageSequence, [UInt8])], isLast: Bool) {
        let end = MessageSequence(lsn: running.lsn, index: 0)
        guard next < end else { return ([], true) }
        var found: [(MessageSequence, [UInt8])] = []
        var bytes = 0
        let range = KeyRange(from: QueueKeys.message(record.space, next), to: QueueKeys.message(record.space, end))
        var isLast = true
        try transaction.scan(range) { key, value in
            guard let sequence = QueueKeys.sequence(ofMessageKey: key) else { throw LedgerError.damaged("a message's key") }
            guard found.count < QueueLimits.movedPerStepMax, bytes < QueueLimits.sweptBytesPerStepMax else {
                isLast = false
                return .stop
            }
            found.append((sequence, Array(value)))
            bytes += value.count
            return .next
        }
        return (found, isLast)
    }

    /// Nil for a message that nobody could receive now: in flight, delayed, or past its time.
    private func visiblePosition(of sequence: MessageSequence, _ bytes: [UInt8]) throws -> VisibilityPosition? {
        let now = transaction.now.milliseconds
        let times = try bytes.withUnsafeBytes { try MessageTimes(ofStored: $0) }
        guard times.sentAt + Int64(record.attributes.retentionSeconds) * 1000 > now else { return nil }
        let pointer = try transaction.get(QueueKeys.pointer(record.space, sequence)).map { Int64(StorageKeys.decodeCount($0)) }
        let visibleAt = pointer ?? times.visibleAt
        return visibleAt <= now ? VisibilityPosition(visibleAt: visibleAt, sequence: sequence) : nil
    }

    /// Nil when there is none, and then the task has its reason.
    private func target(of bytes: [UInt8], _ task: inout StoredMoveTask) throws -> QueueRecord? {
        var destination = task.destinationArn
        if destination.isEmpty { destination = try StoredMessage(ofQueue: bytes).deadLetterSourceArn }
        guard let address = engine.address(ofARN: destination) else {
            task.failure = MoveTask.Failure.noSource.rawValue
            return nil
        }
        let target = try engine.find(address, in: transaction)
        if target == nil { task.failure = MoveTask.Failure.noDestination.rawValue }
        return target
    }

    private func move(_ bytes: [UInt8], at position: VisibilityPosition, to target: QueueRecord) throws {
        let wasReceived = try transaction.get(QueueKeys.pointer(record.space, position.sequence)) != nil
        engine.remove(record.space, position, wasReceived: wasReceived, in: transaction)
        try engine.redrive(bytes, of: record, to: target, in: transaction)
    }
}
