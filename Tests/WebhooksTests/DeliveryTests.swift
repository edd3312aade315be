import Model
import ModelLedger
import SimulationKit
import StoragePorts
import Synchronization
import Testing
import Webhooks

@Suite struct DeliveryTests {
    @Test func whatWasTakenIsForgotten() async throws {
        let fixture = WebhookFixture()
        try await fixture.emit([(1, "a"), (2, "b"), (1, "c")])
        let endpoint = Endpoint()
        let courier = fixture.courier(endpoint)
        await fixture.run(courier) { fixture.left.isEmpty }
        #expect(endpoint.taken.sorted() == ["a", "b", "c"])
        #expect(courier.figures.delivered == 3 && courier.figures.oldest == nil && courier.figures.failed == 0)
    }

    @Test func eventsThatComeLaterAreDeliveredToo() async throws {
        let fixture = WebhookFixture()
        let endpoint = Endpoint()
        let courier = fixture.courier(endpoint)
        let task = Task { await courier.run() }
        for number in 0..<50 { try await fixture.emit([(UInt64(number % 3), "\(number)")]) }
        while !fixture.left.isEmpty { try await Task.sleep(for: .microseconds(200)) }
        task.cancel()
        await task.value
        #expect(Set(endpoint.taken).count == 50)
    }

    @Test func aLaneThatFailsHoldsUpNoOther() async throws {
        let fixture = WebhookFixture()
        let isMended = Mutex(false)
        let endpoint = Endpoint { body in
            body.hasPrefix("bad") && !isMended.withLock { $0 } ? .refused(status: 500, retryAfter: nil) : .taken
        }
        try await fixture.emit([(1, "bad1")] + (0..<40).map { (UInt64($0 % 8 + 2), "good\($0)") } + [(1, "bad2")])
        let courier = fixture.courier(endpoint, WebhookFixture.quick(WebhookFixture.function, concurrency: 2))
        await fixture.run(courier) { endpoint.taken.count == 40 && courier.figures.failed > 3 }
        #expect(courier.figures.oldest?.lsn == LSN(1))
        #expect(!endpoint.deliveries.contains { $0.body == "bad2" }, "it waits for the one before it")
        isMended.withLock { $0 = true }
        await fixture.run(fixture.courier(endpoint)) { fixture.left.isEmpty }
        #expect(endpoint.taken.filter { $0.hasPrefix("bad") } == ["bad1", "bad2"])
        #expect(endpoint.mostUnderWay <= 4)
    }

    @Test func requestsAreSignedAndNumbered() async throws {
        let fixture = WebhookFixture()
        try await fixture.emit([(1, "{}")])
        let tries = Mutex(0)
        let endpoint = Endpoint { _ in
            tries.withLock { tries in
                tries += 1
                return tries < 3 ? .failed("down") : .taken
            }
        }
        let target = WebhookFixture.quick(WebhookFixture.function, secret: Array("key".utf8))
        await fixture.run(fixture.courier(endpoint, target)) { fixture.left.isEmpty }
        #expect(endpoint.deliveries.map { $0.headers["x-roost-attempt"] } == ["1", "2", "3"])
        #expect(Set(endpoint.deliveries.map { $0.headers["x-roost-delivery"] }) == ["1-0"])
        let first = endpoint.deliveries[0].headers
        #expect(first["x-roost-function"] == WebhookFixture.function.description && first["content-type"] == "application/json")
        #expect(first["x-roost-signature"]?.hasPrefix("v1=") == true && first["x-roost-timestamp"] != nil)
        // Computed with Python's hmac module.
        let known = WebhookSignature.headers(secret: Array("key".utf8), time: Timestamp(seconds: 1_767_225_600), body: Array("{}".utf8))
        #expect(known[0].value == "1767225600")
        #expect(known[1].value == "v1=df344de429b8ee672e1863e0008fdbd0080000536fbccdf0e4f89846acbbe872")
        #expect(WebhookSignature.headers(secret: [], time: Timestamp(seconds: 0), body: []).isEmpty)
    }

    @Test func whatFailsTooOftenIsADeadLetter() async throws {
        let fixture = WebhookFixture()
        let letters = Collected<WebhookDeadLetter>()
        try await fixture.emit([(1, "bad"), (1, "good")])
        let endpoint = Endpoint { $0 == "bad" ? .refused(status: 418, retryAfter: nil) : .taken }
        let queue = ARN("arn:aws:sqs:us-east-1:000000000000:dead")!
        let target = WebhookFixture.quick(WebhookFixture.function, attempts: 3, deadLetters: queue)
        let courier = fixture.courier(endpoint, target, letters: letters)
        await fixture.run(courier) { fixture.left.isEmpty }
        #expect(letters.all.map(\.attempts) == [3] && letters.all[0].reason == "answered 418" && letters.all[0].body == Array("bad".utf8))
        #expect(endpoint.taken == ["good"] && courier.figures.deadLetters == 1 && courier.figures.failed == 3)
        #expect(fixture.ledger.contents.contains { $0.key[0] == 0x30 }, "in the commit that ends the event")
    }

    @Test func withoutADeadLetterQueueItIsTriedOn() async throws {
        let fixture = WebhookFixture()
        try await fixture.emit([(1, "bad")])
        let endpoint = Endpoint { _ in .failed("down") }
        let target = WebhookFixture.quick(
            WebhookFixture.function, attempts: 2, deadLetters: ARN("arn:aws:sqs:us-east-1:000000000000:dead")!)
        await fixture.run(fixture.courier(endpoint, target, hasQueue: false)) { endpoint.deliveries.count > 5 }
        #expect(fixture.left.count == 2)
    }

    @Test func attemptsSurviveARestart() async throws {
        let fixture = WebhookFixture()
        try await fixture.emit([(1, "bad")])
        let endpoint = Endpoint { _ in .failed("down") }
        await fixture.run(fixture.courier(endpoint)) { endpoint.deliveries.count >= 4 && fixture.left.count == 2 }
        let before = endpoint.deliveries.count
        await fixture.run(fixture.courier(endpoint)) { endpoint.deliveries.count > before }
        #expect(Int(endpoint.deliveries[before].headers["x-roost-attempt"]!)! > 3)
    }

    @Test func targetsAreTheirOwn() async throws {
        let fixture = WebhookFixture()
        try await fixture.emit([(1, "mine")])
        try await fixture.emit([(1, "theirs")], to: WebhookFixture.other)
        try await fixture.emit([(1, "nobody's")], to: ARN("arn:aws:lambda:us-east-1:000000000000:function:none")!)
        let endpoint = Endpoint()
        await fixture.run(fixture.courier(endpoint)) { fixture.left.count == 1 }
        #expect(endpoint.taken == ["mine"])
        #expect(fixture.dropped.all == ["arn:aws:lambda:us-east-1:000000000000:function:none"])
        await fixture.run(fixture.courier(endpoint, WebhookFixture.quick(WebhookFixture.other))) { fixture.left.isEmpty }
        #expect(endpoint.taken == ["mine", "theirs"])
    }

    @Test func aCommitThatFailsLeavesNoEvent() async throws {
        struct Refusal: Error {}
        let fixture = WebhookFixture()
        await #expect(throws: Refusal.self) {
            _ = try await fixture.ledger.commit { transaction in
                try transaction.signal(Fact(WebhookFixture.kind, Array("\(WebhookFixture.function)|1|x".utf8)))
                throw Refusal()
            }
        }
        #expect(fixture.left.isEmpty)
        try await fixture.emit([(1, "y")])
        let endpoint = Endpoint()
        await fixture.run(fixture.courier(endpoint)) { fixture.left.isEmpty }
        #expect(endpoint.taken == ["y"])
    }
}
