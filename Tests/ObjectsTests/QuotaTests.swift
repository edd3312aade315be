import Bytes
import Model
import ModelLedger
import Objects
import SimulationKit
import StoragePorts
import Testing

@Suite struct QuotaTests {
    func limit(_ fixture: Fixture, bytes: Int64? = nil, objects: Int64? = nil) async throws {
        try await fixture.objects.setQuota(
            BucketQuota(bytesMax: bytes, objectsMax: objects), of: fixture.bucket, context: fixture.alice)
    }

    func held(_ fixture: Fixture) async throws -> BucketAmount {
        try #require(try await fixture.objects.quota(of: fixture.bucket)).holds
    }

    /// What a new count finds.
    func recounted(_ fixture: Fixture) async throws -> BucketAmount {
        let quota = try #require(try await fixture.objects.quota(of: fixture.bucket)).quota
        try await fixture.objects.setQuota(nil, of: fixture.bucket, context: fixture.alice)
        try await fixture.objects.setQuota(quota, of: fixture.bucket, context: fixture.alice)
        return try await held(fixture)
    }

    @Test func bytesAreLimited() async throws {
        let fixture = try await Fixture.withBucket()
        try await fixture.put("a", text(60))
        try await limit(fixture, bytes: 100)
        #expect(try await held(fixture) == BucketAmount(bytes: 60, objects: 1))
        let before = fixture.ledger.contents.count
        #expect(await failure { try await fixture.put("b", text(41)) } == .quotaExceeded(fixture.bucket))
        #expect(fixture.ledger.contents.count == before)
        try await fixture.put("b", text(40))
        // What is replaced makes room first.
        try await fixture.put("a", text(60, seed: 2))
        #expect(await failure { try await fixture.put("a", text(61)) } == .quotaExceeded(fixture.bucket))
        _ = try await fixture.objects.delete(fixture.bucket, ObjectKey("b")!, context: fixture.alice)
        try await fixture.put("a", text(100))
        #expect(try await held(fixture) == BucketAmount(bytes: 100, objects: 1))
    }

    @Test func objectsAreLimited() async throws {
        let fixture = try await Fixture.withBucket()
        try await limit(fixture, objects: 1)
        try await fixture.put("a", [])
        #expect(await failure { try await fixture.put("b", []) } == .quotaExceeded(fixture.bucket))
        try await fixture.put("a", text(1000))
        try await fixture.objects.setQuota(nil, of: fixture.bucket, context: fixture.alice)
        try await fixture.put("b", [])
        #expect(try await fixture.objects.quota(of: fixture.bucket) == nil)
        #expect(!fixture.ledger.contents.contains { $0.key[0] == 0x2F })
    }

    @Test func everyVersionCountsAndDeletingIsAlwaysPossible() async throws {
        let fixture = try await Fixture.withBucket()
        _ = try await fixture.objects.setVersioning(fixture.bucket, .enabled, context: fixture.alice)
        try await limit(fixture, bytes: 100, objects: 2)
        let first = try await fixture.put("a", text(50))
        try await fixture.put("a", text(50))
        #expect(await failure { try await fixture.put("a", []) } == .quotaExceeded(fixture.bucket))
        _ = try await fixture.objects.delete(fixture.bucket, ObjectKey("a")!, context: fixture.alice)
        #expect(try await held(fixture) == BucketAmount(bytes: 100, objects: 2))
        _ = try await fixture.objects.delete(
            fixture.bucket, ObjectKey("a")!, version: first.value.version, context: fixture.alice)
        try await fixture.put("c", text(50))
        #expect(try await held(fixture) == BucketAmount(bytes: 100, objects: 2))
        #expect(try await recounted(fixture) == BucketAmount(bytes: 100, objects: 2))
    }

    @Test func partsCountAndBecomeTheObjects() async throws {
        let fixture = try await Fixture.withBucket()
        let large = 5 << 20
        let upload = try await fixture.upload("m")
        let first = try await fixture.part(upload, 1, text(large))
        try await limit(fixture, bytes: Int64(large) + 1000)
        #expect(try await held(fixture) == BucketAmount(bytes: Int64(large), objects: 0))
        _ = try await fixture.part(upload, 2, text(900))
        #expect(await failure { try await fixture.part(upload, 3, text(101)) } == .quotaExceeded(fixture.bucket))
        let second = try await fixture.part(upload, 2, text(1000))
        let third = await failure { try await fixture.part(upload, 3, text(1)) }
        #expect(third == .quotaExceeded(fixture.bucket))
        _ = try await fixture.complete(upload, [first, second])
        #expect(try await held(fixture) == BucketAmount(bytes: Int64(large) + 1000, objects: 1))
        _ = try await fixture.objects.delete(fixture.bucket, ObjectKey("m")!, context: fixture.alice)
        #expect(try await held(fixture) == BucketAmount())
        let aborted = try await fixture.upload("m")
        _ = try await fixture.part(aborted, 1, text(77))
        _ = try await fixture.objects.abortUpload(fixture.bucket, ObjectKey("m")!, aborted.id, context: fixture.alice)
        #expect(try await held(fixture) == BucketAmount())
    }

    /// Random changes while the bucket is counted again and again: what is kept is what a walk finds.
    @Test(arguments: [UInt64(1), 2, 3]) func whatIsKeptIsWhatIsThere(seed: UInt64) async throws {
        let (fixture, random) = (try await Fixture.withBucket(seed: seed), SimRandom(seed: seed))
        try await limit(fixture, bytes: 1 << 40)
        for round in 0..<30 {
            if round == 10 { _ = try await fixture.objects.setVersioning(fixture.bucket, .enabled, context: fixture.alice) }
            if round == 20 { _ = try await fixture.objects.setVersioning(fixture.bucket, .suspended, context: fixture.alice) }
            let steps = (0..<8).map { _ in (key: "k\(random.int(in: 0...4))", size: random.int(in: 0...2000), what: random.int(in: 0...3)) }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for step in steps {
                    group.addTask {
                        switch step.what {
                        case 0: _ = try await fixture.objects.delete(fixture.bucket, ObjectKey(step.key)!, context: fixture.alice)
                        case 1:
                            let upload = try await fixture.upload(step.key)
                            let part = try await fixture.part(upload, 1, text(step.size))
                            if step.size % 2 == 0 { _ = try await fixture.complete(upload, [part]) }
                        default: try await fixture.put(step.key, text(step.size))
                        }
                    }
                }
                if round % 5 == 0 { group.addTask { _ = try await recounted(fixture) } }
                try await group.waitForAll()
            }
            let kept = try await held(fixture)
            #expect(try await recounted(fixture) == kept)
        }
    }

    @Test func aCountCutShortIsFinishedAtTheNextStart() async throws {
        let fixture = try await Fixture.withBucket()
        try await fixture.put("a", text(60))
        try await limit(fixture, bytes: 100)
        // As if the process had ended right after the first commit: counting, nothing changed since.
        let key = try #require(fixture.ledger.contents.first { $0.key[0] == 0x2F }).key
        let began = Hex.decode("01" + "0000000000000003" + String(repeating: "0", count: 32)) ?? []
        _ = try await fixture.ledger.commit { $0.put(key, began) }
        try await fixture.put("b", text(7))
        let later = Objects(ledger: fixture.ledger, blobs: fixture.blobs, random: SimRandom(seed: 2), region: .usEast1)
        try await later.resume()
        #expect(try await later.quota(of: fixture.bucket)?.holds == BucketAmount(bytes: 67, objects: 2))
        #expect(await failure { try await fixture.put("c", text(34)) } == .quotaExceeded(fixture.bucket))
    }

    @Test func usageOfABucket() async throws {
        let fixture = try await Fixture.withBucket()
        try await fixture.put("a", text(60))
        try await limit(fixture, bytes: 100, objects: 3)
        let entry = try #require(fixture.ledger.contents.first { $0.key[0] == 0x2F })
        #expect(Hex.encode(entry.key) == "2f0000000000000001")
        // Counted, the LSN of the count's beginning, bytes, objects.
        #expect(Hex.encode(entry.value) == "00" + "0000000000000003" + "000000000000003c" + "0000000000000001")
        #expect(Hex.encode(try BucketQuota(bytesMax: 100, objectsMax: 3).stored()) == "0864" + "1003")
        let part = try BucketQuota(stored: try BucketQuota(bytesMax: nil, objectsMax: 0).stored())
        #expect(part == BucketQuota(bytesMax: nil, objectsMax: 0))
    }

    @Test func goesWithTheBucket() async throws {
        let fixture = try await Fixture.withBucket()
        try await limit(fixture, bytes: 100)
        _ = try await fixture.objects.deleteBucket(fixture.bucket, context: fixture.alice)
        #expect(!fixture.ledger.contents.contains { $0.key[0] == 0x2F })
        #expect(await failure { try await fixture.objects.quota(of: fixture.bucket) } == .noSuchBucket(fixture.bucket))
    }
}
