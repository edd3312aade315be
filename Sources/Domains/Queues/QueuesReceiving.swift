import Model
import StoragePorts

extension Queues {
    /// How long a receive waits for the commit of a message that it took to become durable, before it gives up.
    private static let durableWait: Duration = .seconds(30)

    /// Receives up to `countMax` messages and hides them for the visibility timeout. When there are none it waits, and returns as
    /// soon as there is one, or empty when the time is over, the caller is cancelled or the server stops.
    ///
    /// The messages' own commits are durable on return. The receive itself may be undone by a crash within the next sync: the messages are
    /// then received again.
    package func receive(_ request: ReceiveRequest, from address: QueueAddress) async throws -> [ReceivedMessage] {
        try request.validate()
        let start = now
        if request.waitSeconds == 0, memory.isKnownEmpty(address, now: start.wall) { return [] }
        let ticket = memory.nextTicket()
        while true {
            let attempt = try await look(request, address)
            if !attempt.messages.isEmpty { return try await finish(attempt, request) }
            let wait = request.waitSeconds ?? attempt.record.attributes.receiveWaitSeconds
            if wait == 0 { return [] }
            let deadline = start.monotonic + UInt64(wait) * 1_000_000_000
            switch try await memory.wait(attempt.record.space, ticket: ticket, until: deadline, now: now) {
            case .look:
                guard !Task.isCancelled else {
                    memory.passOn(attempt.record.space)
                    return []
                }
            case .timedOut, .closed: return []
            }
        }
    }

    private func look(_ request: ReceiveRequest, _ address: QueueAddress) async throws -> ReceiveAttempt {
        do {
            return try await commit(address, durability: .relaxed) { [engine] in try engine.receive(request, from: address, in: $0) }.value
        } catch {
            // Whoever was woken for a message and cannot look leaves it to the next.
            memory.passOn(address)
            throw error
        }
    }

    /// A receive is acknowledged before its sync, but what it hands out must be there after a crash, and for every reader now.
    private func finish(_ attempt: ReceiveAttempt, _ request: ReceiveRequest) async throws -> [ReceivedMessage] {
        let newest = LSN(attempt.messages.map(\.sequence.lsn).max() ?? 0)
        if newest > ledger.applied {
            guard await ledger.waitUntilApplied(newest, timeout: Self.durableWait) else { throw LedgerError.busy }
        }
        return try attempt.messages.map { taken in
            let stored = try engine.decode(taken.bytes, of: attempt.record)
            return ReceivedMessage(taken, stored, attempt.record, request.attributes)
        }
    }
}

extension ReceivedMessage {
    /// `stored` in the clear.
    fileprivate init(_ taken: TakenMessage, _ stored: StoredMessage, _ record: QueueRecord, _ selection: AttributeSelection) {
        let attributes = stored.attributes.map(\.attribute).filter { selection.contains($0.name) }
            .sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
        let handle = ReceiptHandle(
            incarnation: record.incarnation, space: record.space, sequence: taken.sequence, receives: taken.state.receives)
        let wasReceivedBefore = stored.priorFirstReceivedAtMs != 0
        self.init(
            messageID: stored.id.description, receiptHandle: handle.text, body: stored.body, bodyMD5: MessageDigests.body(stored.body),
            attributes: attributes, attributesMD5: MessageDigests.attributes(attributes), sender: stored.sender,
            sent: Timestamp(milliseconds: stored.sentAtMs), receiveCount: Int(stored.priorReceives + taken.state.receives),
            firstReceived: Timestamp(milliseconds: wasReceivedBefore ? stored.priorFirstReceivedAtMs : taken.state.firstReceivedAt),
            traceHeader: stored.traceHeader.isEmpty ? nil : stored.traceHeader, groupID: stored.groupID.isEmpty ? nil : stored.groupID,
            deadLetterSource: stored.deadLetterSourceArn.isEmpty ? nil : stored.deadLetterSourceArn)
    }
}
