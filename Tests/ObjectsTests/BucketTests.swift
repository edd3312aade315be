import Model
import ModelLedger
import Objects
import SimulationKit
import StoragePorts
import Testing

@Suite struct BucketTests {
    @Test func aBucketIsFoundAfterItsCreation() async throws {
        let fixture = try await Fixture.withBucket()
        let bucket = try await fixture.objects.bucket(fixture.bucket)
        #expect(bucket.owner == Owner(fixture.alice.principal))
        #expect(bucket.created == fixture.clock.now())
        #expect(bucket.region == .usEast1)
        #expect(bucket.instance == LSN(1))
        let missing = BucketName("missing")!
        #expect(await failure { try await fixture.objects.bucket(missing) } == .noSuchBucket(missing))
    }

    @Test func creatingItAgainIsSuccessForTheOwnerInUSEast1() async throws {
        let fixture = try await Fixture.withBucket()
        let again = try await fixture.objects.createBucket(fixture.bucket, context: fixture.alice)
        #expect(!again.value.isNew)
        #expect(
            await failure { try await fixture.objects.createBucket(fixture.bucket, context: fixture.bob) }
                == .bucketAlreadyExists(fixture.bucket))
    }

    @Test func creatingItAgainElsewhereIsRefused() async throws {
        let paris = Region("eu-west-3")!
        let fixture = Fixture(region: paris)
        _ = try await fixture.objects.createBucket(fixture.bucket, in: BucketLocation(paris), context: fixture.alice)
        #expect(
            await failure { try await fixture.objects.createBucket(fixture.bucket, context: fixture.alice) }
                == .bucketAlreadyOwnedByYou(fixture.bucket))
        #expect(
            await failure { try await fixture.objects.createBucket(fixture.bucket, in: BucketLocation(.usEast1), context: fixture.alice) }
                == .bucketAlreadyOwnedByYou(fixture.bucket))
        let virginia = BucketName("virginia")!
        _ = try await fixture.objects.createBucket(virginia, in: BucketLocation(.usEast1), context: fixture.alice)
        #expect(try await !fixture.objects.createBucket(virginia, in: BucketLocation(.usEast1), context: fixture.alice).value.isNew)
        #expect(
            await failure { try await fixture.objects.createBucket(virginia, context: fixture.alice) } == .bucketAlreadyOwnedByYou(virginia)
        )
        let account = fixture.alice.principal.account
        #expect(try await fixture.objects.listBuckets(owner: account, region: .usEast1).entries.map(\.name) == [virginia])
        #expect(try await fixture.objects.listBuckets(owner: account, region: paris, countMax: 1).next == nil)
    }

    @Test func onlyAnEmptyBucketIsDeleted() async throws {
        let fixture = try await Fixture.withBucket()
        try await fixture.put("a")
        #expect(
            await failure { try await fixture.objects.deleteBucket(fixture.bucket, context: fixture.alice) }
                == .bucketNotEmpty(fixture.bucket, hasVersions: false))
        _ = try await fixture.objects.delete(fixture.bucket, ObjectKey("a")!, context: fixture.alice)
        _ = try await fixture.objects.deleteBucket(fixture.bucket, context: fixture.alice)
        #expect(await failure { try await fixture.objects.bucket(fixture.bucket) } == .noSuchBucket(fixture.bucket))
        #expect(
            await failure { try await fixture.objects.deleteBucket(fixture.bucket, context: fixture.alice) }
                == .noSuchBucket(fixture.bucket))
        #expect(fixture.facts(ObjectsFactKind.bucketCreated).count == 1)
        #expect(fixture.facts(ObjectsFactKind.bucketDeleted).count == 1)
    }

    @Test func uploadsGoWithTheirBucketAndANewOneDoesNotSeeThem() async throws {
        let fixture = try await Fixture.withBucket()
        let upload = try await fixture.upload("a")
        for number in 1...3 { _ = try await fixture.part(upload, number, text(300_000)) }
        _ = try await fixture.part(upload, 4, text(10))
        _ = try await fixture.upload("b")
        _ = try await fixture.objects.deleteBucket(fixture.bucket, context: fixture.alice)
        ExtentAudit.check(fixture)
        _ = try await fixture.objects.createBucket(fixture.bucket, context: fixture.bob)
        #expect(try await fixture.objects.listUploads(fixture.bucket, UploadListQuery()).uploads == [])
        #expect(await failure { try await fixture.part(upload, 1, []) } == .noSuchUpload(upload.id))
    }

    @Test func resumeReleasesWhatAStopLeftOfADeletedBucket() async throws {
        let fixture = try await Fixture.withBucket()
        let upload = try await fixture.upload("a")
        _ = try await fixture.part(upload, 1, text(300_000))
        // The state between the deletion's commit and its drain.
        let instance = try await fixture.objects.bucket(fixture.bucket).instance
        _ = try await fixture.ledger.commit { transaction in
            transaction.delete([0x20] + Array("photos".utf8))
            transaction.put([0x29] + StorageKeys.bigEndian(instance.rawValue), [])
        }
        try await fixture.objects.resume()
        ExtentAudit.check(fixture)
        #expect(fixture.ledger.contents.allSatisfy { ![0x23, 0x24, 0x29].contains($0.key[0]) })
    }

    @Test func listingPagesThroughOneAccountsBuckets() async throws {
        let fixture = Fixture()
        for name in ["ccc", "aaa", "bbb", "abc"] {
            _ = try await fixture.objects.createBucket(BucketName(name)!, context: fixture.alice)
        }
        _ = try await fixture.objects.createBucket(BucketName("bob")!, context: fixture.bob)
        let alice = fixture.alice.principal.account
        let first = try await fixture.objects.listBuckets(owner: alice, countMax: 3)
        #expect(first.entries.map(\.name.rawValue) == ["aaa", "abc", "bbb"])
        #expect(first.next == "bbb")
        let second = try await fixture.objects.listBuckets(owner: alice, after: first.next, countMax: 3)
        #expect(second.entries.map(\.name.rawValue) == ["ccc"])
        #expect(second.next == nil)
        let some = try await fixture.objects.listBuckets(owner: alice, prefix: "a")
        #expect(some.entries.map(\.name.rawValue) == ["aaa", "abc"])
        #expect(some.entries.allSatisfy { $0.created == fixture.clock.now() && $0.region == .usEast1 })
    }

    @Test func anAccountHasALimit() async throws {
        let fixture = try await Fixture.withBucket()
        let account = fixture.alice.principal.account
        _ = try await fixture.ledger.commit { transaction in
            transaction.put([0x27] + Array(account.rawValue.utf8), StorageKeys.encodeCount(10_000))
        }
        #expect(
            await failure { try await fixture.objects.createBucket(BucketName("more")!, context: fixture.alice) }
                == .tooManyBuckets(limit: 10_000))
        _ = try await fixture.objects.createBucket(BucketName("more")!, context: fixture.bob)
    }
}
