import Bytes
import Model
import ModelLedger
import Objects
import SimulationKit
import StoragePorts
import Testing

/// Every value and fact that this domain keeps, byte for byte: a change here is a change of the format (docs/FORMAT.md).
/// `FormatTests` has the keys and the header of an object.
@Suite struct StoredBytesTests {
    /// Its bytes, `00 00 01 02 03 04 05 06`, tell their order.
    static let time = Timestamp(milliseconds: 0x0102_0304_0506)
    /// Those as a protobuf varint.
    static let varintTime = "868a9098a020"
    /// OwnerRecord of alice, as field 1 and as others with their tag and length in front.
    static let owner = "570a0c" + hex("111111111111") + "1240" + String(repeating: "61", count: 64) + "1a05" + hex("alice")
    /// ChangeOrigin of alice's requests, with its length in front.
    static let origin =
        "550a0c" + hex("111111111111") + "121e" + hex("arn:aws:iam::111111111111:root") + "1a09" + hex("AKIAALICE")
        + "2210" + hex("000000000000ABCD") + "2a08" + hex("10.0.0.7")
    /// The MD5 of "hello".
    static let md5 = "5d41402abc4b2a76b9719d911017c592"

    static func hex(_ text: String) -> String { Hex.encode(Array(text.utf8)) }

    static func bucketAtTime() async throws -> Fixture {
        let fixture = Fixture()
        fixture.clock.set(to: time)
        _ = try await fixture.objects.createBucket(fixture.bucket, context: fixture.alice)
        return fixture
    }

    func value(_ tag: UInt8, in fixture: Fixture) throws -> String {
        Hex.encode(try #require(fixture.ledger.contents.first { $0.key[0] == tag }).value)
    }

    @Test func bucketsAndAccounts() async throws {
        let fixture = try await Self.bucketAtTime()
        try await NotificationTests.set(fixture, [NotificationTests.target("id", ["s3:ObjectCreated:*"], prefix: "p", suffix: "s")])
        let target =
            "0a02" + Self.hex("id") + "1227" + Self.hex("arn:aws:sqs:us-east-1:111111111111:jobs")
            + "1a12" + Self.hex("s3:ObjectCreated:*") + "2201" + Self.hex("p") + "2a01" + Self.hex("s")
        // Format, instance, version, then BucketRecord.
        #expect(
            try value(0x20, in: fixture) == "01" + "0100000000000000" + "0200000000000000" + "0a" + Self.owner + "10" + Self.varintTime
                + "1a09" + Self.hex("us-east-1") + "2249" + "0a47" + target)
        #expect(try value(0x26, in: fixture) == "0000010203040506" + Self.hex("us-east-1"))
        #expect(try value(0x27, in: fixture) == "0000000000000001")
    }

    @Test func anObjectsDetails() async throws {
        let fixture = try await Self.bucketAtTime()
        let headers = ContentHeaders(
            contentType: "t", contentEncoding: "e", contentDisposition: "d", contentLanguage: "l", cacheControl: "c", expires: "x")
        let attributes = ObjectAttributes(headers: headers, metadata: [UserMetadata(name: "n", value: "v")], websiteRedirect: "/w")
        try await fixture.put("a", Array("hello".utf8), attributes: attributes, checksum: .crc32c)
        let head =
            "01010022" + "00000000" + "0500000000000000" + "0605040302010000" + "0200000000000000" + Self.md5
            + "0100000000000000" + "0000000000000000"
        let details = ["0a0174", "120165", "1a0164", "22016c", "2a0163", "320178", "3a060a016e120176", "42049a71bb4c", "4a022f77"]
        #expect(try value(0x21, in: fixture) == head + details.joined())
    }

    @Test func tags() async throws {
        let fixture = try await Self.bucketAtTime()
        let tags = try TagSet([Tag(key: "b", value: ""), Tag(key: "a", value: "1")], of: .object)
        try await fixture.put("a", [], attributes: ObjectAttributes(tags: tags))
        let head =
            "01100000" + "00000000" + "0000000000000000" + "0605040302010000" + "0200000000000000" + "d41d8cd98f00b204e9800998ecf8427e"
        let rest = String(repeating: "0", count: 32) + "5a06" + "0a0161" + "120131" + "5a03" + "0a0162"
        #expect(try value(0x21, in: fixture) == head + rest)
        _ = try await fixture.objects.setTags(fixture.bucket, ObjectKey("a")!, .empty, context: fixture.alice)
        #expect(try value(0x21, in: fixture) == head.replacing("0110", with: "0100") + String(repeating: "0", count: 32))
    }

    @Test func aMultipartUpload() async throws {
        let fixture = try await Self.bucketAtTime()
        let upload = try await fixture.upload("a", algorithm: .crc32c)
        let part = try await fixture.part(upload, 1, Array("hello".utf8))
        #expect(try value(0x23, in: fixture) == "08" + Self.varintTime + "1200" + "2002" + "2801" + "32" + Self.owner)
        // A part: the header and the raw checksum.
        #expect(
            try value(0x24, in: fixture) == "01010002" + "00000000" + "0500000000000000" + "0605040302010000" + "0300000000000000"
                + Self.md5
                + "0100000000000000" + "0000000000000000" + "9a71bb4c")
        _ = try await fixture.complete(upload, [part])
        // Layout 3, one part, the MD5 of the parts' MD5s, the upload's id in place of container and offset; ObjectDetails.
        let md5 = "62109206880d38a4010a98e11243924a"
        #expect(
            try value(0x21, in: fixture) == "01030012" + "01000000" + "0500000000000000" + "0605040302010000" + "0400000000000000" + md5
                + "0200000000000000" + "c15c0289ec2d0a91" + "4204" + "5704b6ac")
        #expect(
            try value(0x25, in: fixture) == "0801" + "120161" + "18" + Self.varintTime + "2004" + "2a22" + Self.hex(md5 + "-1") + "3001"
                + "3802" + "4001" + "4a04" + "5704b6ac")
    }

    /// A removal of the key's current version leaves its position with the watch that uploads set.
    @Test func aWatchedKey() async throws {
        let fixture = try await Self.bucketAtTime()
        try await fixture.put("a")
        var request = UploadRequest(bucket: fixture.bucket, key: ObjectKey("a")!, checksumAlgorithm: .crc64nvme, context: fixture.alice)
        request.isChecksumChosen = false
        let upload = try await fixture.objects.createUpload(request).value
        #expect(
            try value(0x23, in: fixture) == "08" + Self.varintTime + "1200" + "2003" + "2802" + "32" + Self.owner + "3801",
            "a checksum that nobody chose")
        let watch = try #require(fixture.ledger.contents.first { $0.key[0] == 0x70 })
        #expect(Hex.encode(watch.key) == "70" + "0000000000000001" + "61" && Hex.encode(watch.value) == "0000000000000000")
        let removed = try await fixture.objects.delete(fixture.bucket, ObjectKey("a")!, context: fixture.alice)
        #expect(try value(0x70, in: fixture) == "0000000000000004" && removed.lsn == LSN(4))
        _ = try await fixture.objects.abortUpload(fixture.bucket, upload.key, upload.id, context: fixture.alice)
        #expect(!fixture.ledger.contents.contains { $0.key[0] == 0x70 })
    }

    /// Layout 3 without a count of parts: a copy that shares them.
    @Test func aCopyOfParts() async throws {
        let fixture = try await Self.bucketAtTime()
        try await fixture.multipart("a", [MultipartTests.big, Array("hello".utf8)])
        _ = try await fixture.objects.copy(CopyTests.request(fixture, "a", "b"))
        let copy = try #require(fixture.ledger.contents.first { $0.key[0] == 0x21 && $0.key.last == UInt8(ascii: "b") }).value
        let md5 = try await fixture.payload(MultipartTests.big + Array("hello".utf8)).md5.etag().text
        #expect(Hex.encode(copy.prefix(8)) == "01030000" + "00000000" && Hex.encode(copy[32..<48]) == md5)
    }

    @Test func facts() async throws {
        let fixture = try await Self.bucketAtTime()
        try await NotificationTests.set(fixture, [NotificationTests.target("id", ["s3:ObjectRemoved:*"])])
        try await fixture.put("a")
        _ = try await fixture.objects.delete(fixture.bucket, ObjectKey("a")!, context: fixture.alice)
        try await fixture.put("a")
        let tags = try TagSet([Tag(key: "b", value: "")], of: .object)
        _ = try await fixture.objects.setTags(fixture.bucket, ObjectKey("a")!, tags, context: fixture.alice)
        _ = try await fixture.objects.delete(fixture.bucket, ObjectKey("a")!, context: fixture.alice)
        let upload = try await fixture.upload("a")
        _ = try await fixture.part(upload, 1, Array("hello".utf8))
        _ = try await fixture.objects.abortUpload(fixture.bucket, upload.key, upload.id, context: fixture.alice)
        _ = try await fixture.objects.deleteBucket(fixture.bucket, context: fixture.alice)
        let facts = fixture.ledger.allRecords.flatMap(\.facts)
        let found = facts.map { String($0.kind.rawValue, radix: 16) + " " + Hex.encode($0.payload) }
        let (photos, a, origin) = ("0a06" + Self.hex("photos"), "1201" + Self.hex("a"), Self.origin)
        let id = "1a20" + Self.hex(upload.id.description)
        let etag = "20" + Self.hex(Self.md5)
        #expect(
            found == [
                "2001 " + photos + "12" + origin,
                "2003 " + photos + "12" + origin + "1801",
                "2010 " + photos + a + "1805" + "22" + etag + "32" + origin,
                "2011 " + photos + a + "1a" + origin,
                "2010 " + photos + a + "1805" + "22" + etag + "32" + origin,
                "2015 " + photos + a + "1801" + "22" + origin,
                "2011 " + photos + a + "1a" + origin,
                "2020 " + photos + a + id + "22" + origin,
                "2022 " + photos + a + id + "2001" + "2805" + "32" + etag + "3a" + origin,
                "2021 " + photos + a + id + "22" + origin,
                "2002 " + photos + "12" + origin,
            ])
        let due = try #require(fixture.notifications().first).fact
        #expect(Hex.encode(due.payload).hasPrefix("0a27" + Self.hex("arn:aws:sqs:us-east-1:111111111111:jobs") + "12"))
    }

    /// The two marks of work that a stop interrupts are empty values; `resume` finds them and finishes.
    @Test func marks() async throws {
        let fixture = try await Self.bucketAtTime()
        let upload = try await fixture.upload("a")
        _ = try await fixture.part(upload, 1, text(300_000))
        let id = Array(try #require(fixture.ledger.contents.first { $0.key[0] == 0x24 }).key[1..<17])
        let uploads = fixture.ledger.contents.map(\.key).filter { $0[0] == 0x23 }
        _ = try await fixture.ledger.commit { transaction in
            for key in uploads { transaction.delete(key) }
            transaction.put([0x28] + id, [])
        }
        try await fixture.objects.resume()
        ExtentAudit.check(fixture)
        #expect(fixture.ledger.contents.allSatisfy { ![0x23, 0x24, 0x28].contains($0.key[0]) })
    }
}
