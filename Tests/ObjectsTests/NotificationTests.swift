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

    static func target(_ id: String?, _ events: [String], prefix: String? = nil, suffix: String? = nil) -> NotificationTarget {
        NotificationTarget(id: id, arn: queue, events: events.map { EventPattern($0)! }, prefix: prefix, suffix: suffix)
    }

    static func set(_ fixture: Fixture, _ targets: [NotificationTarget]) async throws {
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

    @Test func aDeleteMarkerIsToldAsEmpty() async throws {
        let fixture = try await Fixture.withBucket()
        _ = try await fixture.objects.setVersioning(fixture.bucket, .enabled, context: fixture.alice)
        try await Self.set(fixture, [Self.target(nil, ["s3:ObjectRemoved:*"])])
        let marker = try await fixture.objects.delete(fixture.bucket, ObjectKey("a")!, context: fixture.alice)
        let body = try #require(try Self.bodies(fixture).first)
        #expect(
            body.contains("\"object\":{\"key\":\"a\",\"eTag\":\"d41d8cd98f00b204e9800998ecf8427e\",\"versionId\":\""), "\(marker): \(body)")
    }

    @Test func theRequestsTraceGoesToQueues() async throws {
        let fixture = try await Fixture.withBucket()
        try await Self.set(fixture, [Self.target(nil, ["s3:ObjectCreated:*"])])
        try await fixture.put("a")
        #expect(try fixture.notifications().map { try NotificationDue($0.fact).trace } == [Fixture.trace])
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

    /// As AWS: a deletion of many tells of each key, whether it had an object or not; a deletion of one does not. There is no fact of it.
    @Test func aDeletionOfManyTellsOfMissingKeysToo() async throws {
        let fixture = try await Fixture.withBucket()
        try await Self.set(fixture, [Self.target("gone", ["s3:ObjectRemoved:*"])])
        try await fixture.put("a")
        let keys = ["a", "b", "c"].map { KeyDeletion(key: ObjectKey($0)!) }
        _ = try await fixture.objects.deleteMany(
            fixture.bucket, keys + [KeyDeletion(key: ObjectKey("d")!, version: .null)], context: fixture.alice)
        #expect(try Self.bodies(fixture).count { $0.contains("ObjectRemoved:Delete") } == 3)
        #expect(fixture.facts(ObjectsFactKind.objectRemoved).count == 1)
        _ = try await fixture.objects.delete(fixture.bucket, ObjectKey("b")!, context: fixture.alice)
        #expect(fixture.notifications().count == 3)
        _ = try await fixture.objects.setVersioning(fixture.bucket, .enabled, context: fixture.alice)
        _ = try await fixture.objects.deleteMany(fixture.bucket, [keys[1]], context: fixture.alice)
        #expect(try Self.bodies(fixture).last?.contains("ObjectRemoved:DeleteMarkerCreated") == true && fixture.notifications().count == 4)
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

    /// Functions and the bus hear in the same commit; events of one key share a lane, whatever the target.
    @Test func functionsAndTheBusHearToo() async throws {
        let seen = Mutex<[NotificationDue]>([])
        let reaction = Reaction(to: ObjectsFactKind.functionDue) { _, fact in
            let due = try NotificationDue(fact)
            seen.withLock { $0.append(due) }
        }
        let fixture = try await Fixture.withBucket(reactions: [reaction])
        let function = ARN("arn:aws:lambda:us-east-1:111111111111:function:f")!
        let target = NotificationTarget(id: "f", arn: function, events: [EventPattern("s3:ObjectCreated:*")!], prefix: "a")
        let configuration = NotificationConfiguration(functions: [target], sendsToEventBus: true)
        _ = try await fixture.objects.setNotifications(fixture.bucket, configuration, context: fixture.alice)
        #expect(try await fixture.objects.notifications(fixture.bucket) == configuration)
        fixture.clock.set(to: Timestamp(milliseconds: 1_767_323_045_678))
        try await fixture.put("a b/é\"")
        try await fixture.put("b")
        let due = seen.withLock { $0 }
        let bus = "arn:aws:events:us-east-1:111111111111:event-bus/default"
        #expect(due.map(\.targetARN) == [function.description, bus, bus])
        #expect(due[0].lane == due[1].lane && due[0].lane != due[2].lane && due[0].lane != 0)
        #expect(String(decoding: due[0].body, as: UTF8.self).contains("\"configurationId\":\"f\""))
        let expected = """
            {"version":"0","id":"UUID","detail-type":"Object Created","source":"aws.s3","account":"111111111111",\
            "time":"2026-01-02T03:04:05Z","region":"us-east-1","resources":["arn:aws:s3:::photos"],"detail":{"version":"0",\
            "bucket":{"name":"photos"},"object":{"key":"a b/é\\"","size":5,"etag":"5d41402abc4b2a76b9719d911017c592",\
            "sequencer":"0000000000000003"},"request-id":"000000000000ABCD","requester":"111111111111",\
            "source-ip-address":"10.0.0.7","reason":"PutObject"}}
            """
        let body = String(decoding: due[1].body, as: UTF8.self)
        let id = body.dropFirst("{\"version\":\"0\",\"id\":\"".count).prefix(36)
        #expect(id.hasPrefix("00000000-0000-0003-") && body == expected.replacing("UUID", with: id))
        // Of a list of grants the bus hears no size, no sequencer and no reason.
        _ = try await fixture.objects.setAccessControlList(fixture.bucket, ObjectKey("b")!, nil, context: fixture.alice)
        let granted = String(decoding: try #require(seen.withLock { $0.last }).body, as: UTF8.self)
        let object = "\"object\":{\"key\":\"b\",\"etag\":\"5d41402abc4b2a76b9719d911017c592\"},\"request-id\":"
        #expect(granted.contains("\"detail-type\":\"Object ACL Updated\"") && granted.contains(object))
    }

    @Test func eachNewTargetGetsATestEvent() async throws {
        let fixture = try await Fixture.withBucket()
        fixture.clock.set(to: Timestamp(milliseconds: 1_767_323_045_678))
        let targets = [Self.target("a", ["s3:ObjectCreated:Put"]), Self.target("b", ["s3:ObjectRemoved:*"])]
        let configuration = NotificationConfiguration(queues: targets)
        func set(_ sendsTestEvent: Bool) async throws -> LSN {
            try await fixture.objects.setNotifications(
                fixture.bucket, configuration, sendsTestEvent: sendsTestEvent, context: fixture.alice
            ).lsn
        }
        let first = try await set(true)
        _ = try await set(true)
        #expect(fixture.notifications().map(\.lsn) == [first], "once for a queue that two rules name, and never again while it stays")
        #expect(
            try Self.bodies(fixture) == [
                """
                {"Service":"Amazon S3","Event":"s3:TestEvent","Time":"2026-01-02T03:04:05.678Z","Bucket":"photos",\
                "RequestId":"000000000000ABCD","HostId":"host+id/="}
                """
            ])
        _ = try await fixture.objects.setNotifications(fixture.bucket, NotificationConfiguration(), context: fixture.alice)
        _ = try await set(false)
        #expect(fixture.notifications().count == 1)
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
        func problem(_ targets: [NotificationTarget]) async -> NotificationProblem? {
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
        let topic = NotificationTarget(id: "a", arn: ARN("arn:aws:sns:us-east-1:1:t")!, events: [EventPattern(put)!])
        #expect(await problem([topic]) == .notAQueue(topic.arn))
        let many = (0...100).map { Self.target("\($0)", [put], prefix: "\($0)/") }
        #expect(await problem(many) == .tooManyTargets(limit: 100))
        #expect(EventPattern("s3:ObjectCreated:Nothing") == nil && EventPattern("ObjectCreated:Put") == nil && EventPattern("s3:*") == nil)
        #expect(EventPattern(all)?.events.count == 4)
    }
}
