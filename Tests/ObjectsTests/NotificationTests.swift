import Model
import ModelLedger
import Objects
import SimulationKit
import StoragePorts
import SwiftProtobuf
import Synchronization
import Testing

@Suite struct NotificationTests {
    static let queue = ARN("arn:aws:sqs:us-east-1:111111111111:jobs")!

    static func target(_ id: String?, _ events: [String], prefix: String = "", suffix: String = "") -> QueueNotification {
        QueueNotification(id: id, queue: queue, events: events.map { EventPattern($0)! }, prefix: prefix, suffix: suffix)
    }

    static func set(_ fixture: Fixture, _ targets: [QueueNotification]) async throws {
        _ = try await fixture.objects.setNotifications(
            fixture.bucket, NotificationConfiguration(queues: targets), context: fixture.alice)
    }

    static func bodies(_ fixture: Fixture) throws -> [String] {
        try fixture.notifications().map { String(decoding: try NotificationDue($0.fact).body, as: UTF8.self) }
    }

    @Test func theBodyIsAWSsEvent() async throws {
        let fixture = try await Fixture.withBucket()
        try await Self.set(fixture, [Self.target("my \"id\"", ["s3:ObjectCreated:*", "s3:ObjectRemoved:Delete"])])
        fixture.clock.set(to: Timestamp(milliseconds: 1_767_323_045_678))
        let put = try await fixture.put("a b/é+.txt")
        _ = try await fixture.objects.delete(fixture.bucket, ObjectKey("a b/é+.txt")!, context: fixture.alice)
        let head = """
            {"Records":[{"eventVersion":"2.1","eventSource":"aws:s3","awsRegion":"us-east-1","eventTime":"2026-01-02T03:04:05.678Z",
            """
        let middle = """
            "userIdentity":{"principalId":"AWS:111111111111"},"requestParameters":{"sourceIPAddress":"10.0.0.7"},\
            "responseElements":{"x-amz-request-id":"000000000000ABCD","x-amz-id-2":"host+id/="},\
            "s3":{"s3SchemaVersion":"1.0","configurationId":"my \\"id\\"","bucket":{"name":"photos",\
            "ownerIdentity":{"principalId":"\(String(repeating: "a", count: 64))"},"arn":"arn:aws:s3:::photos"},\
            "object":{"key":"a+b/%C3%A9%2B.txt",
            """
        let bodies = try Self.bodies(fixture)
        #expect(put.lsn == LSN(3))
        #expect(
            bodies == [
                head + "\"eventName\":\"ObjectCreated:Put\"," + middle
                    + "\"size\":5,\"eTag\":\"5d41402abc4b2a76b9719d911017c592\",\"sequencer\":\"0000000000000003\"}}}]}",
                head + "\"eventName\":\"ObjectRemoved:Delete\"," + middle + "\"sequencer\":\"0000000000000004\"}}}]}",
            ])
    }

    @Test func eventsAndFiltersDecide() async throws {
        let fixture = try await Fixture.withBucket()
        try await Self.set(
            fixture,
            [
                Self.target("jpg", ["s3:ObjectCreated:Put", "s3:ObjectCreated:Copy"], prefix: "in/", suffix: ".jpg"),
                Self.target("gone", ["s3:ObjectRemoved:*"], prefix: "in/"),
            ])
        func count(_ change: () async throws -> Void) async throws -> Int {
            let before = fixture.notifications().count
            try await change()
            return fixture.notifications().count - before
        }
        #expect(try await count { try await fixture.put("in/a.jpg") } == 1)
        #expect(try await count { try await fixture.put("in/a.png") } == 0)
        #expect(try await count { try await fixture.put("out/a.jpg") } == 0)
        #expect(try await count { try await fixture.multipart("in/b.jpg", [[1]]) } == 0)
        #expect(try await count { _ = try await fixture.objects.copy(CopyTests.request(fixture, "in/a.png", "in/c.jpg")) } == 1)
        let keys = ["in/a.jpg", "in/a.png", "out/a.jpg", "missing"].map { KeyDeletion(key: ObjectKey($0)!) }
        #expect(try await count { _ = try await fixture.objects.deleteMany(fixture.bucket, keys, context: fixture.alice) } == 2)
        try await Self.set(fixture, [])
        #expect(try await count { try await fixture.put("in/a.jpg") } == 0)
    }

    @Test func everyChangeHasItsFactAtItsPosition() async throws {
        let fixture = try await Fixture.withBucket()
        let put = try await fixture.put("a")
        let copy = try await fixture.objects.copy(CopyTests.request(fixture, "a", "b"))
        let multipart = try await fixture.multipart("c", [[1]])
        let delete = try await fixture.objects.delete(fixture.bucket, ObjectKey("a")!, context: fixture.alice)
        let created = try fixture.facts(ObjectsFactKind.objectCreated).map {
            ($0.lsn, try PBObjectCreated(serializedBytes: $0.fact.payload))
        }
        #expect(created.map(\.0) == [put.lsn, copy.lsn, multipart.lsn])
        #expect(created.map(\.1.cause) == [.put, .copy, .completeMultipartUpload])
        #expect(created.map { Array($0.1.key) } == ["a", "b", "c"].map { Array($0.utf8) })
        #expect(created.allSatisfy { $0.1.origin.accessKeyID == "AKIAALICE" && $0.1.bucket == "photos" })
        #expect(fixture.facts(ObjectsFactKind.objectRemoved).map(\.lsn) == [delete.lsn])
        #expect(fixture.ledger.allRecords.allSatisfy { record in record.facts.allSatisfy { Objects.factKinds[$0.kind] != nil } })
    }

    @Test func aReactionSeesItInTheSameCommit() async throws {
        let seen = Mutex<[(LSN, String)]>([])
        let reaction = Reaction(to: ObjectsFactKind.notificationDue) { transaction, fact in
            let due = try NotificationDue(fact)
            seen.withLock { $0.append((transaction.lsn, due.targetARN)) }
            transaction.put([0x30] + StorageKeys.bigEndian(transaction.lsn.rawValue), due.body)
        }
        let fixture = try await Fixture.withBucket(reactions: [reaction])
        try await Self.set(fixture, [Self.target(nil, ["s3:ObjectCreated:*"])])
        let put = try await fixture.put("a")
        #expect(seen.withLock { $0.map(\.0) } == [put.lsn])
        #expect(seen.withLock { $0.map(\.1) } == [Self.queue.description])
        #expect(fixture.ledger.contents.contains { $0.key[0] == 0x30 })
        #expect(fixture.facts(ObjectsFactKind.notificationDue).isEmpty, "the message says it all; the record has no copy")
    }

    @Test func whatIsStoredIsShown() async throws {
        let fixture = try await Fixture.withBucket()
        #expect(try await fixture.objects.notifications(fixture.bucket).queues == [])
        let targets = [
            Self.target("one", ["s3:ObjectCreated:Put"], prefix: "a", suffix: "z"), Self.target(nil, ["s3:ObjectRemoved:*"]),
        ]
        try await Self.set(fixture, targets)
        let shown = try await fixture.objects.notifications(fixture.bucket).queues
        #expect(shown[0] == targets[0])
        #expect(shown[1].id?.count == 32 && shown[1].events == targets[1].events)
        #expect(try await fixture.objects.bucket(fixture.bucket).created == fixture.clock.now())
    }

    @Test func wrongConfigurationsAreRefused() async throws {
        let fixture = try await Fixture.withBucket()
        func problem(_ targets: [QueueNotification]) async -> NotificationProblem? {
            guard case .invalidNotification(let problem) = await failure({ try await Self.set(fixture, targets) }) else { return nil }
            return problem
        }
        let put = "s3:ObjectCreated:Put"
        let all = "s3:ObjectCreated:*"
        #expect(await problem([Self.target("a", [put]), Self.target("b", [all], prefix: "x")]) == .overlap("a", "b"))
        #expect(await problem([Self.target("a", [put], prefix: "x"), Self.target("b", [all], prefix: "y")]) == nil)
        #expect(await problem([Self.target("a", [put], suffix: ".a"), Self.target("b", [all], suffix: "a")]) == .overlap("a", "b"))
        #expect(await problem([Self.target("a", [put], suffix: ".a"), Self.target("b", [all], prefix: "x", suffix: ".b")]) == nil)
        #expect(await problem([Self.target("a", [put], prefix: "x"), Self.target("b", [all], suffix: "y")]) == .overlap("a", "b"))
        #expect(await problem([Self.target("a", [put]), Self.target("a", ["s3:ObjectRemoved:*"])]) == .duplicateID("a"))
        #expect(await problem([Self.target("a", [])]) == .noEvents(id: "a"))
        let topic = QueueNotification(id: "a", queue: ARN("arn:aws:sns:us-east-1:1:t")!, events: [EventPattern(put)!])
        #expect(await problem([topic]) == .notAQueue(topic.queue))
        let many = (0...100).map { Self.target("\($0)", [put], prefix: "\($0)/") }
        #expect(await problem(many) == .tooManyTargets(limit: 100))
        #expect(EventPattern("s3:ObjectCreated:Nothing") == nil && EventPattern("ObjectCreated:Put") == nil && EventPattern("s3:*") == nil)
        #expect(EventPattern(all)?.events.count == 4)
    }
}
