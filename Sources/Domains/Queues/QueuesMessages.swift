import Model
import StoragePorts

/// One entry of a batch request: its id, and what the request says or why it cannot be understood.
package struct BatchEntry<Content: Sendable>: Sendable {
    package let id: String
    package let content: Result<Content, QueueError>

    package init(id: String, content: Result<Content, QueueError>) {
        self.id = id
        self.content = content
    }
}

/// What became of a batch: an outcome per entry, in the request's order.
package struct BatchOutcome<Value: Sendable>: Sendable {
    package let entries: [(id: String, result: Result<Value, QueueError>)]
    /// Nil when no entry was worth a commit.
    package let lsn: LSN?
}

/// A change of one message's visibility.
package struct VisibilityChange: Hashable, Sendable {
    package let receiptHandle: String
    package let seconds: Int

    package init(receiptHandle: String, seconds: Int) {
        self.receiptHandle = receiptHandle
        self.seconds = seconds
    }
}

extension Queues {
    // MARK: Sending

    package func send(_ message: OutgoingMessage, to address: QueueAddress) async throws -> Committed<SentMessage> {
        try MessageRules.validate(message)
        let encoded = try EncodedMessage(message, id: MessageID(engine.random))
        let lsn = try await commit(address) { [engine] transaction in
            let record = try engine.require(address, in: transaction)
            try MessageRules.checkSize(message, bytesMax: record.attributes.messageBytesMax)
            try engine.send([encoded], to: record, in: transaction)
        }.lsn
        return Committed(value: SentMessage(message, encoded.id), lsn: lsn)
    }

    /// Sends what is valid, all of it in one commit.
    package func sendBatch(_ entries: [BatchEntry<OutgoingMessage>], to address: QueueAddress) async throws -> BatchOutcome<SentMessage> {
        try Batches.validate(entries.map(\.id))
        let total = entries.reduce(0) { sum, entry in sum + ((try? entry.content.get().byteCount) ?? 0) }
        guard total <= QueueLimits.batchBytesMax else { throw QueueError.batchRequestTooLong(total) }
        let random = engine.random
        let checked = try entries.map { entry -> Batches.Checked<(OutgoingMessage, EncodedMessage)> in
            try Batches.check(entry) { message in
                try MessageRules.validate(message, inBatch: true)
                return (message, try EncodedMessage(message, id: MessageID(random)))
            }
        }
        return try await commitBatch(address, checked, durability: .synced) { engine, record, content, transaction in
            try MessageRules.checkSize(content.0, bytesMax: record.attributes.messageBytesMax, inBatch: true)
            try engine.send([content.1], to: record, in: transaction)
            return SentMessage(content.0, content.1.id)
        }
    }

    // MARK: Deleting and hiding

    /// Deletes the message, whichever of its receives the handle names; succeeds when it is gone already.
    package func deleteMessage(_ receiptHandle: String, from address: QueueAddress) async throws -> LSN {
        try await commit(address) { [engine] transaction in
            let record = try engine.require(address, in: transaction)
            try engine.delete(engine.handle(receiptHandle, of: record), from: record, in: transaction)
        }.lsn
    }

    package func deleteMessages(_ entries: [BatchEntry<String>], from address: QueueAddress) async throws -> BatchOutcome<Void> {
        try Batches.validate(entries.map(\.id))
        let checked = try entries.map { entry in try Batches.check(entry) { $0 } }
        return try await commitBatch(address, checked, durability: .synced) { engine, record, text, transaction in
            try engine.delete(engine.handle(text, of: record), from: record, in: transaction)
        }
    }

    /// Makes a message that was received visible `seconds` from now, 0 to 43,200.
    package func changeVisibility(_ change: VisibilityChange, in address: QueueAddress) async throws -> LSN {
        try MessageRules.check("VisibilityTimeout", change.seconds, QueueLimits.visibilityTimeoutSeconds)
        return try await commit(address) { [engine] transaction in
            let record = try engine.require(address, in: transaction)
            let handle = try engine.handle(change.receiptHandle, of: record)
            try engine.changeVisibility(handle, to: change.seconds, in: record, transaction)
        }.lsn
    }

    package func changeVisibilities(_ entries: [BatchEntry<VisibilityChange>], in address: QueueAddress) async throws -> BatchOutcome<Void>
    {
        try Batches.validate(entries.map(\.id))
        let checked = try entries.map { entry in
            try Batches.check(entry) { change in
                try MessageRules.check("VisibilityTimeout", change.seconds, QueueLimits.visibilityTimeoutSeconds)
                return change
            }
        }
        return try await commitBatch(address, checked, durability: .synced) { engine, record, change, transaction in
            let handle = try engine.handle(change.receiptHandle, of: record)
            try engine.changeVisibility(handle, to: change.seconds, in: record, transaction)
        }
    }

    /// Runs `body` for each entry that is worth it, in one commit. An entry that it refuses must not have changed anything.
    private func commitBatch<Content: Sendable, Value: Sendable>(
        _ address: QueueAddress, _ entries: [Batches.Checked<Content>], durability: Durability,
        _ body: @escaping @Sendable (QueueEngine, QueueRecord, Content, Transaction) throws -> Value
    ) async throws -> BatchOutcome<Value> {
        let committed = try await commit(address, durability: durability) { [engine] transaction in
            let record = try engine.require(address, in: transaction)
            return try entries.map { entry -> Batches.Checked<Value> in
                switch entry.result {
                case .failure(let error): return Batches.Checked(id: entry.id, result: .failure(error))
                case .success(let content):
                    do {
                        return Batches.Checked(id: entry.id, result: .success(try body(engine, record, content, transaction)))
                    } catch let error as QueueError {
                        return Batches.Checked(id: entry.id, result: .failure(error))
                    }
                }
            }
        }
        return BatchOutcome(entries: committed.value.map { ($0.id, $0.result) }, lsn: committed.lsn)
    }
}

/// Rules that all batches share.
enum Batches {
    struct Checked<Content: Sendable>: Sendable {
        let id: String
        let result: Result<Content, QueueError>
    }

    static func validate(_ ids: [String]) throws(QueueError) {
        if ids.isEmpty { throw .emptyBatch }
        guard ids.count <= QueueLimits.batchEntriesMax else { throw .tooManyBatchEntries(ids.count) }
        var seen: Set<String> = []
        for id in ids {
            guard MessageRules.isBatchEntryID(id) else { throw .invalidBatchEntryID }
            guard seen.insert(id).inserted else { throw .batchEntryIDsNotDistinct(id) }
        }
    }

    static func check<Content: Sendable, Value: Sendable>(
        _ entry: BatchEntry<Content>, _ body: (Content) throws -> Value
    ) throws -> Checked<Value> {
        do {
            return Checked(id: entry.id, result: .success(try body(try entry.content.get())))
        } catch let error as QueueError {
            return Checked(id: entry.id, result: .failure(error))
        }
    }
}

extension SentMessage {
    init(_ message: OutgoingMessage, _ id: MessageID) {
        self.init(
            messageID: id.description, bodyMD5: MessageDigests.body(message.body),
            attributesMD5: MessageDigests.attributes(message.attributes),
            systemAttributesMD5: MessageDigests.systemAttributes(traceHeader: message.traceHeader))
    }
}
