import Model
import ModelLedger
import Queues
import SimulationKit
import StoragePorts
import Testing

@Suite struct LifecycleTests {
    @Test func creatingAgainWithTheSameAttributesIsNoChange() async throws {
        let fixture = QueueFixture()
        let jobs = try await fixture.makeQueue("jobs") { $0.delaySeconds = 5 }
        let records = fixture.ledger.allRecords.count
        _ = try await fixture.makeQueue("jobs") { $0.delaySeconds = 5 }
        _ = try await fixture.makeQueue("jobs")
        #expect(fixture.ledger.allRecords.count == records)
        await #expect(throws: QueueError.queueNameExists(attribute: "DelaySeconds")) {
            try await fixture.makeQueue("jobs") { $0.delaySeconds = 6 }
        }
        #expect(try await fixture.queues.describe(jobs).attributes.delaySeconds == 5)
    }

    @Test func refusesFIFOAndValuesOutOfRange() async throws {
        let fixture = QueueFixture()
        await #expect(throws: QueueError.unsupported("FIFO queues")) { try await fixture.makeQueue("jobs.fifo") }
        await #expect(throws: QueueError.invalidAttributeValue(name: "VisibilityTimeout", value: "43201")) {
            try await fixture.makeQueue("jobs") { $0.visibilityTimeoutSeconds = 43_201 }
        }
        await #expect(throws: QueueError.invalidAttributeValue(name: "MaximumMessageSize", value: "1048577")) {
            try await fixture.makeQueue("jobs") { $0.messageBytesMax = 1_048_577 }
        }
        #expect(try await !fixture.queues.exists(QueueFixture.address("jobs")))
    }

    @Test func aQueueThatIsNotThereIsSaidSo() async throws {
        let fixture = QueueFixture()
        let nothing = QueueFixture.address("nothing")
        await #expect(throws: QueueError.queueDoesNotExist) { try await fixture.send("x", to: nothing) }
        await #expect(throws: QueueError.queueDoesNotExist) { try await fixture.receive(from: nothing) }
        await #expect(throws: QueueError.queueDoesNotExist) { try await fixture.queues.describe(nothing) }
        await #expect(throws: QueueError.queueDoesNotExist) { try await fixture.queues.purge(nothing) }
        await #expect(throws: QueueError.queueDoesNotExist) { try await fixture.queues.deleteMessage("x", from: nothing) }
    }

    @Test func listsByPrefixInPages() async throws {
        let fixture = QueueFixture()
        for name in ["b2", "a1", "b1", "c", "b3"] { _ = try await fixture.makeQueue(name) }
        let all = try await fixture.queues.list(account: QueueFixture.account, region: .usEast1)
        #expect(all.names.map(\.rawValue) == ["a1", "b1", "b2", "b3", "c"] && !all.hasMore)
        let first = try await fixture.queues.list(account: QueueFixture.account, region: .usEast1, prefix: "b", countMax: 2)
        #expect(first.names.map(\.rawValue) == ["b1", "b2"] && first.hasMore)
        let rest = try await fixture.queues.list(account: QueueFixture.account, region: .usEast1, prefix: "b", after: "b2", countMax: 2)
        #expect(rest.names.map(\.rawValue) == ["b3"] && !rest.hasMore)
        #expect(try await fixture.queues.list(account: AccountID("111111111111")!, region: .usEast1).names.isEmpty)
    }

    @Test func attributesChangeOneByOne() async throws {
        let fixture = QueueFixture()
        let jobs = try await fixture.makeQueue("jobs") { $0.delaySeconds = 5 }
        let created = fixture.clock.now()
        fixture.clock.advance(by: .seconds(10))
        var changes = QueueAttributeChanges()
        changes.retentionSeconds = 60
        changes.policy = .some("{}")
        _ = try await fixture.queues.setAttributes(jobs, changes)
        var found = try await fixture.queues.describe(jobs)
        #expect(found.attributes.delaySeconds == 5 && found.attributes.retentionSeconds == 60 && found.attributes.policy == "{}")
        #expect(found.created == created && found.modified == fixture.clock.now())
        #expect(found.arn.description == "arn:aws:sqs:us-east-1:000000000000:jobs")
        changes = QueueAttributeChanges()
        changes.policy = .some(nil)
        _ = try await fixture.queues.setAttributes(jobs, changes)
        found = try await fixture.queues.describe(jobs)
        #expect(found.attributes.policy == nil && found.attributes.retentionSeconds == 60)
    }

    @Test func aQueueMadeAgainKeepsNothing() async throws {
        let fixture = QueueFixture()
        let jobs = try await fixture.makeQueue("jobs")
        try await fixture.send("one", to: jobs)
        try await fixture.send("two", to: jobs)
        let handle = try #require(try await fixture.receive(1, from: jobs).first).receiptHandle
        _ = try await fixture.queues.delete(jobs)
        _ = try await fixture.makeQueue("jobs")
        #expect(try await fixture.receive(from: jobs).isEmpty)
        fixture.clock.advance(by: .seconds(60))
        #expect(try await fixture.receive(from: jobs).isEmpty)
        await #expect(throws: QueueError.receiptHandleIsInvalid(handle)) { try await fixture.queues.deleteMessage(handle, from: jobs) }
        let found = try await fixture.queues.describe(jobs)
        #expect(found.visibleCount == 0 && found.inFlightCount == 0)
    }

    @Test func purgeTakesWhatIsInFlightToo() async throws {
        let fixture = QueueFixture()
        let jobs = try await fixture.makeQueue("jobs")
        for index in 0..<5 { try await fixture.send("\(index)", to: jobs) }
        let handle = try #require(try await fixture.receive(1, from: jobs, timeout: 30).first).receiptHandle
        _ = try await fixture.queues.purge(jobs)
        #expect(try await fixture.queues.describe(jobs).inFlightCount == 0)
        try await fixture.send("after", to: jobs)
        fixture.clock.advance(by: .seconds(31))
        #expect(try await fixture.receive(from: jobs).map(\.body) == ["after"])
        // The purged message's handle is still one of this queue.
        _ = try await fixture.queues.deleteMessage(handle, from: jobs)
        #expect(try await fixture.queues.describe(jobs).inFlightCount == 1)
    }

    @Test func aSecondPurgeWaitsAMinute() async throws {
        let fixture = QueueFixture()
        let jobs = try await fixture.makeQueue("jobs")
        _ = try await fixture.queues.purge(jobs)
        try await fixture.send("kept", to: jobs)
        let refusal = QueueError.purgeInProgress(QueueName("jobs")!)
        await #expect(throws: refusal) { try await fixture.queues.purge(jobs) }
        fixture.clock.advance(by: .milliseconds(59_999))
        await #expect(throws: refusal, "a restart forgets nothing") { try await fixture.restarted().purge(jobs) }
        #expect(try await fixture.receive(from: jobs, timeout: 0).map(\.body) == ["kept"])
        fixture.clock.advance(by: .milliseconds(1))
        _ = try await fixture.queues.purge(jobs)
        #expect(try await fixture.receive(from: jobs).isEmpty)
    }

    @Test func tagsAreKept() async throws {
        let fixture = QueueFixture()
        let jobs = try await fixture.makeQueue("jobs")
        _ = try await fixture.queues.tag(jobs, [("team", "a"), ("stage", "test")])
        _ = try await fixture.queues.tag(jobs, [("team", "b")])
        _ = try await fixture.queues.untag(jobs, ["stage", "none"])
        #expect(try await fixture.queues.tags(of: jobs).map(\.key) == ["team"])
        #expect(try await fixture.queues.tags(of: jobs).map(\.value) == ["b"])
        await #expect(throws: QueueError.self) { try await fixture.queues.tag(jobs, (0..<50).map { ("key\($0)", "") }) }
    }

    @Test func sweepsWhatDeletedAndPurgedQueuesLeft() async throws {
        let fixture = QueueFixture()
        let jobs = try await fixture.makeQueue("jobs")
        for _ in 0..<70 {
            let entries = (0..<10).map { BatchEntry(id: "\($0)", content: .success(OutgoingMessage(body: "x", sender: "me"))) }
            _ = try await fixture.queues.sendBatch(entries, to: jobs)
        }
        _ = try await fixture.receive(from: jobs)
        _ = try await fixture.queues.purge(jobs)
        try await fixture.send("kept", to: jobs)
        let gone = try await fixture.makeQueue("gone")
        try await fixture.send("x", to: gone)
        _ = try await fixture.queues.delete(gone)
        var steps = 0
        while try await fixture.queues.sweepStep() {
            steps += 1
            #expect(steps < 100)
        }
        #expect(steps >= 6, "700 messages with two entries each, at most 256 entries a step")
        // The queue's record, its count, and the message with its visibility.
        #expect(fixture.ledger.contents.filter { $0.key[0] >= 0x30 && $0.key[0] < 0x40 }.count == 4)
        #expect(try await fixture.receive(from: jobs).map(\.body) == ["kept"])
    }

    @Test func sweepsExpiredMessages() async throws {
        let fixture = QueueFixture()
        let jobs = try await fixture.makeQueue("jobs") { $0.retentionSeconds = 60 }
        try await fixture.send("old", to: jobs)
        try await fixture.send("old and received", to: jobs)
        try await fixture.send("old and delayed", to: jobs, delay: 600)
        _ = try await fixture.receive(1, from: jobs, timeout: 600)
        fixture.clock.advance(by: .seconds(30))
        try await fixture.send("young", to: jobs)
        #expect(try await !fixture.queues.sweepStep())
        fixture.clock.advance(by: .seconds(30))
        #expect(try await fixture.queues.sweepStep())
        #expect(try await !fixture.queues.sweepStep())
        let found = try await fixture.queues.describe(jobs)
        #expect(found.visibleCount == 1 && found.inFlightCount == 0 && found.delayedCount == 0)
        #expect(try await fixture.receive(from: jobs).map(\.body) == ["young"])
        #expect(fixture.ledger.contents.filter { $0.key[0] == 0x31 }.count == 1)
    }

    /// One name, a queue in each region: nothing of one is seen in another.
    @Test func regionsAreApart() async throws {
        let fixture = QueueFixture()
        let own = try await fixture.makeQueue("jobs")
        let (west, east) = (QueueFixture.address("jobs", "eu-west-1"), QueueFixture.address("jobs", "us-east-2"))
        for address in [west, east] {
            await #expect(throws: QueueError.queueDoesNotExist) { try await fixture.queues.describe(address) }
            _ = try await fixture.queues.create(address)
            try await fixture.send(fixture.engine.arn(of: address).description, to: address)
        }
        _ = try await fixture.queues.create(QueueFixture.address("a-west", "eu-west-1"))
        func names(_ region: String, _ prefix: String = "") async throws -> [String] {
            try await fixture.queues.list(account: QueueFixture.account, region: Region(region)!, prefix: prefix).names.map(\.rawValue)
        }
        for (region, prefix, expected) in [
            ("us-east-1", "", ["jobs"]), ("us-east-1", "j", ["jobs"]), ("us-east-1", "a", []), ("us-east-1", "\0", []),
            ("eu-west-1", "", ["a-west", "jobs"]), ("eu-west-1", "a", ["a-west"]), ("us-east-2", "", ["jobs"]), ("eu-west-2", "", []),
            ("eu-west", "", []),
        ] { #expect(try await names(region, prefix) == expected, "\(region) \(prefix)") }
        #expect(try await fixture.receive(from: own).isEmpty)
        for address in [west, east] {
            let arn = fixture.engine.arn(of: address)
            #expect(fixture.engine.address(of: arn) == address)
            #expect(try await fixture.receive(from: address).map(\.body) == [arn.description])
        }
        #expect(fixture.engine.address(of: ARN("arn:aws:sqs:us-east-1:000000000000:jobs")!) == own)
        #expect(fixture.engine.address(of: ARN("arn:aws-cn:sqs:us-east-1:000000000000:jobs")!) == own)
        #expect(fixture.engine.address(of: ARN("arn:aws:sqs:mars-north-1:000000000000:jobs")!) == nil)
        // Dead letters stay in their region, and the tasks that bring them back.
        var changes = QueueAttributeChanges()
        changes.redrive = .some(RedrivePolicy(deadLetter: fixture.engine.arn(of: east), receivesMax: 1))
        await #expect(throws: QueueError.self) { try await fixture.queues.setAttributes(west, changes) }
        let partition = ARN("arn:aws-eusc:sqs:eu-west-1:000000000000:jobs")!
        changes.redrive = .some(RedrivePolicy(deadLetter: partition, receivesMax: 1))
        let source = QueueFixture.address("a-west", "eu-west-1")
        _ = try await fixture.queues.setAttributes(source, changes)
        #expect(try await fixture.queues.deadLetterSources(of: west) == [source])
        try await fixture.send("x", to: source)
        for _ in 0..<2 { _ = try await fixture.receive(from: source, timeout: 0) }
        _ = try await fixture.queues.startMove(from: west, to: nil, perSecondMax: nil)
        while try await fixture.queues.stepMoves() == .zero {}
        #expect(try await fixture.receive(from: source).map(\.body) == ["x"])
        #expect(try await fixture.ledger.read { try QueueEngine.ownsQueues(QueueFixture.account, in: $0) })
        _ = try await fixture.queues.delete(own)
        #expect(try await names("us-east-1").isEmpty)
        #expect(try await names("us-east-2") == ["jobs"])
        #expect(try await fixture.ledger.read { try QueueEngine.ownsQueues(QueueFixture.account, in: $0) })
    }
}
