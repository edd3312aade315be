import Bytes
import Model
import ModelLedger
import Queues
import SimulationKit
import StoragePorts
import Testing

@Suite struct MessageTests {
    @Test func aMessageComesBackWhole() async throws {
        let fixture = QueueFixture(encrypts: true)
        let jobs = try await fixture.makeQueue("jobs")
        let sentAt = fixture.clock.now()
        let attributes = [
            MessageAttribute(name: "b.in", type: "Binary.gif", value: .binary([0, 1, 255])),
            MessageAttribute(name: "count", type: "Number.int", value: .text("7")),
            MessageAttribute(name: "name", type: "String", value: .text("Zoë")),
        ]
        let message = OutgoingMessage(
            body: "hello", attributes: attributes.reversed(), traceHeader: "Root=1-5759e988-bd862e3fe1be46a994272793", sender: "me")
        let sent = try await fixture.queues.send(message, to: jobs).value
        #expect(sent.bodyMD5 == "5d41402abc4b2a76b9719d911017c592")
        #expect(sent.attributesMD5 == "73956f3ec9ab54b4bcd078bef0c39211")
        #expect(sent.systemAttributesMD5 == "62a56dd927315f2b2e12832b84617ea5")
        fixture.clock.advance(by: .seconds(2))
        let received = try #require(try await fixture.receive(from: jobs).first)
        #expect(received.messageID == sent.messageID && received.messageID.utf8.count == 36)
        #expect(received.body == "hello" && received.bodyMD5 == sent.bodyMD5)
        #expect(received.attributes == attributes && received.attributesMD5 == sent.attributesMD5)
        #expect(received.sender == "me" && received.sent == sentAt && received.traceHeader == message.traceHeader)
        #expect(received.receiveCount == 1 && received.firstReceived == fixture.clock.now() && received.deadLetterSource == nil)
    }

    @Test func digestsOfAttributesAreAWSs() {
        let attribute = MessageAttribute(name: "timestamp", type: "Number", value: .text("1493147359900"))
        #expect(MessageDigests.attributes([attribute]) == "235c5c510d26fb653d073faed50ae77c")
        #expect(MessageDigests.attributes([]) == nil)
    }

    @Test func aReceiveSelectsAttributes() async throws {
        let fixture = QueueFixture(encrypts: true)
        let jobs = try await fixture.makeQueue("jobs") { $0.visibilityTimeoutSeconds = 0 }
        let names = ["foo.bar", "foo.baz", "other", "foobar"]
        let attributes = names.map { MessageAttribute(name: $0, type: "String", value: .text("x")) }
        _ = try await fixture.queues.send(OutgoingMessage(body: "b", attributes: attributes, sender: "me"), to: jobs)
        for (patterns, expected) in [
            ([], []), (["All"], names.sorted()), ([".*"], names.sorted()), (["*"], names.sorted()),
            (["foo.*"], ["foo.bar", "foo.baz", "foobar"]),
            (["other", "none"], ["other"]),
        ] {
            let request = ReceiveRequest(attributes: AttributeSelection(patterns))
            let received = try #require(try await fixture.queues.receive(request, from: jobs).first)
            #expect(received.attributes.map(\.name) == expected)
            #expect(received.attributesMD5 == MessageDigests.attributes(received.attributes))
        }
    }

    @Test func aGroupAndTheRequestsTraceAreKept() async throws {
        let fixture = QueueFixture(encrypts: true)
        let jobs = try await fixture.makeQueue("jobs")
        var message = OutgoingMessage(body: "b", requestTrace: "Root=2", groupID: "tenant-1!", sender: "me")
        let sent = try await fixture.queues.send(message, to: jobs).value
        #expect(sent.systemAttributesMD5 == nil, "the message itself has no trace")
        let received = try #require(try await fixture.receive(from: jobs).first)
        #expect(received.groupID == "tenant-1!" && received.traceHeader == "Root=2")
        message.traceHeader = "Root=1"
        message.groupID = nil
        _ = try await fixture.queues.send(message, to: jobs)
        let other = try #require(try await fixture.receive(from: jobs).first)
        #expect(other.groupID == nil && other.traceHeader == "Root=1")
    }

    @Test func aHandleServesAfterItsTimeIsOver() async throws {
        let fixture = QueueFixture(encrypts: true)
        let jobs = try await fixture.makeQueue("jobs")
        try await fixture.send("a", to: jobs)
        let first = try #require(try await fixture.receive(from: jobs, timeout: 1).first)
        fixture.clock.advance(by: .seconds(2))
        _ = try await fixture.queues.changeVisibility(VisibilityChange(receiptHandle: first.receiptHandle, seconds: 5), in: jobs)
        #expect(try await fixture.receive(from: jobs).isEmpty)
        #expect(try await fixture.queues.describe(jobs).inFlightCount == 1)
        fixture.clock.advance(by: .seconds(5))
        // So does the handle of an earlier receive.
        #expect(try await fixture.receive(from: jobs, timeout: 30).count == 1)
        _ = try await fixture.queues.changeVisibility(VisibilityChange(receiptHandle: first.receiptHandle, seconds: 0), in: jobs)
        #expect(try await fixture.receive(from: jobs).map(\.receiveCount) == [3])
    }

    /// Times are counted in steps of 10 ms: what is visible already must not take another message's place in its step.
    @Test func aHandleWhoseTimeIsOverLeavesOthersCounts() async throws {
        for isDeleted in [true, false] {
            let fixture = QueueFixture(encrypts: true)
            let jobs = try await fixture.makeQueue("jobs")
            for body in ["a", "b"] { try await fixture.send(body, to: jobs) }
            fixture.clock.set(to: Timestamp(milliseconds: 1_767_323_045_003))
            let a = try #require(try await fixture.receive(1, from: jobs, timeout: 1).first)
            fixture.clock.advance(by: .milliseconds(6))
            #expect(try await fixture.receive(1, from: jobs, timeout: 1).count == 1)
            fixture.clock.advance(by: .milliseconds(996))
            let queues = fixture.restarted()
            #expect(try await queues.describe(jobs).inFlightCount == 1)
            if isDeleted {
                _ = try await queues.deleteMessage(a.receiptHandle, from: jobs)
            } else {
                _ = try await queues.changeVisibility(VisibilityChange(receiptHandle: a.receiptHandle, seconds: 0), in: jobs)
            }
            #expect(try await queues.describe(jobs).inFlightCount == 1)
        }
    }

    @Test func aMessageIsHiddenForItsVisibilityTimeout() async throws {
        let fixture = QueueFixture(encrypts: true)
        let jobs = try await fixture.makeQueue("jobs")
        try await fixture.send("a", to: jobs)
        let first = try #require(try await fixture.receive(from: jobs).first)
        fixture.clock.advance(by: .milliseconds(29_990))
        #expect(try await fixture.receive(from: jobs).isEmpty)
        fixture.clock.advance(by: .milliseconds(10))
        let second = try #require(try await fixture.receive(from: jobs, timeout: 5).first)
        #expect(second.messageID == first.messageID && second.receiptHandle != first.receiptHandle)
        #expect(second.receiveCount == 2 && second.firstReceived == first.firstReceived)
        fixture.clock.advance(by: .seconds(5))
        #expect(try await fixture.receive(from: jobs).count == 1)
    }

    @Test func delaysHoldPerQueueAndPerMessage() async throws {
        let fixture = QueueFixture(encrypts: true)
        let jobs = try await fixture.makeQueue("jobs") { $0.delaySeconds = 10 }
        try await fixture.send("queue's", to: jobs)
        try await fixture.send("own", to: jobs, delay: 0)
        try await fixture.send("long", to: jobs, delay: 20)
        var found = try await fixture.queues.describe(jobs)
        #expect(found.visibleCount == 1 && found.delayedCount == 2 && found.inFlightCount == 0)
        #expect(try await fixture.receive(from: jobs, timeout: 100).map(\.body) == ["own"])
        fixture.clock.advance(by: .seconds(10))
        #expect(try await fixture.receive(from: jobs, timeout: 100).map(\.body) == ["queue's"])
        found = try await fixture.queues.describe(jobs)
        #expect(found.visibleCount == 0 && found.delayedCount == 1 && found.inFlightCount == 2)
        fixture.clock.advance(by: .seconds(10))
        #expect(try await fixture.receive(from: jobs).map(\.body) == ["long"])
    }

    @Test func expiredMessagesAreNeverDelivered() async throws {
        let fixture = QueueFixture(encrypts: true)
        let jobs = try await fixture.makeQueue("jobs") { $0.retentionSeconds = 60 }
        for index in 0..<150 { try await fixture.send("\(index)", to: jobs) }
        fixture.clock.advance(by: .seconds(59))
        try await fixture.send("young", to: jobs)
        #expect(try await fixture.receive(1, from: jobs, timeout: 0).count == 1)
        fixture.clock.advance(by: .seconds(1))
        // One receive clears a bounded number away, so it may take a second look.
        var bodies = try await fixture.receive(from: jobs).map(\.body)
        bodies += try await fixture.receive(from: jobs).map(\.body)
        #expect(bodies == ["young"])
        #expect(fixture.ledger.contents.filter { $0.key[0] == 0x31 }.count == 1)
    }

    @Test func everyHandleOfAMessageDeletesIt() async throws {
        let fixture = QueueFixture(encrypts: true)
        let jobs = try await fixture.makeQueue("jobs") { $0.visibilityTimeoutSeconds = 1 }
        try await fixture.send("a", to: jobs)
        let first = try #require(try await fixture.receive(from: jobs).first)
        fixture.clock.advance(by: .seconds(1))
        let second = try #require(try await fixture.receive(from: jobs).first)
        _ = try await fixture.queues.deleteMessage(first.receiptHandle, from: jobs)
        _ = try await fixture.queues.deleteMessage(second.receiptHandle, from: jobs)
        fixture.clock.advance(by: .seconds(1))
        #expect(try await fixture.receive(from: jobs).isEmpty)
        #expect(fixture.ledger.contents.filter { $0.key[0] == 0x31 || $0.key[0] == 0x32 || $0.key[0] == 0x33 }.isEmpty)
        #expect(try await fixture.queues.describe(jobs).visibleCount == 0)
    }

    @Test func handlesOfOtherQueuesAndMangledOnesAreInvalid() async throws {
        let fixture = QueueFixture(encrypts: true)
        let jobs = try await fixture.makeQueue("jobs")
        let other = try await fixture.makeQueue("other")
        try await fixture.send("a", to: jobs)
        let handle = try #require(try await fixture.receive(from: jobs).first).receiptHandle
        await #expect(throws: QueueError.receiptHandleIsInvalid(handle)) { try await fixture.queues.deleteMessage(handle, from: other) }
        var bytes = try #require(Base64.decode(handle))
        bytes[20] ^= 1
        for text in ["", "x", Base64.encode(bytes), Base64.encode(bytes.dropLast()), handle + "AAAA"] {
            await #expect(throws: QueueError.receiptHandleIsInvalid(text)) { try await fixture.queues.deleteMessage(text, from: jobs) }
        }
    }

    @Test func visibilityChangesForAtMostTwelveHours() async throws {
        let fixture = QueueFixture(encrypts: true)
        let jobs = try await fixture.makeQueue("jobs") { $0.visibilityTimeoutSeconds = 10 }
        try await fixture.send("a", to: jobs)
        let first = try #require(try await fixture.receive(from: jobs).first).receiptHandle
        _ = try await fixture.queues.changeVisibility(VisibilityChange(receiptHandle: first, seconds: 20), in: jobs)
        fixture.clock.advance(by: .seconds(19))
        #expect(try await fixture.receive(from: jobs).isEmpty)
        _ = try await fixture.queues.changeVisibility(VisibilityChange(receiptHandle: first, seconds: 0), in: jobs)
        let second = try #require(try await fixture.receive(from: jobs).first).receiptHandle
        fixture.clock.advance(by: .seconds(1))
        await #expect(throws: QueueError.self, "more than 12 hours since the receive") {
            try await fixture.queues.changeVisibility(VisibilityChange(receiptHandle: second, seconds: 43_200), in: jobs)
        }
        _ = try await fixture.queues.changeVisibility(VisibilityChange(receiptHandle: second, seconds: 43_199), in: jobs)
        _ = try await fixture.queues.deleteMessage(second, from: jobs)
        await #expect(throws: QueueError.self, "the message is gone") {
            try await fixture.queues.changeVisibility(VisibilityChange(receiptHandle: second, seconds: 1), in: jobs)
        }
    }

    @Test func aTimeoutOfZeroLeavesTheMessageVisible() async throws {
        let fixture = QueueFixture(encrypts: true)
        let jobs = try await fixture.makeQueue("jobs")
        for index in 0..<3 { try await fixture.send("\(index)", to: jobs) }
        for count in 1...3 {
            let received = try await fixture.receive(from: jobs, timeout: 0)
            #expect(Set(received.map(\.body)) == ["0", "1", "2"] && received.count == 3)
            #expect(received.allSatisfy { $0.receiveCount == count })
        }
        #expect(try await fixture.queues.describe(jobs).visibleCount == 3)
    }

    @Test func aRestartForgetsNothing() async throws {
        let fixture = QueueFixture(encrypts: true)
        let jobs = try await fixture.makeQueue("jobs")
        for index in 0..<5 { try await fixture.send("\(index)", to: jobs) }
        try await fixture.send("late", to: jobs, delay: 60)
        let handle = try #require(try await fixture.receive(1, from: jobs, timeout: 20).first).receiptHandle
        let again = fixture.restarted()
        var found = try await again.describe(jobs)
        #expect(found.visibleCount == 4 && found.inFlightCount == 1 && found.delayedCount == 1)
        _ = try await again.deleteMessage(handle, from: jobs)
        found = try await again.describe(jobs)
        #expect(found.visibleCount == 4 && found.inFlightCount == 0)
        #expect(try await again.receive(ReceiveRequest(countMax: 10), from: jobs).count == 4)
    }
}
