import Model
import ModelLedger
import Queues
import SimulationKit
import StoragePorts
import Testing

/// What is refused, and how.
@Suite struct RulesTests {
    private func refusal(_ message: OutgoingMessage) async throws -> QueueError? {
        let fixture = QueueFixture()
        let jobs = try await fixture.makeQueue("jobs")
        do {
            _ = try await fixture.queues.send(message, to: jobs)
            return nil
        } catch let error as QueueError {
            return error
        }
    }

    private func message(_ body: String = "b", _ attributes: [MessageAttribute] = []) -> OutgoingMessage {
        OutgoingMessage(body: body, attributes: attributes, sender: "me")
    }

    @Test func bodiesHoldWhatXMLHolds() async throws {
        for body in ["\t\n\r ~", "\u{7F}\u{80}\u{D7FF}", "\u{E000}\u{FFFD}", "\u{10000}\u{10FFFF}", "é\u{1F426}"] {
            #expect(try await refusal(message(body)) == nil, "\(body.debugDescription)")
        }
        for body in ["\u{0}", "a\u{1}", "\u{B}", "\u{1F}b", "\u{FFFE}", "x\u{FFFF}"] {
            #expect(try await refusal(message(body)) == .invalidMessageContents, "\(body.debugDescription)")
        }
        #expect(try await refusal(message("")) == .missingParameter("MessageBody"))
    }

    @Test func aMessageIsAtMostAMebibyte() async throws {
        #expect(try await refusal(message(String(repeating: "x", count: 1_048_576))) == nil)
        #expect(try await refusal(message(String(repeating: "x", count: 1_048_577))) != nil)
        // Names, types and values of attributes count.
        let attribute = MessageAttribute(name: "n", type: "String", value: .text("v"))
        #expect(try await refusal(message(String(repeating: "x", count: 1_048_568), [attribute])) == nil)
        #expect(try await refusal(message(String(repeating: "x", count: 1_048_569), [attribute])) != nil)
    }

    @Test func aQueueMayTakeLess() async throws {
        let fixture = QueueFixture()
        let jobs = try await fixture.makeQueue("jobs") { $0.messageBytesMax = 1024 }
        try await fixture.send(String(repeating: "x", count: 1024), to: jobs)
        await #expect(throws: QueueError.self) { try await fixture.send(String(repeating: "x", count: 1025), to: jobs) }
    }

    @Test func attributesFollowTheirRules() async throws {
        let good: [(String, String, MessageAttribute.Value)] = [
            ("a", "String", .text("x")), ("A.b-c_9", "String.label", .text("x")), ("n", "Number", .text("-12.5e+3")),
            ("attr.1øßä", "String", .text("x")), (String(repeating: "ä", count: 256), "String", .text("x")),
            ("n", "Number.big", .text(".5")), ("b", "Binary", .binary([0])), (String(repeating: "n", count: 256), "String", .text("x")),
        ]
        for (name, type, value) in good {
            #expect(try await refusal(message("b", [MessageAttribute(name: name, type: type, value: value)])) == nil, "\(name) \(type)")
        }
        let bad: [(String, String, MessageAttribute.Value)] = [
            ("", "String", .text("x")), (".a", "String", .text("x")), ("a.", "String", .text("x")), ("a..b", "String", .text("x")),
            ("aws.x", "String", .text("x")), ("Amazon.x", "String", .text("x")), ("§", "String", .text("x")), ("a b", "String", .text("x")),
            ("a\u{1F426}", "String", .text("x")), (String(repeating: "ä", count: 257), "String", .text("x")),
            ("a", "String", .text("\u{8}")),
            ("a?", "String", .text("x")),
            (String(repeating: "n", count: 257), "String", .text("x")), ("a", "Text", .text("x")), ("a", "String.", .text("x")),
            ("a", "", .text("x")), ("a", "String", .text("")), ("a", "String", .binary([1])), ("a", "Binary", .text("x")),
            ("a", "Binary", .binary([])), ("a", "Number", .text("1,5")), ("a", "Number", .text("")), ("a", "Number", .text("e5")),
        ]
        for (name, type, value) in bad {
            let error = try await refusal(message("b", [MessageAttribute(name: name, type: type, value: value)]))
            guard case .invalidParameter = error else {
                Issue.record("\(name) \(type) \(value): \(String(describing: error))")
                continue
            }
        }
        let eleven = (0..<11).map { MessageAttribute(name: "a\($0)", type: "String", value: .text("x")) }
        #expect(try await refusal(message("b", Array(eleven.prefix(10)))) == nil)
        #expect(try await refusal(message("b", eleven)) != nil)
        #expect(try await refusal(message("b", [eleven[0], eleven[0]])) != nil)
    }

    @Test func groupsAreShortAndPlain() async throws {
        for (group, isGood) in [
            ("a", true), ("!~", true), (String(repeating: "g", count: 128), true), (String(repeating: "g", count: 129), false), ("", false),
            ("a b", false), ("ä", false),
        ] {
            var grouped = message()
            grouped.groupID = group
            let expected = QueueError.invalidParameter(
                "Value \(group) for parameter MessageGroupId is invalid. Reason: MessageGroupId can only include alphanumeric and "
                    + "punctuation characters. 1 to 128 in length.")
            #expect(try await refusal(grouped) == (isGood ? nil : expected))
        }
    }

    @Test func sizesAreRefusedInTheWordsOfTheirCall() async throws {
        let fixture = QueueFixture()
        let jobs = try await fixture.makeQueue("jobs") { $0.messageBytesMax = 1024 }
        let long = message(String(repeating: "x", count: 1025))
        await #expect(
            throws: QueueError.invalidParameter(
                "One or more parameters are invalid. Reason: Message must be shorter than 1024 bytes.")
        ) { try await fixture.queues.send(long, to: jobs) }
        let batch = try await fixture.queues.sendBatch([BatchEntry(id: "a", content: .success(long))], to: jobs)
        #expect(
            throws: QueueError.invalidParameter(
                "One or more parameters cannot be validated. Reason: Message must be shorter than 1024 bytes.")
        ) { try batch.entries[0].result.get() }
    }

    @Test func batchesAreJudgedEntryByEntry() async throws {
        let fixture = QueueFixture()
        let jobs = try await fixture.makeQueue("jobs")
        let outcome = try await fixture.queues.sendBatch(
            [
                BatchEntry(id: "good", content: .success(message("one"))),
                BatchEntry(id: "bad", content: .success(message("\u{1}"))),
                BatchEntry(id: "unread", content: .failure(.missingParameter("MessageBody"))),
                BatchEntry(id: "also-good", content: .success(message("two"))),
            ], to: jobs)
        #expect(outcome.entries.map(\.id) == ["good", "bad", "unread", "also-good"])
        #expect(try outcome.entries[0].result.get().bodyMD5 == MessageDigests.body("one"))
        #expect(throws: QueueError.invalidMessageContents) { try outcome.entries[1].result.get() }
        #expect(throws: QueueError.missingParameter("MessageBody")) { try outcome.entries[2].result.get() }
        #expect(try await fixture.receive(from: jobs).map(\.body) == ["one", "two"])
    }

    @Test func badBatchesAreRefusedWhole() async throws {
        let fixture = QueueFixture()
        let jobs = try await fixture.makeQueue("jobs")
        func entries(_ ids: [String], body: String = "x") -> [BatchEntry<OutgoingMessage>] {
            ids.map { BatchEntry(id: $0, content: .success(message(body))) }
        }
        await #expect(throws: QueueError.emptyBatch) { try await fixture.queues.sendBatch([], to: jobs) }
        await #expect(throws: QueueError.tooManyBatchEntries(11)) {
            try await fixture.queues.sendBatch(entries((0..<11).map { "\($0)" }), to: jobs)
        }
        await #expect(throws: QueueError.batchEntryIDsNotDistinct("a")) {
            try await fixture.queues.sendBatch(entries(["a", "b", "a"]), to: jobs)
        }
        for id in ["", "a b", "a.b", "ä", String(repeating: "x", count: 81)] {
            await #expect(throws: QueueError.invalidBatchEntryID) { try await fixture.queues.sendBatch(entries([id]), to: jobs) }
        }
        await #expect(throws: QueueError.batchRequestTooLong(1_200_000)) {
            try await fixture.queues.sendBatch(entries(["a", "b"], body: String(repeating: "x", count: 600_000)), to: jobs)
        }
        #expect(try await fixture.receive(from: jobs).isEmpty)
    }

    @Test func batchesDeleteAndHide() async throws {
        let fixture = QueueFixture()
        let jobs = try await fixture.makeQueue("jobs")
        for index in 0..<4 { try await fixture.send("\(index)", to: jobs) }
        let handles = try await fixture.receive(from: jobs).map(\.receiptHandle)
        let changed = try await fixture.queues.changeVisibilities(
            [
                BatchEntry(id: "a", content: .success(VisibilityChange(receiptHandle: handles[0], seconds: 0))),
                BatchEntry(id: "b", content: .success(VisibilityChange(receiptHandle: "?", seconds: 0))),
                BatchEntry(id: "c", content: .success(VisibilityChange(receiptHandle: handles[1], seconds: 50_000))),
            ], in: jobs)
        #expect(throws: Never.self) { try changed.entries[0].result.get() }
        #expect(throws: QueueError.receiptHandleIsInvalid("?")) { try changed.entries[1].result.get() }
        #expect(throws: QueueError.self) { try changed.entries[2].result.get() }
        let deleted = try await fixture.queues.deleteMessages(
            [
                BatchEntry(id: "a", content: .success(handles[2])), BatchEntry(id: "b", content: .success("?")),
                BatchEntry(id: "c", content: .success(handles[2])),
            ], from: jobs)
        #expect(throws: Never.self) { try deleted.entries[0].result.get() }
        #expect(throws: QueueError.receiptHandleIsInvalid("?")) { try deleted.entries[1].result.get() }
        #expect(throws: Never.self) { try deleted.entries[2].result.get() }
        #expect(try await fixture.receive(from: jobs).map(\.body) == ["0"])
        #expect(try await fixture.queues.describe(jobs).inFlightCount == 3)
    }

    @Test func receivesHaveLimits() async throws {
        let fixture = QueueFixture()
        let jobs = try await fixture.makeQueue("jobs")
        for request in [
            ReceiveRequest(countMax: 0), ReceiveRequest(countMax: 11), ReceiveRequest(visibilityTimeoutSeconds: 43_201),
            ReceiveRequest(waitSeconds: 21),
        ] {
            await #expect(throws: QueueError.self) { try await fixture.queues.receive(request, from: jobs) }
        }
    }
}
