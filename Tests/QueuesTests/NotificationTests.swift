import Model
import ModelLedger
import Queues
import SimulationKit
import StoragePorts
import Testing

/// Messages that another domain's commit carries.
@Suite struct NotificationTests {
    @Test func theMessageIsInTheCommitOfItsFact() async throws {
        let fixture = QueueFixture()
        let jobs = try await fixture.makeQueue("jobs")
        let records = fixture.ledger.allRecords.count
        _ = try await fixture.notify(jobs, "{\"Records\":[]}")
        #expect(fixture.ledger.allRecords.count == records + 1)
        let received = try #require(try await fixture.receive(from: jobs).first)
        #expect(received.body == "{\"Records\":[]}" && received.sender == "s3" && received.traceHeader == QueueFixture.trace)
    }

    @Test func everyFactOfACommitGivesAMessage() async throws {
        let fixture = QueueFixture()
        let jobs = try await fixture.makeQueue("jobs")
        _ = try await fixture.ledger.commit { transaction in
            for index in 0..<3 { try transaction.emit(Fact(QueueFixture.notificationKind, Array("jobs|\(index)".utf8))) }
        }
        #expect(try await fixture.receive(from: jobs).map(\.body) == ["0", "1", "2"])
        #expect(try await fixture.queues.describe(jobs).inFlightCount == 3)
    }

    @Test func aFactForAQueueThatIsGoneIsDropped() async throws {
        let fixture = QueueFixture()
        let jobs = try await fixture.makeQueue("jobs")
        _ = try await fixture.queues.delete(jobs)
        _ = try await fixture.notify(jobs, "x")
        #expect(fixture.dropped.all == [jobs])
    }

    @Test func aCommitThatFailsLeavesNoMessage() async throws {
        struct Refusal: Error {}
        let fixture = QueueFixture()
        let jobs = try await fixture.makeQueue("jobs")
        await #expect(throws: Refusal.self) {
            _ = try await fixture.ledger.commit { transaction in
                try transaction.emit(Fact(QueueFixture.notificationKind, Array("jobs|x".utf8)))
                throw Refusal()
            }
        }
        #expect(try await fixture.receive(from: jobs).isEmpty)
        let found = try await fixture.queues.describe(jobs)
        #expect(found.visibleCount == 0 && found.inFlightCount == 0)
    }

    @Test func afterAStorageFailureNothingIsForgotten() async throws {
        let fixture = QueueFixture()
        let jobs = try await fixture.makeQueue("jobs")
        for index in 0..<3 { try await fixture.send("\(index)", to: jobs) }
        fixture.ledger.fail(with: .noSpace)
        await #expect(throws: LedgerError.noSpace) { try await fixture.receive(from: jobs) }
        await #expect(throws: LedgerError.noSpace) { try await fixture.send("3", to: jobs) }
        fixture.ledger.fail(with: nil)
        #expect(try await fixture.receive(from: jobs).map(\.body) == ["0", "1", "2"])
        #expect(try await fixture.queues.describe(jobs).inFlightCount == 3)
    }
}
