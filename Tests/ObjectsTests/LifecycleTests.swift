import Bytes
import Model
import ModelLedger
import Objects
import SimulationKit
import StoragePorts
import Testing

@Suite struct LifecycleTests {
    static let clock = LifecycleClock()

    static func rule(
        prefix: String? = "", tags: [String: String] = [:], above: Int64? = nil, expiration: LifecycleRule.Expiration? = nil,
        noncurrent: LifecycleRule.NoncurrentExpiration? = nil, abort: Int32? = nil, isEnabled: Bool = true, id: String = "r"
    ) -> LifecycleRule {
        LifecycleRule(
            id: id, isEnabled: isEnabled,
            filter: LifecycleFilter(
                form: .conjunction, prefix: prefix, tags: tags.map { .init(key: $0.key, value: $0.value) }, sizeAbove: above),
            expiration: expiration, noncurrentExpiration: noncurrent, abortDays: abort)
    }

    /// One whole pass at the fixture's present time; how many it ended.
    @discardableResult
    func sweep(_ fixture: Fixture) async throws -> Int {
        var pass = try await fixture.objects.lifecyclePass(over: fixture.bucket, at: fixture.clock.now())
        while !pass.isDone { try await fixture.objects.step(&pass, Self.clock) }
        return pass.endedCount
    }

    func set(_ rules: LifecycleRule..., on fixture: Fixture) async throws {
        _ = try await fixture.objects.set(Lifecycle(rules: rules), of: fixture.bucket, context: fixture.alice)
    }

    func versions(_ fixture: Fixture) -> [[UInt8]] { fixture.ledger.contents.map(\.key).filter { $0[0] == 0x21 || $0[0] == 0x22 } }

    @Test func daysEndAtTheNextMidnight() async throws {
        let fixture = try await Fixture.withBucket()
        try await set(Self.rule(prefix: "old/", expiration: .days(1)), on: fixture)
        fixture.clock.advance(by: .seconds(3600))
        let made = try await fixture.put("old/a").value
        try await fixture.put("new/a")
        #expect(made.expiration?.date == Timestamp(seconds: 1_767_225_600 + 2 * 86_400) && made.expiration?.ruleID == "r")
        fixture.clock.advance(by: .seconds(46 * 3600))
        #expect(try await sweep(fixture) == 0)
        fixture.clock.advance(by: .seconds(3600))
        #expect(try await sweep(fixture) == 1)
        #expect(try await fixture.names() == ["new/a"])
        #expect(fixture.facts(ObjectsFactKind.objectRemoved).count == 1)
        #expect(try await sweep(fixture) == 0)
    }

    @Test func filtersHoldTogether() async throws {
        let fixture = try await Fixture.withBucket()
        try await set(Self.rule(prefix: "p", tags: ["k": "v"], above: 5, expiration: .days(1)), on: fixture)
        let tagged = ObjectAttributes(tags: try TagSet([Tag(key: "k", value: "v"), Tag(key: "x", value: "")], of: .object))
        try await fixture.put("p-all", text(6), attributes: tagged)
        try await fixture.put("p-small", text(5), attributes: tagged)
        try await fixture.put("p-untagged", text(6))
        try await fixture.put("q", text(6), attributes: tagged)
        fixture.clock.advance(by: .seconds(3 * 86_400))
        #expect(try await sweep(fixture) == 1)
        #expect(try await fixture.names() == ["p-small", "p-untagged", "q"])
    }

    @Test func disabledRulesEndNothing() async throws {
        let fixture = try await Fixture.withBucket()
        try await set(Self.rule(expiration: .days(1), isEnabled: false), on: fixture)
        try await fixture.put("a")
        fixture.clock.advance(by: .seconds(9 * 86_400))
        #expect(try await sweep(fixture) == 0)
    }

    @Test func versionsComeToTheirEndInTurn() async throws {
        let fixture = try await Fixture.withBucket()
        _ = try await fixture.objects.setVersioning(fixture.bucket, .enabled, context: fixture.alice)
        try await set(
            Self.rule(expiration: .days(1), id: "current"), Self.rule(noncurrent: .init(days: 1, kept: 1), id: "older"), on: fixture)
        for _ in 0..<4 { try await fixture.put("a") }
        fixture.clock.advance(by: .seconds(3 * 86_400))
        // The current one gets a marker and is then the newest of the older ones, which is kept; the three behind it end.
        #expect(try await sweep(fixture) == 4)
        #expect(try await fixture.names() == [])
        #expect(versions(fixture).count == 2)
        #expect(fixture.facts(ObjectsFactKind.deleteMarkerCreated).count == 1)
        try await set(Self.rule(expiration: .expiredMarkers(true)), Self.rule(noncurrent: .init(days: 1, kept: nil), id: "o"), on: fixture)
        fixture.clock.advance(by: .seconds(3 * 86_400))
        #expect(try await sweep(fixture) == 1)
        #expect(try await sweep(fixture) == 1)
        #expect(versions(fixture).isEmpty)
    }

    /// What a null version is replaced by, again and again, makes the versions behind it no younger.
    @Test(arguments: [false, true]) func daysCountFromWhenAVersionCeasedToBeCurrent(endsInMarker: Bool) async throws {
        let fixture = try await Fixture.withBucket()
        _ = try await fixture.objects.setVersioning(fixture.bucket, .enabled, context: fixture.alice)
        try await fixture.put("a")
        _ = try await fixture.objects.setVersioning(fixture.bucket, .suspended, context: fixture.alice)
        try await set(Self.rule(noncurrent: .init(days: 3, kept: nil)), on: fixture)
        for day in 0..<5 {
            try await fixture.put("a")
            if endsInMarker { _ = try await fixture.objects.delete(fixture.bucket, ObjectKey("a")!, context: fixture.alice) }
            #expect(try await sweep(fixture) == (day == 3 ? 1 : 0), "day \(day)")
            fixture.clock.advance(by: .seconds(86_400))
        }
        #expect(versions(fixture).count == 1)
    }

    /// Set aside itself, a null version still knows since when the others are.
    @Test func aNullVersionThatIsSetAsideKeepsTheDaysOfThoseBehind() async throws {
        let fixture = try await Fixture.withBucket()
        _ = try await fixture.objects.setVersioning(fixture.bucket, .enabled, context: fixture.alice)
        try await fixture.put("a")
        _ = try await fixture.objects.setVersioning(fixture.bucket, .suspended, context: fixture.alice)
        try await fixture.put("a")
        fixture.clock.advance(by: .seconds(3 * 86_400))
        try await fixture.put("a")
        // A change in place keeps it too.
        _ = try await fixture.objects.setTags(
            fixture.bucket, ObjectKey("a")!, TagSet([Tag(key: "k", value: "v")], of: .object), context: fixture.alice)
        _ = try await fixture.objects.setVersioning(fixture.bucket, .enabled, context: fixture.alice)
        try await fixture.put("a")
        try await set(Self.rule(noncurrent: .init(days: 3, kept: nil)), on: fixture)
        fixture.clock.advance(by: .seconds(86_400))
        #expect(try await sweep(fixture) == 1)
        #expect(versions(fixture).count == 2)
        fixture.clock.advance(by: .seconds(3 * 86_400))
        #expect(try await sweep(fixture) == 1)
    }

    @Test func lockedVersionsStay() async throws {
        let fixture = try await Fixture.withBucket()
        _ = try await fixture.objects.setVersioning(fixture.bucket, .enabled, context: fixture.alice)
        _ = try await fixture.objects.setObjectLock(fixture.bucket, ObjectLockConfiguration(), context: fixture.alice)
        try await set(Self.rule(noncurrent: .init(days: 1, kept: nil)), on: fixture)
        let until = fixture.clock.now() + .seconds(30 * 86_400)
        try await fixture.put("a", lock: ObjectLock(retention: Retention(mode: .governance, until: until)))
        try await fixture.put("b", lock: ObjectLock(legalHold: true))
        for key in ["a", "b"] { try await fixture.put(key) }
        fixture.clock.advance(by: .seconds(10 * 86_400))
        #expect(try await sweep(fixture) == 0)
        fixture.clock.advance(by: .seconds(30 * 86_400))
        #expect(try await sweep(fixture) == 1)
        #expect(versions(fixture).count == 3)
    }

    @Test func uploadsAreAborted() async throws {
        let fixture = try await Fixture.withBucket()
        try await set(Self.rule(prefix: "x", abort: 2), on: fixture)
        for key in ["x", "y"] { _ = try await fixture.part(try await fixture.upload(key), 1, text(300_000)) }
        fixture.clock.advance(by: .seconds(4 * 86_400))
        #expect(try await sweep(fixture) == 1)
        #expect(fixture.ledger.contents.filter { $0.key[0] == 0x23 }.count == 1)
        #expect(fixture.ledger.contents.filter { $0.key[0] == 0x24 }.count == 1)
    }

    /// A pass that a stop cuts short goes on where its last deletions were, and judges as of its own beginning.
    @Test func aPassIsTakenUpAgain() async throws {
        let fixture = try await Fixture.withBucket()
        try await set(Self.rule(expiration: .days(1)), on: fixture)
        for index in 0..<600 { try await fixture.put("k\(1000 + index)") }
        fixture.clock.advance(by: .seconds(3 * 86_400))
        var pass = try await fixture.objects.lifecyclePass(over: fixture.bucket, at: fixture.clock.now())
        try await fixture.objects.step(&pass, Self.clock)
        #expect(pass.endedCount == 64 && !pass.isDone)
        let again = try await fixture.objects.lifecyclePass(over: fixture.bucket, at: fixture.clock.now() + .seconds(5))
        #expect(again.started == pass.started)
        #expect(try await sweep(fixture) == 536)
        #expect(try await fixture.names() == [])
        #expect(!fixture.ledger.contents.contains { $0.key[0] == 0x2B })
    }

    /// What was replaced between the look and the commit is another object.
    @Test func aNewObjectOfTheSameNameStays() async throws {
        let fixture = try await Fixture.withBucket()
        try await set(Self.rule(expiration: .days(1)), on: fixture)
        try await fixture.put("a")
        fixture.clock.advance(by: .seconds(3 * 86_400))
        var pass = try await fixture.objects.lifecyclePass(over: fixture.bucket, at: fixture.clock.now())
        try await fixture.put("a", text(3))
        while !pass.isDone { try await fixture.objects.step(&pass, Self.clock) }
        #expect(pass.endedCount == 0)
        #expect(try await fixture.get("a") == text(3))
    }

    @Test func aLifecyclePass() async throws {
        let fixture = try await Fixture.withBucket()
        try await set(Self.rule(expiration: .days(1)), on: fixture)
        for index in 0..<300 { try await fixture.put("k\(100 + index)") }
        fixture.clock.advance(by: .seconds(3 * 86_400))
        var pass = try await fixture.objects.lifecyclePass(over: fixture.bucket, at: Timestamp(milliseconds: 1))
        pass = try await fixture.objects.lifecyclePass(over: fixture.bucket, at: fixture.clock.now())
        try await fixture.objects.step(&pass, Self.clock)
        let entry = try #require(fixture.ledger.contents.first { $0.key[0] == 0x2B })
        #expect(entry.key == [0x2B] + StorageKeys.bigEndian(1))
        // 1 started_ms, 3 after: the 64th key.
        #expect(
            Hex.encode(entry.value) == "08" + "80f8b6b2b833" + "1a0d" + Hex.encode([0x21] + StorageKeys.bigEndian(1) + Array("k163".utf8)))
    }

    @Test(arguments: [
        (rule(expiration: .days(0)), LifecycleProblem.daysNotPositive(.expiration)),
        (rule(expiration: .date(Timestamp(milliseconds: 5))), .dateNotMidnight(Timestamp(milliseconds: 5))),
        (rule(), .noAction),
        (rule(expiration: .days(1), id: String(repeating: "x", count: 256)), .idTooLong),
        (rule(tags: ["a": ""], expiration: .expiredMarkers(true)), .markersWithTags),
        (rule(tags: ["a": ""], abort: 1), .abortWithTags),
        (rule(tags: ["a": ""], expiration: .expiredMarkers(false)), .markersWithTags),
        (rule(above: 1, expiration: .expiredMarkers(false)), .markersWithSize),
        (rule(above: 1, abort: 1), .abortWithSize),
        (rule(above: -1, expiration: .days(1)), .sizeAboveOutOfRange),
        (rule(noncurrent: .init(days: 1, kept: 0)), .keptNotPositive(.noncurrentExpiration)),
        (rule(noncurrent: .init(days: 0, kept: nil)), .daysNotPositive(.noncurrentExpiration)),
        (rule(abort: 0), .daysNotPositive(.abort)),
    ]) func problems(_ rule: LifecycleRule, _ problem: LifecycleProblem) {
        #expect(Lifecycle(rules: [rule]).problem() == problem)
    }

    @Test func idsAreUnique() {
        #expect(Lifecycle(rules: [Self.rule(expiration: .days(1)), Self.rule(abort: 1)]).problem() == .repeatedID)
    }
}
