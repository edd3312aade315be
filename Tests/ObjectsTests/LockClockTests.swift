import Model
import ModelLedger
import Objects
import SimulationKit
import StoragePorts
import Testing

/// Locks are held against the clock as it stands. A commit's time never goes back, so one commit of a clock that ran ahead must not count.
@Suite struct LockClockTests {
    private static let until = Duration.seconds(3600)

    private static func locked() async throws -> (Fixture, VersionID, Timestamp) {
        let fixture = Fixture()
        _ = try await fixture.objects.createBucket(fixture.bucket, objectLock: true, context: fixture.alice)
        let start = fixture.clock.now()
        let lock = ObjectLock(retention: Retention(mode: .compliance, until: start + until))
        let version = try #require(try await fixture.put("a", lock: lock).value.version)
        return (fixture, version, start)
    }

    private static func removal(_ fixture: Fixture, _ version: VersionID) async -> ObjectsError? {
        await failure {
            try await fixture.objects.delete(
                fixture.bucket, ObjectKey("a")!, version: version, bypassGovernance: true, context: fixture.alice)
        }
    }

    @Test func aClockThatRanAheadUnlocksNothingForGood() async throws {
        let (fixture, version, start) = try await Self.locked()
        let isLocked = ObjectsError.versionIsLocked(fixture.bucket, ObjectKey("a")!)
        fixture.clock.set(to: start + .seconds(31_536_000))
        try await fixture.put("b")
        for time in [start + .seconds(10), start + .seconds(-100_000), start + Self.until + .milliseconds(-1)] {
            fixture.clock.set(to: time)
            #expect(await Self.removal(fixture, version) == isLocked)
            #expect(
                await failure {
                    try await fixture.objects.setRetention(
                        of: ObjectKey("a")!, version, in: fixture.bucket, to: nil, bypassGovernance: true, context: fixture.alice)
                } == isLocked)
            // A time that is to come by the clock is no past one.
            let soon = ObjectLock(retention: Retention(mode: .governance, until: time + .seconds(5)))
            #expect(try await fixture.put("c", lock: soon).value.lock == soon)
        }
        fixture.clock.set(to: start + Self.until)
        #expect(await Self.removal(fixture, version) == nil)
    }

    @Test func theLifecycleEndsNothingThatIsLocked() async throws {
        let (fixture, version, start) = try await Self.locked()
        let rule = LifecycleRule(
            id: "all", isEnabled: true, filter: LifecycleFilter(form: .single, prefix: ""), expiration: .days(1),
            noncurrentExpiration: LifecycleRule.NoncurrentExpiration(days: 1, kept: nil))
        _ = try await fixture.objects.set(Lifecycle(rules: [rule]), of: fixture.bucket, context: fixture.alice)
        try await fixture.put("a", text(5))
        // Whoever judges as of a wrong time still ends nothing in the commit.
        var pass = try await fixture.objects.lifecyclePass(over: fixture.bucket, at: start + .seconds(100_000))
        while !pass.isDone {
            try await fixture.objects.step(&pass, LifecycleClock(day: .seconds(1)), pace: LifecyclePace(scanMax: 2, commitMax: 1))
        }
        #expect(pass.endedCount > 0)
        #expect(try await fixture.get(ObjectKey("a")!, .version(version)).bytes == Array("hello".utf8))
    }
}
