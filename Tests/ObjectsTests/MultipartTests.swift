import Bytes
import Model
import ModelLedger
import Objects
import SimulationKit
import StoragePorts
import Testing

@Suite struct MultipartTests {
    static let big = text(5 << 20, seed: 3)

    @Test func partsBecomeOneObject() async throws {
        let fixture = try await Fixture.withBucket()
        let done = try await fixture.multipart("key", [Self.big, Self.big, text(10)])
        #expect(done.value.etag.text.hasSuffix("-3"))
        let object = try await fixture.objects.lookup(fixture.bucket, ObjectKey("key")!)
        #expect(object.info.etag == done.value.etag && object.info.partCount == 3 && object.info.lsn == done.lsn)
        #expect(try await fixture.get("key") == Self.big + Self.big + text(10))
        #expect(try await fixture.get("key", 5_242_870..<5_242_890) == Array((Self.big + Self.big)[5_242_870..<5_242_890]))
        #expect(try object.part(2).range == Int64(5 << 20)..<Int64(10 << 20))
        #expect(await failure { try object.part(4).range } == .noSuchPart(number: 4, partCount: 3))
        #expect(try await fixture.objects.listUploads(fixture.bucket, UploadListQuery()).uploads == [])
        ExtentAudit.check(fixture)
        try await fixture.put("key")
        ExtentAudit.check(fixture)
        #expect(ExtentAudit(fixture).files.isEmpty)
    }

    @Test func theETagIsTheMD5OfTheMD5s() async throws {
        let fixture = try await Fixture.withBucket()
        // md5(md5("hello"))
        #expect(try await fixture.multipart("key", [Array("hello".utf8)]).value.etag.text == "62109206880d38a4010a98e11243924a-1")
    }

    @Test func aRepeatedPartReplacesAndUnlistedOnesGo() async throws {
        let fixture = try await Fixture.withBucket()
        let upload = try await fixture.upload("key")
        _ = try await fixture.part(upload, 7, text(300_000, seed: 1))
        let part = try await fixture.part(upload, 7, text(300_001, seed: 2))
        _ = try await fixture.part(upload, 2, text(300_000))
        _ = try await fixture.part(upload, 9, text(3))
        ExtentAudit.check(fixture)
        _ = try await fixture.complete(upload, [part])
        #expect(try await fixture.get("key") == text(300_001, seed: 2))
        #expect(ExtentAudit(fixture).files.count == 1)
        ExtentAudit.check(fixture)
    }

    @Test func wrongListsAreRefusedAndTheUploadStays() async throws {
        let fixture = try await Fixture.withBucket()
        let upload = try await fixture.upload("key")
        let one = try await fixture.part(upload, 1, text(100))
        let two = try await fixture.part(upload, 2, text(100))
        func refused(_ parts: [ListedPart], size: Int64? = nil) async -> ObjectsError? {
            await failure { try await fixture.complete(upload, parts, size: size) }
        }
        #expect(await refused([]) == .noParts)
        #expect(await refused([two, one]) == .invalidPartOrder)
        #expect(await refused([one, one]) == .invalidPartOrder)
        #expect(await refused([ListedPart(number: 3, etag: one.etag)]) == .invalidPart(number: 3))
        #expect(await refused([ListedPart(number: 1, etag: ETag("x"))]) == .invalidPart(number: 1))
        #expect(await refused([one, two]) == .partTooSmall(number: 1, etag: one.etag, size: 100))
        #expect(await refused([two], size: 99) == .sizeMismatch(declared: 99, actual: 100))
        #expect(await failure { try await fixture.part(upload, 0, []) } == .invalidPartNumber(0))
        #expect(await failure { try await fixture.part(upload, 10_001, []) } == .invalidPartNumber(10_001))
        _ = try await fixture.complete(upload, [two], size: 100)
        ExtentAudit.check(fixture)
    }

    @Test func aRepeatedCompleteAnswersTheSameForAWhile() async throws {
        let fixture = try await Fixture.withBucket()
        let upload = try await fixture.upload("key", algorithm: .crc32, type: .fullObject)
        let part = try await fixture.part(upload, 1, text(100))
        let first = try await fixture.complete(upload, [part])
        try await fixture.put("other")
        let again = try await fixture.complete(upload, [part])
        #expect(again.value == first.value && again.lsn == first.lsn)
        #expect(fixture.facts(ObjectsFactKind.objectCreated).count == 2)
        fixture.clock.advance(by: .seconds(3_601))
        try await fixture.multipart("other", [[1]])
        #expect(await failure { try await fixture.complete(upload, [part]) } == .noSuchUpload(upload.id))
    }

    @Test func conditionsHoldAtTheComplete() async throws {
        let fixture = try await Fixture.withBucket()
        let upload = try await fixture.upload("key")
        let part = try await fixture.part(upload, 1, text(100))
        try await fixture.put("key")
        #expect(
            await failure { try await fixture.complete(upload, [part], condition: WriteCondition(ifNoneMatch: .any)) }
                == .preconditionFailed(.ifNoneMatch))
        #expect(
            await failure { try await fixture.complete(upload, [part], condition: WriteCondition(ifMatch: .any)) }
                == .uploadDisturbed(upload.key, .ifMatch))
        ExtentAudit.check(fixture)
        let again = try await fixture.upload("key")
        let other = try await fixture.part(again, 1, text(100))
        _ = try await fixture.complete(again, [other], condition: WriteCondition(ifMatch: .any))
        ExtentAudit.check(fixture)
    }

    /// Whatever ended the key's object since an upload began, a condition of its complete does not hold any more, though one that is asked
    /// now would. An upload that begins later is not concerned.
    @Test(arguments: Removal.allCases)
    func aRemovalIsAConflict(removal: Removal) async throws {
        let fixture = try await Fixture.withBucket()
        let key = ObjectKey("key")!
        if removal == .ofVersion || removal == .marker {
            _ = try await fixture.objects.setVersioning(fixture.bucket, .enabled, context: fixture.alice)
        }
        let version = try await fixture.put("key").value.version
        let (upload, other) = (try await fixture.upload("key"), try await fixture.upload("kez"))
        switch removal {
        case .delete, .marker: _ = try await fixture.objects.delete(fixture.bucket, key, context: fixture.alice)
        case .ofVersion: _ = try await fixture.objects.delete(fixture.bucket, key, version: version, context: fixture.alice)
        case .many: _ = try await fixture.objects.deleteMany(fixture.bucket, [KeyDeletion(key: key)], context: fixture.alice)
        case .rename:
            _ = try await fixture.objects.rename(
                RenameRequest(bucket: fixture.bucket, source: key, key: ObjectKey("away")!, context: fixture.alice))
        }
        let later = try await fixture.upload("key")
        func complete(_ upload: UploadInfo) async throws -> ObjectsError? {
            let part = try await fixture.part(upload, 1, text(100))
            return await failure { try await fixture.complete(upload, [part], condition: WriteCondition(ifNoneMatch: .any)) }
        }
        #expect(try await complete(upload) == .uploadDisturbed(key, .ifNoneMatch))
        #expect(try await complete(other) == nil, "of another key")
        #expect(try await complete(later) == nil)
        #expect(fixture.ledger.contents.contains { $0.key[0] == 0x70 }, "the disturbed upload is still there")
        _ = try await fixture.objects.abortUpload(fixture.bucket, key, upload.id, context: fixture.alice)
        #expect(!fixture.ledger.contents.contains { $0.key[0] == 0x70 })
        ExtentAudit.check(fixture)
    }

    enum Removal: CaseIterable {
        case delete, many, rename, marker, ofVersion
    }

    /// A removal notes nothing where no upload waits, and a bucket takes its watches with it.
    @Test func watchesEndWithTheirBucket() async throws {
        let fixture = try await Fixture.withBucket()
        try await fixture.put("key")
        _ = try await fixture.objects.delete(fixture.bucket, ObjectKey("key")!, context: fixture.alice)
        #expect(!fixture.ledger.contents.contains { $0.key[0] == 0x70 })
        for _ in 0..<2 { _ = try await fixture.upload("key") }
        _ = try await fixture.objects.deleteBucket(fixture.bucket, context: fixture.alice)
        #expect(!fixture.ledger.contents.contains { [0x23, 0x70].contains($0.key[0]) })
    }

    @Test func abortingReleasesManyPartsInSmallCommits() async throws {
        let fixture = try await Fixture.withBucket()
        let upload = try await fixture.upload("key")
        for number in 1...400 { _ = try await fixture.part(upload, number, [UInt8(truncatingIfNeeded: number)]) }
        let early = Timestamp(seconds: upload.initiated.seconds - 1)
        #expect(
            await failure {
                try await fixture.objects.abortUpload(
                    fixture.bucket, upload.key, upload.id, initiated: early, context: fixture.alice)
            } == .preconditionFailed(.initiated))
        _ = try await fixture.objects.abortUpload(fixture.bucket, upload.key, upload.id, context: fixture.alice)
        ExtentAudit.check(fixture)
        #expect(fixture.ledger.contents.allSatisfy { $0.key[0] != 0x24 })
        #expect(await failure { try await fixture.part(upload, 1, []) } == .noSuchUpload(upload.id))
        #expect(
            await failure {
                try await fixture.objects.abortUpload(fixture.bucket, upload.key, upload.id, context: fixture.alice)
            } == .noSuchUpload(upload.id))
    }

    @Test func partsAreListedInPages() async throws {
        let fixture = try await Fixture.withBucket()
        let upload = try await fixture.upload("key", algorithm: .sha1)
        for number in [300, 1, 20, 10_000] { _ = try await fixture.part(upload, number, [1]) }
        let first = try await fixture.objects.listParts(fixture.bucket, upload.key, upload.id, countMax: 3)
        #expect(first.parts.map(\.number) == [1, 20, 300] && first.isTruncated)
        #expect(first.upload == upload)
        #expect(first.parts.allSatisfy { $0.checksum?.algorithm == .sha1 && $0.size == 1 })
        let second = try await fixture.objects.listParts(fixture.bucket, upload.key, upload.id, after: 300)
        #expect(second.parts.map(\.number) == [10_000] && !second.isTruncated)
        #expect(try await fixture.objects.listParts(fixture.bucket, upload.key, upload.id, after: 10_000).parts == [])
    }

    @Test func uploadsAreListedByKeyThenByAge() async throws {
        let fixture = try await Fixture.withBucket()
        var ids: [UploadID] = []
        for key in ["b", "a", "b", "d/1", "d/2", "b\0c"] { ids.append(try await fixture.upload(key).id) }
        var query = UploadListQuery(keys: ListQuery(delimiter: Array("/".utf8), countMax: 2))
        let first = try await fixture.objects.listUploads(fixture.bucket, query)
        #expect(first.uploads.map(\.id) == [ids[1], ids[0]])
        #expect(first.next?.key == Array("b".utf8) && first.next?.upload == ids[0])
        query.keys.after = first.next?.key
        query.afterUpload = first.next?.upload
        let second = try await fixture.objects.listUploads(fixture.bucket, query)
        #expect(second.uploads.map(\.id) == [ids[2], ids[5]])
        #expect(second.uploads.last?.key.string == "b\0c")
        query.keys.after = Array("b".utf8)
        query.afterUpload = nil
        let third = try await fixture.objects.listUploads(fixture.bucket, query)
        #expect(third.uploads.map(\.id) == [ids[5]])
        #expect(third.commonPrefixes == [Array("d/".utf8)] && third.next == nil)
        query.keys.prefix = Array("d/".utf8)
        #expect(try await fixture.objects.listUploads(fixture.bucket, query).uploads.map(\.id) == [ids[3], ids[4]])
    }

    @Test func uploadIDsAreText() {
        let id = UploadID("0123456789abcdef00000000ffffffff")
        #expect(id?.description == "0123456789abcdef00000000ffffffff")
        for wrong in ["", "0123456789abcdef00000000fffffff", "0123456789ABCDEF00000000ffffffff", "0123456789abcdef00000000fffffffg"] {
            #expect(UploadID(wrong) == nil)
        }
    }
}

@Suite struct MultipartChecksumTests {
    @Test(arguments: [ChecksumAlgorithm.crc32, .crc32c, .crc64nvme])
    func fullObjectCRCsAreThoseOfTheWhole(algorithm: ChecksumAlgorithm) async throws {
        let fixture = try await Fixture.withBucket()
        let whole = MultipartTests.big + MultipartTests.big + text(12_345)
        let expected = try await fixture.payload(whole, digests: [algorithm]).checksums[algorithm]
        let upload = try await fixture.upload("key", algorithm: algorithm, type: .fullObject)
        var parts: [ListedPart] = []
        for (index, bytes) in [MultipartTests.big, MultipartTests.big, text(12_345)].enumerated() {
            var part = try await fixture.part(upload, index + 1, bytes)
            part.checksum = nil
            parts.append(part)
        }
        let wrong = Checksum(algorithm, [UInt8](repeating: 1, count: algorithm.byteCount))
        #expect(await failure { try await fixture.complete(upload, parts, checksum: wrong) } == .checksumMismatch(algorithm))
        if algorithm.defaultMultipartType != .fullObject {
            #expect(await failure { try await fixture.complete(upload, parts, checksum: expected) } == .checksumMismatch(algorithm))
        }
        let done = try await fixture.complete(upload, parts, checksum: expected, type: .fullObject)
        #expect(done.value.checksum?.checksum == expected)
        #expect(done.value.checksum?.type == .fullObject && done.value.checksum?.partCount == 0)
    }

    @Test(arguments: [ChecksumAlgorithm.crc32, .sha1, .sha256])
    func compositeOnesAreTheChecksumOfTheChecksums(algorithm: ChecksumAlgorithm) async throws {
        let fixture = try await Fixture.withBucket()
        let done = try await fixture.multipart("key", [MultipartTests.big, text(99)], algorithm: algorithm)
        let one = try #require(try await fixture.payload(MultipartTests.big, digests: [algorithm]).checksums[algorithm])
        let two = try #require(try await fixture.payload(text(99), digests: [algorithm]).checksums[algorithm])
        let joined = try await fixture.payload(one.bytes + two.bytes, digests: [algorithm]).checksums[algorithm]
        #expect(done.value.checksum == ObjectChecksum(checksum: try #require(joined), type: .composite, partCount: 2))
        let object = try await fixture.objects.lookup(fixture.bucket, ObjectKey("key")!)
        #expect(object.info.checksum == done.value.checksum)
        #expect(object.parts.map(\.checksum) == [one, two])
    }

    @Test func listedChecksumsAreCompared() async throws {
        let fixture = try await Fixture.withBucket()
        let upload = try await fixture.upload("key", algorithm: .sha256)
        var part = try await fixture.part(upload, 1, [1])
        let right = part.checksum
        part.checksum = nil
        #expect(await failure { try await fixture.complete(upload, [part]) } == .partChecksumMissing(.sha256, number: 1))
        part.checksum = Checksum(.sha256, [UInt8](repeating: 0, count: 32))
        #expect(await failure { try await fixture.complete(upload, [part]) } == .invalidPart(number: 1))
        part.checksum = Checksum(.crc32, [0, 0, 0, 0])
        #expect(await failure { try await fixture.complete(upload, [part]) } == .partChecksumMismatch(.crc32, number: 1))
        part.checksum = right
        #expect(
            await failure { try await fixture.complete(upload, [part], checksum: Checksum(.crc32, [0, 0, 0, 0])) }
                == .checksumMismatch(.sha256))
        #expect(await failure { try await fixture.complete(upload, [part], type: .fullObject) } == .checksumTypeMismatch(.composite))
        _ = try await fixture.complete(upload, [part])
    }

    @Test func notEveryAlgorithmHasEveryType() async throws {
        let fixture = try await Fixture.withBucket()
        #expect(
            await failure { try await fixture.upload("a", algorithm: .sha1, type: .fullObject) } == .invalidChecksumType(.sha1, .fullObject)
        )
        #expect(
            await failure { try await fixture.upload("a", algorithm: .crc64nvme, type: .composite) }
                == .invalidChecksumType(.crc64nvme, .composite))
        #expect(try await fixture.upload("a", algorithm: .crc64nvme).checksumType == .fullObject)
        #expect(try await fixture.upload("a", algorithm: .crc32).checksumType == .composite)
    }

    @Test func aPartHasToBeHashedAsTheUploadSays() async throws {
        let fixture = try await Fixture.withBucket()
        let upload = try await fixture.upload("key", algorithm: .crc32c)
        let request = PartRequest(
            bucket: fixture.bucket, key: upload.key, upload: upload.id, number: 1, payload: try await fixture.payload([1]),
            context: fixture.alice)
        #expect(await failure { try await fixture.objects.uploadPart(request) } == .checksumMissing(.crc32c))
    }
}
