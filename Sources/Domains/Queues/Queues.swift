import Environment
import Model
import StoragePorts

/// Standard queues over a ledger: the asynchronous shell around `QueueEngine`.
///
/// Every write is durable on return unless it says otherwise. Throws `QueueError` for what the rules refuse and
/// `LedgerError` for storage's failures. `run` must run for long polls to end in time.
package final class Queues: Sendable {
    package let engine: QueueEngine
    let ledger: any Ledger
    let clock: any Clock
    /// Wakes the task that makes the moves.
    let moveAlarm = Alarm()

    /// The ledger must have been given the engine's reactions, and no other engine may serve the same ledger. Nothing may be put into a
    /// queue before.
    package init(engine: QueueEngine, ledger: any Ledger, clock: any Clock, encryption: QueueEncryption) {
        engine.sealing.use(encryption)
        self.engine = engine
        self.ledger = ledger
        self.clock = clock
    }

    var memory: QueueMemory { engine.memory }

    var now: QueueMemory.Instant {
        QueueMemory.Instant(wall: clock.now().milliseconds, monotonic: clock.monotonicNanoseconds())
    }

    /// Commits, and forgets what the process believes of queues when the commit failed after its closure may have run.
    func commit<Value: Sendable>(
        _ address: QueueAddress, durability: Durability = .synced, _ body: @escaping @Sendable (Transaction) throws -> Value
    ) async throws -> Committed<Value> {
        // A record that was seen before is read again only after a queue's record changed, and then it is in memory.
        let unknown = memory.knows(address) ? [] : [QueueKeys.queue(address)]
        do {
            return try await ledger.commit(reading: unknown, durability: durability, body)
        } catch let error as QueueError {
            throw error
        } catch LedgerError.busy {
            throw LedgerError.busy
        } catch {
            memory.distrust()
            throw error
        }
    }

    // MARK: Queues

    /// Puts queues that were kept before there were regions into the server's own. Call it before anything is served.
    package func settleRegions() async throws {
        let region = engine.region
        let stray = try await ledger.read { snapshot in
            var stray: [(from: [UInt8], to: [UInt8])] = []
            try snapshot.scan(QueueKeys.allQueues, .forward) { key, _ in
                if let settled = QueueKeys.key(key, settledIn: region) { stray.append((Array(key), settled)) }
                return .next
            }
            return stray
        }
        if stray.isEmpty { return }
        _ = try await ledger.commit { transaction in
            for (from, to) in stray {
                guard let record = try transaction.get(from) else { continue }
                transaction.delete(from)
                transaction.put(to, record)
            }
            var moves: [(key: [UInt8], queue: [UInt8])] = []
            try transaction.scan(QueueKeys.allRunningMoves) { key, queue in
                if let settled = QueueKeys.key(queue, settledIn: region) { moves.append((Array(key), settled)) }
                return .next
            }
            for (key, queue) in moves { transaction.put(key, queue) }
        }
    }

    /// Makes a queue, or finds the one that stands with the same attributes. Throws `.queueNameExists` when they differ.
    package func create(
        _ address: QueueAddress, _ changes: QueueAttributeChanges = QueueAttributeChanges(), tags: [(key: String, value: String)] = []
    ) async throws -> LSN {
        guard !address.name.isFIFO else { throw QueueError.unsupported("FIFO queues") }
        try changes.validate()
        try QueueTags.validate(tags)
        return try await commit(address) { [engine] in try engine.create(address, changes, tags: tags, in: $0) }.lsn
    }

    package func exists(_ address: QueueAddress) async throws -> Bool {
        try await ledger.read { try $0.get(QueueKeys.queue(address)) } != nil
    }

    package func describe(_ address: QueueAddress) async throws -> QueueDescription {
        let (record, total) = try await ledger.read { [engine] snapshot in
            let record = try engine.require(address, in: snapshot)
            return (record, Int(try engine.count(of: record.space, in: snapshot)))
        }
        let counts = try await counts(of: record.space)
        return QueueDescription(
            arn: engine.arn(of: address), attributes: record.attributes, created: record.created, modified: record.modified,
            visibleCount: max(0, total - counts.inFlight - counts.delayed), inFlightCount: counts.inFlight, delayedCount: counts.delayed)
    }

    private func counts(of space: UInt64) async throws -> QueueMemory.Counts {
        if let counts = memory.counts(space, now: now.wall) { return counts }
        // Learnt inside a commit, so that nothing happens between reading and believing.
        _ = try await ledger.commit { [engine] in
            try engine.learnTimes(space, now: $0.now.milliseconds, in: $0)
        }
        return memory.counts(space, now: now.wall) ?? QueueMemory.Counts(inFlight: 0, delayed: 0)
    }

    /// Up to `countMax` names of the account's queues with `prefix`, in order, after the name `after`; and whether there are more.
    package func list(
        account: AccountID, region: Region, prefix: String = "", after: String? = nil, countMax: Int = QueueLimits.listedQueuesMax
    ) async throws -> (names: [QueueName], hasMore: Bool) {
        let all = QueueKeys.queues(of: account, in: region)
        let range = KeyRange.prefix(all + Array(prefix.utf8))
        let start = after.map { all + Array($0.utf8) + [0] }
        let lower = start.flatMap { range.lower.lexicographicallyPrecedes($0) ? $0 : nil } ?? range.lower
        let names = try await ledger.read { snapshot in
            var names: [QueueName] = []
            try snapshot.scan(KeyRange(from: lower, to: range.upper), .forward) { key, _ in
                names.append(QueueName(stored: String(decoding: key[all.count...], as: UTF8.self)))
                return names.count <= countMax ? .next : .stop
            }
            return names
        }
        return (Array(names.prefix(countMax)), names.count > countMax)
    }

    /// Queues that name this one as their dead-letter queue, in order of name; they are of its account and region. Reads every queue there.
    package func deadLetterSources(of address: QueueAddress) async throws -> [QueueAddress] {
        let range = KeyRange.prefix(QueueKeys.queues(of: address.account, in: address.region))
        return try await ledger.read { [engine] snapshot in
            _ = try engine.require(address, in: snapshot)
            var sources: [QueueAddress] = []
            try snapshot.scan(range, .forward) { key, value in
                if let redrive = try QueueRecord(stored: Array(value)).attributes.redrive, engine.address(of: redrive.deadLetter) == address
                {
                    guard let source = QueueKeys.address(ofQueueKey: key) else { throw LedgerError.damaged("a queue's key") }
                    sources.append(source)
                }
                return .next
            }
            return sources
        }
    }

    package func setAttributes(_ address: QueueAddress, _ changes: QueueAttributeChanges) async throws -> LSN {
        try changes.validate()
        return try await commit(address) { [engine] in try engine.setAttributes(address, changes, in: $0) }.lsn
    }

    /// Puts what `change` makes of the queue's policy in its place, whatever else changes it meanwhile. `change` throws `QueueError`.
    package func changePolicy(_ address: QueueAddress, _ change: @escaping @Sendable (String?) throws -> String?) async throws -> LSN {
        try await commit(address) { [engine] in try engine.changePolicy(address, change, in: $0) }.lsn
    }

    /// The queue and its messages are gone on return; their bytes go later, with `sweepStep`. The name is free at once.
    package func delete(_ address: QueueAddress) async throws -> LSN {
        let committed = try await commit(address) { [engine] in try engine.delete(address, in: $0) }
        memory.drop(address, space: committed.value)
        return committed.lsn
    }

    /// All messages sent before it are gone on return, also those in flight. Throws `.purgeInProgress` soon after another purge.
    package func purge(_ address: QueueAddress) async throws -> LSN {
        let committed = try await commit(address) { [engine] in try engine.purge(address, in: $0) }
        memory.drop(address, space: committed.value)
        return committed.lsn
    }

    // MARK: Tags

    package func tags(of address: QueueAddress) async throws -> [(key: String, value: String)] {
        try await ledger.read { [engine] in try engine.require(address, in: $0) }.tags
    }

    package func tag(_ address: QueueAddress, _ tags: [(key: String, value: String)]) async throws -> LSN {
        try QueueTags.validate(tags)
        return try await commit(address) { [engine] in try engine.changeTags(address, adding: tags, removing: [], in: $0) }.lsn
    }

    package func untag(_ address: QueueAddress, _ keys: [String]) async throws -> LSN {
        try await commit(address) { [engine] in try engine.changeTags(address, adding: [], removing: keys, in: $0) }.lsn
    }
}

enum QueueTags {
    static func validate(_ tags: [(key: String, value: String)]) throws(QueueError) {
        guard tags.count <= QueueLimits.tagsMax else { throw .invalidParameter("Too many tags: at most \(QueueLimits.tagsMax).") }
        for tag in tags {
            guard (1...QueueLimits.tagKeyCharactersMax).contains(tag.key.unicodeScalars.count) else {
                throw .invalidParameter("Tag keys must be between 1 and \(QueueLimits.tagKeyCharactersMax) characters in length.")
            }
            guard tag.value.unicodeScalars.count <= QueueLimits.tagValueCharactersMax else {
                throw .invalidParameter("Tag values must be between 0 and \(QueueLimits.tagValueCharactersMax) characters in length.")
            }
        }
    }
}
