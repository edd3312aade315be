import Bytes
import Model
import ModelLedger
import Objects
import StoragePorts
import Testing

@Suite struct ObjectTests {
    @Test(arguments: [0, 1, 5, 262_144, 262_145, 1_500_000])
    func whatIsPutIsRead(size: Int) async throws {
        let fixture = try await Fixture.withBucket()
        let bytes = text(size)
        let put = try await fixture.put("key", bytes)
        #expect(put.value.size == Int64(size))
        #expect(put.value.lsn == put.lsn)
        #expect(try await fixture.get("key") == bytes)
        #expect(try await fixture.objects.lookup(fixture.bucket, ObjectKey("key")!).info == put.value)
        ExtentAudit.check(fixture)
    }

    @Test func theETagIsTheMD5() async throws {
        let fixture = try await Fixture.withBucket()
        #expect(try await fixture.put("a", []).value.etag.text == "d41d8cd98f00b204e9800998ecf8427e")
        #expect(try await fixture.put("b", Array("hello".utf8)).value.etag.text == "5d41402abc4b2a76b9719d911017c592")
    }

    @Test func attributesAndChecksumsAreKept() async throws {
        let fixture = try await Fixture.withBucket()
        var attributes = ObjectAttributes()
        attributes.headers = ContentHeaders(
            contentType: "text/plain", contentEncoding: "gzip", contentDisposition: "inline", contentLanguage: "de",
            cacheControl: "no-store", expires: "never")
        attributes.metadata = [UserMetadata(name: "b", value: "2"), UserMetadata(name: "a", value: "é")]
        attributes.storageClass = .glacierIR
        attributes.websiteRedirect = "/other"
        for algorithm in ChecksumAlgorithm.allCases {
            let put = try await fixture.put("key", Array("123456789".utf8), attributes: attributes, checksum: algorithm)
            let info = try await fixture.objects.lookup(fixture.bucket, ObjectKey("key")!).info
            #expect(info.attributes == attributes)
            #expect(info == put.value)
            #expect(info.checksum?.type == .fullObject)
            #expect(info.owner == Owner(fixture.alice.principal))
        }
        let crc = try await fixture.put("crc", Array("123456789".utf8), checksum: .crc32)
        #expect(crc.value.checksum?.checksum == Checksum(.crc32, [0xCB, 0xF4, 0x39, 0x26]))
    }

    @Test func aChecksumThatWasNotComputedIsRefused() async throws {
        let fixture = try await Fixture.withBucket()
        let payload = try await fixture.payload([1, 2, 3])
        let request = PutRequest(
            bucket: fixture.bucket, key: ObjectKey("a")!, payload: payload, checksum: .sha1, context: fixture.alice)
        #expect(await failure { try await fixture.objects.put(request) } == .checksumMissing(.sha1))
    }

    @Test func overwritingReleasesTheOldBytes() async throws {
        let fixture = try await Fixture.withBucket()
        for size in [300_000, 10, 0, 400_000, 5, 300_000] {
            try await fixture.put("key", text(size))
            ExtentAudit.check(fixture)
        }
        _ = try await fixture.objects.delete(fixture.bucket, ObjectKey("key")!, context: fixture.alice)
        ExtentAudit.check(fixture)
        #expect(ExtentAudit(fixture).files.isEmpty)
    }

    @Test func missingThingsAreNamed() async throws {
        let fixture = try await Fixture.withBucket()
        let key = ObjectKey("nothing")!
        let missing = BucketName("missing")!
        #expect(await failure { try await fixture.objects.lookup(fixture.bucket, key) } == .noSuchKey(fixture.bucket, key))
        #expect(await failure { try await fixture.put("a", in: missing) } == .noSuchBucket(missing))
        #expect(try await fixture.objects.delete(fixture.bucket, key, context: fixture.alice).value.existed == false)
    }

    @Test func keysAreBytes() async throws {
        let fixture = try await Fixture.withBucket()
        let keys = ["a/../b", "//", "a\0b", "e\u{301}", "\u{e9}", "%2F", "a\u{10FFFF}"]
        for key in keys { try await fixture.put(key, Array(key.utf8)) }
        for key in keys { #expect(try await fixture.get(key) == Array(key.utf8)) }
        let listed = try await fixture.objects.list(fixture.bucket, ListQuery()).entries.map(\.key)
        #expect(listed == keys.map { ObjectKey($0)! }.sorted())
    }

    @Test func aFailedCommitChangesNothing() async throws {
        let fixture = try await Fixture.withBucket()
        try await fixture.put("a", Array("old".utf8))
        fixture.ledger.fail(with: .noSpace)
        #expect(await failure { try await fixture.put("a") } == .ledger(.noSpace))
        fixture.ledger.fail(with: nil)
        #expect(try await fixture.get("a") == Array("old".utf8))
        fixture.blobs.fail(with: .noSpace)
        #expect(await failure { try await fixture.put("a", text(300_000)) } == .blobs(.noSpace))
    }
}

@Suite struct ConditionTests {
    static let other = ETag("00000000000000000000000000000000")

    @Test func ifNoneMatchAnyMakesAnObjectOnce() async throws {
        let fixture = try await Fixture.withBucket()
        let condition = WriteCondition(ifNoneMatch: .any)
        try await fixture.put("a", condition: condition)
        #expect(await failure { try await fixture.put("a", condition: condition) } == .preconditionFailed(.ifNoneMatch))
    }

    @Test func ifMatchReplacesOnlyThatObject() async throws {
        let fixture = try await Fixture.withBucket()
        let key = ObjectKey("a")!
        #expect(await failure { try await fixture.put("a", condition: WriteCondition(ifMatch: .any)) } == .noSuchKey(fixture.bucket, key))
        let first = try await fixture.put("a").value.etag
        #expect(
            await failure { try await fixture.put("a", condition: WriteCondition(ifMatch: .oneOf([Self.other]))) }
                == .preconditionFailed(.ifMatch))
        try await fixture.put("a", [1], condition: WriteCondition(ifMatch: .oneOf([Self.other, first])))
        #expect(
            await failure { try await fixture.put("a", condition: WriteCondition(ifMatch: .oneOf([first]))) }
                == .preconditionFailed(.ifMatch))
    }

    @Test func deletesHaveThreeConditions() async throws {
        let fixture = try await Fixture.withBucket()
        let key = ObjectKey("a")!
        func delete(_ condition: DeleteCondition) async throws -> Bool {
            try await fixture.objects.delete(fixture.bucket, key, condition: condition, context: fixture.alice).value.existed
        }
        #expect(await failure { try await delete(DeleteCondition(ifMatch: .any)) } == .noSuchKey(fixture.bucket, key))
        let info = try await fixture.put("a").value
        #expect(await failure { try await delete(DeleteCondition(ifMatch: .oneOf([Self.other]))) } == .preconditionFailed(.ifMatch))
        #expect(await failure { try await delete(DeleteCondition(size: 6)) } == .preconditionFailed(.size))
        let later = Timestamp(seconds: info.lastModified.seconds + 1)
        #expect(await failure { try await delete(DeleteCondition(lastModified: later)) } == .preconditionFailed(.lastModified))
        let right = DeleteCondition(ifMatch: .oneOf([info.etag]), size: 5, lastModified: info.lastModified)
        #expect(try await delete(right))
    }

    @Test func readConditionsFollowTheRFC() {
        let tag = ETag("a")
        let time = Timestamp(seconds: 1_000)
        func failed(_ conditions: ReadConditions) -> ObjectsError.Condition? { conditions.failure(etag: tag, lastModified: time) }
        #expect(failed(.none) == nil)
        #expect(failed(ReadConditions(ifMatch: .oneOf([tag]), ifUnmodifiedSince: Timestamp(seconds: 1))) == nil, "the tag decides")
        #expect(failed(ReadConditions(ifMatch: .oneOf([Self.other]))) == .ifMatch)
        #expect(failed(ReadConditions(ifUnmodifiedSince: Timestamp(seconds: 999))) == .ifUnmodifiedSince)
        #expect(failed(ReadConditions(ifUnmodifiedSince: time)) == nil)
        #expect(failed(ReadConditions(ifNoneMatch: .any)) == .ifNoneMatch)
        #expect(failed(ReadConditions(ifNoneMatch: .oneOf([Self.other]), ifModifiedSince: time)) == nil, "the tag decides")
        #expect(failed(ReadConditions(ifModifiedSince: time)) == .ifModifiedSince)
        #expect(failed(ReadConditions(ifModifiedSince: Timestamp(milliseconds: 999_999))) == nil)
    }

    @Test func ofConcurrentConditionalWritesExactlyOneWins() async throws {
        let fixture = try await Fixture.withBucket()
        for round in 0..<20 {
            let tag = try await fixture.put("lock\(round)", [0]).value.etag
            let won = await withTaskGroup(of: [Bool].self) { group in
                for writer in 1...8 {
                    group.addTask {
                        let created = await failure {
                            try await fixture.put("new\(round)", [UInt8(writer)], condition: WriteCondition(ifNoneMatch: .any))
                        }
                        let swapped = await failure {
                            try await fixture.put("lock\(round)", [UInt8(writer)], condition: WriteCondition(ifMatch: .oneOf([tag])))
                        }
                        return [created == nil, swapped == nil]
                    }
                }
                return await group.reduce(into: [[Bool]]()) { $0.append($1) }
            }
            #expect(won.filter { $0[0] }.count == 1)
            #expect(won.filter { $0[1] }.count == 1)
        }
        ExtentAudit.check(fixture)
    }
}

@Suite struct DeleteManyTests {
    @Test func eachKeyHasItsResultInOneCommit() async throws {
        let fixture = try await Fixture.withBucket()
        for key in ["a", "b", "c"] { try await fixture.put(key) }
        let before = fixture.ledger.applied
        let keys = [
            KeyDeletion(key: ObjectKey("a")!), KeyDeletion(key: ObjectKey("missing")!),
            KeyDeletion(key: ObjectKey("b")!, condition: DeleteCondition(size: 99)),
            KeyDeletion(key: ObjectKey("missing")!, condition: DeleteCondition(ifMatch: .any)), KeyDeletion(key: ObjectKey("a")!),
        ]
        let result = try await fixture.objects.deleteMany(fixture.bucket, keys, context: fixture.alice)
        #expect(
            result.value == [
                .deleted(Deletion(existed: true)), .deleted(Deletion(existed: false)), .preconditionFailed(.size), .noSuchKey,
                .deleted(Deletion(existed: false)),
            ])
        #expect(result.lsn == before.next)
        #expect(try await fixture.names() == ["b", "c"])
        #expect(fixture.facts(ObjectsFactKind.objectRemoved).count == 1)
        ExtentAudit.check(fixture)
    }

    @Test func partsOfManyObjectsAreReleasedAfterwards() async throws {
        let fixture = try await Fixture.withBucket()
        for key in 0..<20 { try await fixture.multipart("\(key)", [[UInt8(key)]]) }
        let keys = (0..<20).map { KeyDeletion(key: ObjectKey("\($0)")!) }
        let before = fixture.ledger.applied
        let deleted = try await fixture.objects.deleteMany(fixture.bucket, keys, context: fixture.alice)
        #expect(deleted.value.allSatisfy { $0 == .deleted(Deletion(existed: true)) } && deleted.lsn == before.next)
        #expect(fixture.ledger.applied == deleted.lsn.next, "one commit for all of them")
        ExtentAudit.check(fixture)
        #expect(fixture.ledger.contents.allSatisfy { $0.key[0] != 0x24 })
    }
}
