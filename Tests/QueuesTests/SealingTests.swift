import Bytes
import Envelope
import Model
import ModelLedger
import Queues
import SimulationKit
import StoragePorts
import Testing

/// Queues that encrypt.
@Suite struct SealingTests {
    private static let secret = "the quick brown fox, \(String(repeating: "again and ", count: 20))"

    private func encrypted(_ isEncrypted: Bool) -> QueueAttributeChanges {
        var changes = QueueAttributeChanges()
        changes.isEncrypted = isEncrypted
        return changes
    }

    /// Whether a text lies anywhere in the ledger, in its records or its state.
    private func holds(_ fixture: QueueFixture, _ text: String) -> Bool {
        func has(_ bytes: [UInt8]) -> Bool {
            let wanted = Array(text.utf8)
            return bytes.indices.dropLast(wanted.count - 1).contains { bytes[$0...].starts(with: wanted) }
        }
        let facts = fixture.ledger.allRecords.flatMap(\.facts).map(\.payload)
        return (facts + fixture.ledger.contents.map(\.value)).contains(where: has)
    }

    @Test func nothingOfTheContentLiesInTheLedger() async throws {
        let fixture = QueueFixture(encrypts: true)
        let jobs = try await fixture.makeQueue("jobs")
        let attribute = MessageAttribute(name: "hidden-name", type: "String", value: .text("hidden value"))
        let message = OutgoingMessage(
            body: Self.secret, attributes: [attribute], traceHeader: "hidden-trace", groupID: "hidden-group", sender: "me")
        let sent = try await fixture.queues.send(message, to: jobs).value
        for text in ["brown fox", "hidden"] { #expect(!holds(fixture, text), "\(text)") }
        let received = try #require(try await fixture.receive(from: jobs).first)
        #expect(received.messageID == sent.messageID && received.body == Self.secret && received.bodyMD5 == sent.bodyMD5)
        #expect(
            received.attributes == [attribute] && received.groupID == "hidden-group" && received.traceHeader == "hidden-trace"
                && received.sender == "me")
    }

    @Test func aNotificationIsSealedToo() async throws {
        let fixture = QueueFixture(encrypts: true)
        let jobs = try await fixture.makeQueue("jobs")
        _ = try await fixture.notify(jobs, "a secret event")
        let messages = fixture.ledger.contents.filter { $0.key[0] == 0x31 }
        #expect(messages.count == 1 && !Hex.encode(messages[0].value).contains(Hex.encode(Array("secret event".utf8))))
        #expect(try await fixture.receive(from: jobs).map(\.body) == ["a secret event"])
    }

    @Test func eachMessageIsKeptAsTheQueueWasWhenItCame() async throws {
        let fixture = QueueFixture()
        let jobs = try await fixture.makeQueue("jobs")
        for (isEncrypted, body) in [(false, "first"), (true, "second"), (false, "third"), (true, "fourth")] {
            _ = try await fixture.queues.setAttributes(jobs, encrypted(isEncrypted))
            #expect(try await fixture.queues.describe(jobs).attributes.isEncrypted == isEncrypted)
            try await fixture.send(body, to: jobs)
        }
        #expect(["first", "second", "third", "fourth"].map { holds(fixture, $0) } == [true, false, true, false])
        #expect(try await fixture.receive(from: jobs).map(\.body) == ["first", "second", "third", "fourth"])
    }

    @Test func aQueueThatStandsIsFoundOnlyWithTheSameEncryption() async throws {
        let fixture = QueueFixture(encrypts: true)
        let jobs = try await fixture.makeQueue("jobs")
        _ = try await fixture.queues.create(jobs)
        _ = try await fixture.queues.create(jobs, encrypted(true))
        await #expect(throws: QueueError.queueNameExists(attribute: "SqsManagedSseEnabled")) {
            try await fixture.queues.create(jobs, encrypted(false))
        }
    }

    /// The dead letter is sealed by the key of the queue that it goes to, or not at all.
    @Test(arguments: [(true, true), (true, false), (false, true)])
    func deadLettersAndBack(isEncrypted: Bool, deadIsEncrypted: Bool) async throws {
        let fixture = QueueFixture()
        let dead = try await fixture.makeQueue("dead") { $0.isEncrypted = deadIsEncrypted }
        let jobs = try await fixture.makeQueue("jobs") {
            $0.isEncrypted = isEncrypted
            $0.redrive = .some(RedrivePolicy(deadLetter: fixture.engine.arn(of: dead), receivesMax: 1))
        }
        let id = try await fixture.send(Self.secret, to: jobs)
        for _ in 0..<2 { _ = try await fixture.receive(from: jobs, timeout: 0) }
        #expect(holds(fixture, "brown fox") == !deadIsEncrypted, "what it was in the other queue is gone")
        let letter = try #require(try await fixture.receive(from: dead, timeout: 0).first)
        #expect(letter.messageID == id && letter.body == Self.secret)
        _ = try await fixture.queues.startMove(from: dead, to: nil, perSecondMax: nil)
        while try await fixture.queues.stepMoves() == .zero {}
        let back = try #require(try await fixture.receive(from: jobs, timeout: 0).first)
        #expect(back.messageID != id && back.body == Self.secret)
    }

    @Test func anotherProcessReadsWhatWasSealed() async throws {
        let fixture = QueueFixture(encrypts: true)
        let jobs = try await fixture.makeQueue("jobs")
        try await fixture.send("a", to: jobs)
        let queues = fixture.restarted()
        _ = try await queues.send(OutgoingMessage(body: "b", sender: "me"), to: jobs)
        #expect(try await queues.receive(ReceiveRequest(countMax: 10), from: jobs).map(\.body) == ["a", "b"])
    }

    @Test func keysAreWrappedAgainByTheCurrentMasterKey() async throws {
        let fixture = QueueFixture(encrypts: true)
        let jobs = try await fixture.makeQueue("jobs")
        for number in 0..<200 { _ = try await fixture.makeQueue("more-\(number)") }
        _ = try await fixture.makeQueue("open") { $0.isEncrypted = false }
        try await fixture.send("a", to: jobs)
        func noted() async throws -> [UInt64] { try await fixture.ledger.read { try $0.notedMasterKeys() } }
        #expect(try await noted() == [QueueFixture.masterKeys(1).currentID.rawValue])
        let commits = fixture.ledger.applied
        #expect(try await fixture.restarted(masterKeys: QueueFixture.masterKeys(1)).rewrapKeys() == 0)
        #expect(fixture.ledger.applied == commits, "nothing to do")
        #expect(try await fixture.restarted(masterKeys: QueueFixture.masterKeys(2, 1)).rewrapKeys() == 0)
        #expect(try await noted().contains(QueueFixture.masterKeys(2).currentID.rawValue))
        let queues = fixture.restarted(masterKeys: QueueFixture.masterKeys(2))
        #expect(try await queues.receive(ReceiveRequest(countMax: 10), from: jobs).map(\.body) == ["a"])
        #expect(try await fixture.restarted(masterKeys: QueueFixture.masterKeys(3)).rewrapKeys() == 201, "left as they are")
    }

    @Test func aChangedMessageIsNotHandedOut() async throws {
        let fixture = QueueFixture(encrypts: true)
        let jobs = try await fixture.makeQueue("jobs")
        try await fixture.send(Self.secret, to: jobs)
        let stored = try #require(fixture.ledger.contents.first { $0.key[0] == 0x31 })
        _ = try await fixture.ledger.commit { transaction in
            var value = stored.value
            value[value.count - 40] ^= 1
            transaction.put(stored.key, value)
        }
        await #expect(throws: LedgerError.damaged("a queue's sealed message")) { try await fixture.receive(from: jobs) }
    }
}
