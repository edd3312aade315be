import Bytes
import Envelope
import Model
import ModelLedger
import Queues
import SimulationKit
import StoragePorts
import Testing

/// Every entry that queues keep, byte for byte: a change here is a change of the format (docs/FORMAT.md).
@Suite struct FormatTests {
    /// Its bytes, `00 00 01 02 03 04 05 06`, tell their order.
    static let time = Timestamp(milliseconds: 0x0102_0304_0506)

    /// All entries of the domain, `key value` in hexadecimal digits, in the order of the keys.
    func entries(of fixture: QueueFixture) -> [String] {
        fixture.ledger.contents.filter { (0x30..<0x40).contains($0.key[0]) }
            .map { "\(Hex.encode($0.key)) \(Hex.encode($0.value))" }
    }

    @Test func queues() async throws {
        let fixture = QueueFixture()
        fixture.clock.set(to: Self.time)
        let dead = try await fixture.makeQueue("dead")
        var changes = QueueAttributeChanges()
        changes.delaySeconds = 1
        changes.messageBytesMax = 2048
        changes.retentionSeconds = 60
        changes.receiveWaitSeconds = 20
        changes.visibilityTimeoutSeconds = 300
        changes.policy = .some("{}")
        changes.redrive = .some(RedrivePolicy(deadLetter: fixture.engine.arn(of: dead), receivesMax: 5))
        changes.redriveAllow = .some(.byQueue([fixture.engine.arn(of: dead)]))
        _ = try await fixture.queues.create(QueueFixture.address("jobs"), changes, tags: [("team", "a")])
        let arn = Hex.encode(Array("arn:aws:sqs:us-east-1:000000000000:dead".utf8))
        #expect(
            entries(of: fixture) == [
                // 30 account "us-east-1" 00 "dead": incarnation, space, created, modified, then the settings that are not 0.
                "30303030303030303030303030" + "75732d656173742d310064656164 " + "090100000000000000" + "110100000000000000"
                    + "18868a9098a020" + "20868a9098a020"
                    + "30808040" + "38808c15" + "481e",
                "30303030303030303030303030" + "75732d656173742d31006a6f6273 " + "090200000000000000" + "110200000000000000"
                    + "18868a9098a020" + "20868a9098a020"
                    + "2801" + "308010" + "383c" + "4014" + "48ac02" + "52027b7d" + "5a2b0a27\(arn)1005" + "622b08021227\(arn)"
                    + "6a090a047465616d120161",
            ])
    }

    /// 30 account name, without a region; and 37 with such a key.
    @Test func queuesFromBeforeThereWereRegions() async throws {
        let fixture = QueueFixture()
        let dead = try await fixture.makeQueue("dead")
        _ = try await fixture.makeQueue("jobs") {
            $0.redrive = .some(RedrivePolicy(deadLetter: fixture.engine.arn(of: dead), receivesMax: 1))
        }
        try await fixture.send("x", to: dead)
        _ = try await fixture.queues.startMove(from: dead, to: QueueFixture.address("jobs"), perSecondMax: 1)
        let now = entries(of: fixture)
        let region = "\(Hex.encode(Array("us-east-1".utf8)))00"
        _ = try await fixture.ledger.commit { [contents = fixture.ledger.contents] transaction in
            for (key, value) in contents where key[0] == 0x30 {
                transaction.delete(key)
                transaction.put(Array(key[..<13]) + Array(key[23...]), value)
            }
            for (key, value) in contents where key[0] == 0x37 { transaction.put(key, Array(value[..<13]) + Array(value[23...])) }
        }
        #expect(entries(of: fixture) == now.map { $0.replacing(region, with: "") })
        let queues = fixture.restarted()
        try await queues.settleRegions()
        #expect(entries(of: fixture) == now)
        let commits = fixture.ledger.applied
        try await queues.settleRegions()
        #expect(fixture.ledger.applied == commits && now.contains { $0.contains(region) })
    }

    @Test func aPurgedQueueAndAGroupsMessage() async throws {
        let fixture = QueueFixture()
        fixture.clock.set(to: Self.time)
        let jobs = try await fixture.makeQueue("jobs")
        _ = try await fixture.queues.purge(jobs)
        while try await fixture.queues.sweepStep() {}
        _ = try await fixture.queues.send(OutgoingMessage(body: "x", groupID: "g", sender: "me"), to: jobs)
        let stored = entries(of: fixture)
        // The record ends with when it was purged, and the space is the purge's position.
        #expect(stored[0].hasSuffix("481e" + "70868a9098a020") && stored[0].contains("090100000000000000" + "110200000000000000"))
        #expect(stored[1].hasSuffix("2a026d65" + "5a0167" + "7a0178"))
    }

    @Test func aMessageBeforeAndAfterItsReceive() async throws {
        let fixture = QueueFixture()
        fixture.clock.set(to: Self.time)
        let jobs = try await fixture.makeQueue("jobs")
        let attributes = [
            MessageAttribute(name: "n", type: "Number", value: .text("7")),
            MessageAttribute(name: "b", type: "Binary.x", value: .binary([0, 255])),
        ]
        let message = OutgoingMessage(body: "hello", attributes: attributes, traceHeader: "Root=1", delaySeconds: 0, sender: "me")
        _ = try await fixture.queues.send(message, to: jobs)
        let stored = entries(of: fixture)
        #expect(
            Array(stored.dropFirst()) == [
                // 31 space lsn index: the times, the id's halves, sender, trace, two attributes, body.
                "310000000000000001000000000000000200000000 " + "090605040302010000" + "110605040302010000" + "19c14c0289ec2d0a91"
                    + "2167ec8e65a18debbe" + "2a026d65" + "3206526f6f743d31" + "520e0a016e12064e756d6265721a0137"
                    + "52110a0162120842696e6172792e78220200ff" + "7a0568656c6c6f",
                // 32 space visibleAt lsn index: never received.
                "3200000000000000010000010203040506000000000000000200000000 0000000000000000000000000000000000000000",
                // 34 space: one message.
                "340000000000000001 0000000000000001",
            ])
        let received = try #require(try await fixture.receive(from: jobs, timeout: 1).first)
        #expect(entries(of: fixture)[1] == stored[1], "a message is written once")
        #expect(
            Array(entries(of: fixture).dropFirst(2)) == [
                // A second later; received once, first and last now.
                "32000000000000000100000102030408ee000000000000000200000000 " + "00000001" + "0000010203040506" + "0000010203040506",
                // 33 space lsn index: where its 32 entry is.
                "330000000000000001000000000000000200000000 00000102030408ee",
                "340000000000000001 0000000000000001",
            ])
        // Version, incarnation, space, lsn, index, receives, CRC-32C of all that.
        #expect(
            Hex.encode(try #require(Base64.decode(received.receiptHandle)))
                == "01" + "0000000000000001" + "0000000000000001" + "0000000000000002" + "00000000" + "00000001" + "af4d3a76")
    }

    @Test func aQueueThatEncrypts() async throws {
        let fixture = QueueFixture(encrypts: true)
        fixture.clock.set(to: Self.time)
        let jobs = try await fixture.makeQueue("jobs")
        _ = try await fixture.queues.send(OutgoingMessage(body: "hello", groupID: "g", sender: "me"), to: jobs)
        let stored = entries(of: fixture)
        // The record ends with that it encrypts, and its key: 81 bytes, wrapped under the context "roost queue" and the incarnation.
        let wrapped = try #require(Hex.decode(String(stored[0].suffix(162))))
        #expect(stored[0].dropLast(162).hasSuffix("481e" + "7801" + "820151"))
        let context = WrapContext("roost queue", [StorageKeys.bigEndian(1)])
        let key = try #require(DataKey(bytes: try QueueFixture.masterKeys(1).unwrap(wrapped, context)))
        // In the message's place of attributes, group and body their sealed bytes, by the id.
        let content = try #require(Hex.decode("5a0167" + "7a0568656c6c6f"))
        let id = try #require(Hex.decode("71bb54d8d10145b9" + "834d0bff90150280"))
        let sealed = MessageCipher(key: key).seal(content, name: id)
        #expect(
            stored[1].hasSuffix(
                " 090605040302010000" + "110605040302010000" + "19b94501d1d854bb71" + "2180021590ff0b4d83" + "2a026d65"
                    + "82011a" + Hex.encode(sealed)))
    }

    @Test func aDeadLetter() async throws {
        let fixture = QueueFixture()
        fixture.clock.set(to: Self.time)
        let dead = try await fixture.makeQueue("dead")
        let jobs = try await fixture.makeQueue("jobs") {
            $0.redrive = .some(RedrivePolicy(deadLetter: fixture.engine.arn(of: dead), receivesMax: 1))
        }
        try await fixture.send("x", to: jobs)
        _ = try await fixture.receive(from: jobs, timeout: 0)
        fixture.clock.advance(by: .milliseconds(1))
        #expect(try await fixture.receive(from: jobs).isEmpty)
        let source = Hex.encode(Array("arn:aws:sqs:us-east-1:000000000000:jobs".utf8))
        #expect(
            Array(entries(of: fixture).dropFirst(2)) == [
                // Sent then, visible now; one receive before, at that time, in the queue named.
                "310000000000000001000000000000000500000000 " + "090605040302010000" + "110705040302010000" + "19c14c0289ec2d0a91"
                    + "2167ec8e65a18debbe" + "2a026d65" + "3801" + "410605040302010000" + "4a27\(source)" + "7a0178",
                "3200000000000000010000010203040507000000000000000500000000 0000000000000000000000000000000000000000",
                "340000000000000001 0000000000000001", "340000000000000002 0000000000000000",
            ])
    }

    @Test func aMoveTask() async throws {
        let fixture = QueueFixture()
        fixture.clock.set(to: Self.time)
        let dead = try await fixture.makeQueue("dead")
        _ = try await fixture.makeQueue("jobs") {
            $0.redrive = .some(RedrivePolicy(deadLetter: fixture.engine.arn(of: dead), receivesMax: 1))
        }
        for body in ["x", "y"] { try await fixture.send(body, to: dead) }
        let jobs = QueueFixture.address("jobs")
        _ = try await fixture.queues.startMove(from: dead, to: jobs, perSecondMax: 1)
        func task() -> [String] { entries(of: fixture).filter { $0.hasPrefix("36") || $0.hasPrefix("37") } }
        let started = task()
        let destination = Hex.encode(Array("arn:aws:sqs:us-east-1:000000000000:jobs".utf8))
        // 36 incarnation lsn: the id's halves, the destination, one a second, when it started, two messages, paced until a second before.
        #expect(started.count == 2 && started[0].hasPrefix("3600000000000000010000000000000005 " + "09"))
        #expect(started[0].hasSuffix("2227\(destination)" + "2801" + "30868a9098a020" + "3802" + "589e829098a020"))
        // 37 incarnation lsn: the queue's key.
        #expect(started[1] == "3700000000000000010000000000000005 " + "30303030303030303030303030" + "75732d656173742d310064656164")
        try await fixture.queues.stepMoves()
        // One moved; the first of LSN 3 is behind it; paced until now.
        #expect(
            task() == started.prefix(1).map {
                $0.replacing("589e829098a020", with: "4001" + "490300000000000000" + "5001" + "58868a9098a020")
            }
                + started.dropFirst())
        fixture.clock.advance(by: .seconds(1))
        try await fixture.queues.stepMoves()
        #expect(task().count == 1 && task()[0].contains("1801" + "2227\(destination)"))
    }

    /// What a deleted queue leaves for the sweep: its space, and from the first step on the last key that was removed.
    @Test func whatIsToBeSwept() async throws {
        let fixture = QueueFixture()
        let jobs = try await fixture.makeQueue("jobs")
        for _ in 0..<30 {
            let entries = (0..<10).map { BatchEntry(id: "\($0)", content: .success(OutgoingMessage(body: "x", sender: "me"))) }
            _ = try await fixture.queues.sendBatch(entries, to: jobs)
        }
        _ = try await fixture.queues.delete(jobs)
        let key = [0x35] + StorageKeys.bigEndian(1)
        func value() -> [UInt8]? { fixture.ledger.contents.first { $0.key == key }?.value }
        #expect(value() == [])
        #expect(try await fixture.queues.sweepStep())
        // 256 messages: 25 batches of ten, and six of the batch with LSN 27.
        #expect(value() == [0x31] + StorageKeys.bigEndian(1) + StorageKeys.bigEndian(27) + [0, 0, 0, 5])
    }
}
