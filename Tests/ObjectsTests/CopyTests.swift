import Model
import ModelLedger
import Objects
import StoragePorts
import Testing

@Suite struct CopyTests {
    static func request(_ fixture: Fixture, _ source: String, _ key: String) -> CopyRequest {
        CopyRequest(
            source: CopySource(bucket: fixture.bucket, key: ObjectKey(source)!), bucket: fixture.bucket, key: ObjectKey(key)!,
            context: fixture.alice)
    }

    @Test(arguments: [0, 10, 300_000])
    func aCopyOutlivesItsSource(size: Int) async throws {
        let fixture = try await Fixture.withBucket()
        let source = try await fixture.put("a", text(size), checksum: .crc32).value
        let copy = try await fixture.objects.copy(Self.request(fixture, "a", "b")).value.info
        #expect(copy.etag == source.etag && copy.checksum == source.checksum && copy.size == source.size)
        ExtentAudit.check(fixture)
        _ = try await fixture.objects.delete(fixture.bucket, ObjectKey("a")!, context: fixture.alice)
        #expect(try await fixture.get("b") == text(size))
        ExtentAudit.check(fixture)
        _ = try await fixture.objects.delete(fixture.bucket, ObjectKey("b")!, context: fixture.alice)
        ExtentAudit.check(fixture)
        #expect(ExtentAudit(fixture).files.isEmpty)
    }

    @Test func largeOnesAreSharedNotCopied() async throws {
        let fixture = try await Fixture.withBucket()
        try await fixture.put("a", text(300_000))
        for key in ["b", "c"] { _ = try await fixture.objects.copy(Self.request(fixture, "a", key)) }
        #expect(ExtentAudit(fixture).files == [1: 3])
        #expect(fixture.blobs.extents.count == 1)
    }

    /// As AWS's: the MD5 of all bytes, a checksum of all bytes, no parts. The bytes themselves are shared.
    @Test(arguments: [ChecksumAlgorithm.sha1, .crc32, .crc64nvme], [[MultipartTests.big, text(10)], [text(300_000)]])
    func aCopyOfPartsIsWhole(algorithm: ChecksumAlgorithm, parts: [[UInt8]]) async throws {
        let fixture = try await Fixture.withBucket()
        let bytes = Array(parts.joined())
        try await fixture.multipart("a", parts, algorithm: algorithm)
        let whole = try await fixture.payload(bytes, digests: [algorithm])
        let files = fixture.blobs.extents.count { $0.kind == .file }
        let copy = try await fixture.objects.copy(Self.request(fixture, "a", "b")).value.info
        let checksum = ObjectChecksum(checksum: try #require(whole.checksums[algorithm]), type: .fullObject)
        #expect(copy.etag == whole.md5.etag() && copy.partCount == 0 && copy.checksum == checksum)
        #expect(fixture.blobs.extents.count { $0.kind == .file } == files)
        ExtentAudit.check(fixture)
        var over = Self.request(fixture, "a", "a")
        over.attributes = .replaced(ObjectAttributes())
        #expect(try await fixture.objects.copy(over).value.info.etag == whole.md5.etag())
        ExtentAudit.check(fixture)
        try await fixture.put("a")
        let object = try await fixture.objects.lookup(fixture.bucket, ObjectKey("b")!)
        #expect(object.info.etag == copy.etag && object.info.checksum == checksum && object.info.partCount == 0)
        #expect(try object.part(1).range == 0..<Int64(bytes.count))
        #expect(await failure { try object.part(2).range } == .noSuchPart(number: 2, partCount: 1))
        #expect(try await fixture.objects.list(fixture.bucket, ListQuery(prefix: Array("b".utf8))).entries.map(\.etag) == [copy.etag])
        #expect(try await fixture.get("b") == bytes)
        ExtentAudit.check(fixture)
    }

    /// What the bytes of a whole copy lie in is nobody's concern: such a copy is a source, grows and moves as any object.
    @Test(arguments: [false, true])
    func aWholeCopyOfPartsIsAnyObject(hasVersions: Bool) async throws {
        let fixture = try await Fixture.withBucket()
        let bytes = MultipartTests.big + text(10)
        try await fixture.multipart("a", [MultipartTests.big, text(10)], algorithm: .crc32)
        let copy = try await fixture.objects.copy(Self.request(fixture, "a", "b")).value.info
        if hasVersions { _ = try await fixture.objects.setVersioning(fixture.bucket, .enabled, context: fixture.alice) }
        _ = try await fixture.objects.delete(fixture.bucket, ObjectKey("a")!, context: fixture.alice)
        #expect(try await fixture.objects.copy(Self.request(fixture, "b", "c")).value.info.etag == copy.etag)
        let upload = try await fixture.upload("d")
        let part = try await fixture.objects.copyPart(PartCopyTests.request(fixture, "b", upload)).value.part
        #expect(part.etag == copy.etag && part.size == copy.size)
        _ = try await fixture.objects.rename(
            RenameRequest(bucket: fixture.bucket, source: ObjectKey("b")!, key: ObjectKey("e")!, context: fixture.alice))
        let moved = try await fixture.objects.lookup(fixture.bucket, ObjectKey("e")!).info
        #expect(moved.etag == copy.etag && moved.checksum == copy.checksum && moved.partCount == 0)
        #expect(try await fixture.get("e") == bytes)
        ExtentAudit.check(fixture)
        guard !hasVersions else { return }
        let grown = try await fixture.append("e", text(5), at: copy.size).value
        #expect(grown.etag.text.hasSuffix("-3") && grown.size == copy.size + 5 && grown.checksum?.type == .fullObject)
        #expect(try await fixture.get("e") == bytes + text(5))
        ExtentAudit.check(fixture)
    }

    @Test func directivesDecideTheAttributes() async throws {
        let fixture = try await Fixture.withBucket()
        var attributes = ObjectAttributes()
        attributes.headers.contentType = "text/plain"
        attributes.metadata = [UserMetadata(name: "a", value: "1")]
        attributes.storageClass = .glacier
        attributes.websiteRedirect = "/x"
        try await fixture.put("a", attributes: attributes)
        let copied = try await fixture.objects.copy(Self.request(fixture, "a", "b")).value.info.attributes
        #expect(copied.headers == attributes.headers && copied.metadata == attributes.metadata)
        #expect(copied.storageClass == .standard && copied.websiteRedirect == nil)
        var request = Self.request(fixture, "a", "c")
        request.attributes = .replaced(ObjectAttributes(metadata: [UserMetadata(name: "b", value: "2")]))
        #expect(try await fixture.objects.copy(request).value.info.attributes.metadata.map(\.name) == ["b"])
    }

    @Test func aCopyOntoItselfHasToChangeSomething() async throws {
        let fixture = try await Fixture.withBucket()
        try await fixture.put("a", text(300_000))
        var request = Self.request(fixture, "a", "a")
        #expect(await failure { try await fixture.objects.copy(request) } == .copyWithoutChange)
        request.attributes = .copied(storageClass: .standardIA, websiteRedirect: nil)
        #expect(try await fixture.objects.copy(request).value.info.attributes.storageClass == .standardIA)
        request.attributes = .copied(storageClass: .standardIA, websiteRedirect: nil)
        #expect(await failure { try await fixture.objects.copy(request) } == nil, "any class that is named counts as a change")
        request.attributes = .copied(storageClass: nil, websiteRedirect: nil)
        request.condition = WriteCondition(ifNoneMatch: .any)
        #expect(await failure { try await fixture.objects.copy(request) } == .preconditionFailed(.ifNoneMatch), "a condition is judged")
        request.condition = WriteCondition(ifMatch: .any)
        #expect(await failure { try await fixture.objects.copy(request) } == nil)
        request.condition = .none
        request.attributes = .replaced(ObjectAttributes())
        _ = try await fixture.objects.copy(request)
        #expect(try await fixture.get("a") == text(300_000))
        ExtentAudit.check(fixture)
    }

    @Test func anotherChecksumIsComputed() async throws {
        let fixture = try await Fixture.withBucket()
        try await fixture.put("a", text(300_000), checksum: .crc32)
        var request = Self.request(fixture, "a", "b")
        request.checksum = .sha256
        let expected = try await fixture.payload(text(300_000), digests: [.sha256]).checksums[.sha256]
        #expect(try await fixture.objects.copy(request).value.info.checksum?.checksum == expected)
    }

    @Test func conditionsOfTheSourceAndTheTarget() async throws {
        let fixture = try await Fixture.withBucket()
        let tag = try await fixture.put("a").value.etag
        var request = Self.request(fixture, "a", "b")
        request.source.conditions = ReadConditions(ifNoneMatch: .oneOf([tag]))
        #expect(await failure { try await fixture.objects.copy(request) } == .preconditionFailed(.copySourceIfNoneMatch))
        request.source.conditions = ReadConditions(ifMatch: .oneOf([ETag("x")]))
        #expect(await failure { try await fixture.objects.copy(request) } == .preconditionFailed(.copySourceIfMatch))
        request.source.conditions = .none
        request.condition = WriteCondition(ifMatch: .any)
        #expect(await failure { try await fixture.objects.copy(request) } == .noSuchKey(fixture.bucket, ObjectKey("b")!))
        #expect(
            await failure { try await fixture.objects.copy(Self.request(fixture, "missing", "b")) }
                == .noSuchKey(fixture.bucket, ObjectKey("missing")!))
    }
}

@Suite struct PartCopyTests {
    static func request(_ fixture: Fixture, _ source: String, _ upload: UploadInfo, _ range: ClosedRange<Int64>? = nil) -> PartCopyRequest {
        PartCopyRequest(
            source: CopySource(bucket: fixture.bucket, key: ObjectKey(source)!), range: range, bucket: fixture.bucket, key: upload.key,
            upload: upload.id, number: 1, context: fixture.alice)
    }

    @Test func aWholeLargeObjectIsSharedAndARangeRewritten() async throws {
        let fixture = try await Fixture.withBucket()
        let bytes = text(600_000)
        try await fixture.put("a", bytes)
        let cases: [(ClosedRange<Int64>?, [UInt64])] = [(nil, [2]), (100...400_099, [1, 2]), (5...9, [1, 2])]
        for (range, references) in cases {
            let upload = try await fixture.upload("b\(range?.lowerBound ?? 0)")
            let part = try await fixture.objects.copyPart(Self.request(fixture, "a", upload, range)).value.part
            #expect(ExtentAudit(fixture).files.values.sorted() == references)
            _ = try await fixture.complete(upload, [ListedPart(number: 1, etag: part.etag)])
            let expected = range.map { Array(bytes[Int($0.lowerBound)...Int($0.upperBound)]) } ?? bytes
            #expect(try await fixture.get(upload.key.string) == expected)
            #expect(part.etag == (try await fixture.payload(expected)).md5.etag())
        }
        _ = try await fixture.objects.delete(fixture.bucket, ObjectKey("a")!, context: fixture.alice)
        #expect(try await fixture.get("b0") == bytes)
        ExtentAudit.check(fixture)
    }

    @Test func theUploadsChecksumIsMade() async throws {
        let fixture = try await Fixture.withBucket()
        try await fixture.put("a", text(300_000), checksum: .crc32c)
        let expected = try await fixture.payload(text(300_000), digests: [.crc32c, .sha1]).checksums
        for algorithm in [ChecksumAlgorithm.crc32c, .sha1] {
            let upload = try await fixture.upload("b", algorithm: algorithm)
            #expect(try await fixture.objects.copyPart(Self.request(fixture, "a", upload)).value.part.checksum == expected[algorithm])
        }
        #expect(ExtentAudit(fixture).files.values.sorted() == [1, 2])
    }

    @Test func rangesLieInside() async throws {
        let fixture = try await Fixture.withBucket()
        try await fixture.put("a", text(10))
        let upload = try await fixture.upload("b")
        #expect(
            await failure { try await fixture.objects.copyPart(Self.request(fixture, "a", upload, 0...10)) }
                == .invalidCopyRange(0...10, size: 10))
        #expect(try await fixture.objects.copyPart(Self.request(fixture, "a", upload, 9...9)).value.part.size == 1)
        ExtentAudit.check(fixture)
    }
}
