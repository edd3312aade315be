import Model
import ModelLedger
import Queues
import SimulationKit
import StoragePorts
import Testing

@Suite struct DeadLetterTests {
    private let arn = ARN("arn:aws:sqs:us-east-1:000000000000:dead")!

    @Test func aMessageThatFailsTooOftenMoves() async throws {
        let fixture = QueueFixture()
        let dead = try await fixture.makeQueue("dead")
        let jobs = try await fixture.makeQueue("jobs") {
            $0.redrive = .some(RedrivePolicy(deadLetter: arn, receivesMax: 2))
            $0.visibilityTimeoutSeconds = 1
        }
        let id = try await fixture.send("poison", to: jobs)
        let sentAt = fixture.clock.now()
        let firstReceived = fixture.clock.now()
        for count in 1...2 {
            let received = try #require(try await fixture.receive(from: jobs).first)
            #expect(received.receiveCount == count && received.deadLetterSource == nil)
            fixture.clock.advance(by: .seconds(1))
        }
        try await fixture.send("good", to: jobs)
        #expect(try await fixture.receive(from: jobs).map(\.body) == ["good"])
        let moved = try #require(try await fixture.receive(from: dead).first)
        #expect(moved.messageID == id && moved.body == "poison" && moved.sent == sentAt && moved.firstReceived == firstReceived)
        #expect(moved.receiveCount == 3 && moved.deadLetterSource == "arn:aws:sqs:us-east-1:000000000000:jobs")
        #expect(try await fixture.queues.describe(dead).inFlightCount == 1)
        let left = try await fixture.queues.describe(jobs)
        #expect(left.visibleCount == 0 && left.inFlightCount == 1)
        #expect(try await fixture.queues.deadLetterSources(of: dead) == [jobs])
    }

    /// The message goes behind what the receive saw already, and must not be lost there.
    @Test func aQueueMayBeItsOwnDeadLetterQueue() async throws {
        let fixture = QueueFixture()
        let jobs = try await fixture.makeQueue("jobs")
        var changes = QueueAttributeChanges()
        changes.redrive = .some(RedrivePolicy(deadLetter: fixture.engine.arn(of: jobs), receivesMax: 1))
        _ = try await fixture.queues.setAttributes(jobs, changes)
        let id = try await fixture.send("again", to: jobs)
        for count in 1...3 {
            var received: [ReceivedMessage] = []
            while received.isEmpty {
                received = try await fixture.receive(from: jobs, timeout: 1)
                if received.isEmpty { fixture.clock.advance(by: .milliseconds(500)) }
            }
            #expect(received.map(\.messageID) == [id] && received.first?.receiveCount == count)
        }
        let found = try await fixture.queues.describe(jobs)
        #expect(found.visibleCount == 0 && found.inFlightCount == 1)
    }

    @Test func withoutItsTargetAMessageStays() async throws {
        let fixture = QueueFixture()
        let dead = try await fixture.makeQueue("dead")
        let jobs = try await fixture.makeQueue("jobs") { $0.redrive = .some(RedrivePolicy(deadLetter: arn, receivesMax: 1)) }
        try await fixture.send("poison", to: jobs)
        _ = try await fixture.queues.delete(dead)
        for count in 1...3 {
            #expect(try await fixture.receive(from: jobs, timeout: 0).first?.receiveCount == count)
        }
    }

    @Test func theTargetMustStandAndAllowIt() async throws {
        let fixture = QueueFixture()
        let policy = RedrivePolicy(deadLetter: arn, receivesMax: 3)
        await #expect(throws: QueueError.self, "no such queue") { try await fixture.makeQueue("jobs") { $0.redrive = .some(policy) } }
        let dead = try await fixture.makeQueue("dead") { $0.redriveAllow = .some(.denyAll) }
        await #expect(throws: QueueError.self, "denied") { try await fixture.makeQueue("jobs") { $0.redrive = .some(policy) } }
        var changes = QueueAttributeChanges()
        changes.redriveAllow = .some(.byQueue([ARN("arn:aws:sqs:us-east-1:000000000000:jobs")!]))
        _ = try await fixture.queues.setAttributes(dead, changes)
        _ = try await fixture.makeQueue("jobs") { $0.redrive = .some(policy) }
        await #expect(throws: QueueError.self, "not named") { try await fixture.makeQueue("others") { $0.redrive = .some(policy) } }
        await #expect(throws: QueueError.self, "elsewhere") {
            try await fixture.makeQueue("more") {
                $0.redrive = .some(RedrivePolicy(deadLetter: ARN("arn:aws:sqs:eu-west-1:000000000000:dead")!, receivesMax: 3))
            }
        }
        await #expect(throws: QueueError.self, "out of range") {
            try await fixture.makeQueue("more") { $0.redrive = .some(RedrivePolicy(deadLetter: arn, receivesMax: 1001)) }
        }
    }
}
