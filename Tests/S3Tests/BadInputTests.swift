import AWSWire
import Bytes
import Doors
import HTTPTypes
import Model
import ModelLedger
import Objects
import S3
import StoragePorts
import Testing

/// The bad inputs that the service promises an answer for, case by case.
@Suite struct BadInputTests {
    static func bench() async -> Bench { await ObjectTests.bench() }

    private func nothingStored(_ bench: Bench, _ path: String = "/photos/a") async -> Bool {
        let status = await bench.head(path).status
        return status == 404 && bench.blobs.extents.isEmpty
    }

    @Test(arguments: [10, 600_000]) func shortBody(_ size: Int) async {
        let bench = await Self.bench()
        let reply = await bench.send(
            Bench.Call(method: .put, path: "/photos/a", body: [UInt8](repeating: 1, count: size), arriving: size / 2))
        #expect(reply.status == 400 && reply.code == "IncompleteBody" && reply.response.closesConnection)
        #expect(await nothingStored(bench))
    }

    @Test(
        arguments: [
            ([("Content-MD5", "1B2M2Y8AsgTpgAmY7PhCfg==")], "BadDigest"), ([("Content-MD5", "nonsense")], "InvalidDigest"),
            ([("Content-MD5", "")], "InvalidDigest"), ([("x-amz-checksum-crc32", "AAAAAA==")], "BadDigest"),
            ([("x-amz-checksum-crc32c", "AAAAAA==")], "BadDigest"), ([("x-amz-checksum-crc64nvme", "AAAAAAAAAAA=")], "BadDigest"),
            ([("x-amz-checksum-sha1", "AAAAAAAAAAAAAAAAAAAAAAAAAAA=")], "BadDigest"),
            ([("x-amz-checksum-sha256", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")], "BadDigest"),
            ([("x-amz-checksum-crc32", "AAAA")], "InvalidRequest"),
            ([("x-amz-checksum-crc32", "NhCmhg=="), ("x-amz-checksum-crc32c", "mnG7TA==")], "InvalidRequest"),
            ([("x-amz-sdk-checksum-algorithm", "CRC32")], "InvalidRequest"), ([("x-amz-sdk-checksum-algorithm", "MD4")], "InvalidRequest"),
        ] as [([(String, String)], String)])
    func wrongDigests(_ headers: [(String, String)], _ code: String) async {
        let bench = await Self.bench()
        let reply = await bench.put("/photos/a", "hello", headers)
        #expect(reply.status == 400 && reply.code == code)
        #expect(await nothingStored(bench))
    }

    @Test func textsOfDigestErrors() async {
        let bench = await Self.bench()
        let md5 = await bench.put("/photos/a", "hello", [("Content-MD5", "1B2M2Y8AsgTpgAmY7PhCfg==")])
        #expect(md5.xml("Message") == "The Content-MD5 you specified did not match what we received.")
        #expect(md5.xml("ExpectedDigest") == "d41d8cd98f00b204e9800998ecf8427e")
        #expect(md5.xml("CalculatedDigest") == "XUFAKrxLKna5cZ2REBfFkg==")
        let upload = await bench.post("/photos/a", "uploads").xml("UploadId") ?? ""
        let part = await bench.put(
            "/photos/a", "hello", [("Content-MD5", "1B2M2Y8AsgTpgAmY7PhCfg==")], query: "partNumber=1&uploadId=\(upload)")
        #expect(part.code == "BadDigest" && part.xml("ExpectedDigest") == "1B2M2Y8AsgTpgAmY7PhCfg==")
        let crc = await bench.put("/photos/a", "hello", [("x-amz-checksum-crc32", "AAAAAA==")])
        #expect(crc.xml("Message") == "The CRC32 you specified did not match the calculated checksum.")
    }

    @Test func wrongContentSHA256() async {
        let bench = await Self.bench()
        var call = Bench.Call(method: .put, path: "/photos/a", body: Array("hello".utf8))
        call.sha256 = [UInt8](repeating: 7, count: 32)
        let reply = await bench.send(call)
        #expect(reply.status == 400 && reply.code == "XAmzContentSHA256Mismatch")
        #expect(await nothingStored(bench))
    }

    @Test func trailers() async {
        let bench = await Self.bench()
        let body = [UInt8](repeating: 65, count: 200_000)
        let crc = CRC32.checksum(body)
        let right = Base64.encode(withUnsafeBytes(of: crc.bigEndian) { Array($0) })
        for mode in [PayloadMode.streamingUnsignedTrailer, .streamingSignedTrailer] {
            let good = AWSChunkedDecoder.Trailer(name: "x-amz-checksum-crc32", value: right)
            let stored = await bench.send(
                Bench.Call(method: .put, path: "/photos/a", body: body, signing: .streaming(mode, trailers: [good])))
            #expect(stored.status == 200 && stored["x-amz-checksum-crc32"] == right)
            let read = await bench.get("/photos/a", "", [("x-amz-checksum-mode", "ENABLED")])
            #expect(read.body == body && read["x-amz-checksum-crc32"] == right && read["Content-Encoding"] == nil)
            let bad = AWSChunkedDecoder.Trailer(name: "x-amz-checksum-crc32", value: "AAAAAA==")
            let refused = await bench.send(
                Bench.Call(method: .put, path: "/photos/b", body: body, signing: .streaming(mode, trailers: [bad])))
            #expect(refused.status == 400 && refused.code == "BadDigest")
            #expect(await bench.head("/photos/b").status == 404)
        }
        let signed = await bench.send(
            Bench.Call(method: .put, path: "/photos/c", body: body, signing: .streaming(.streamingSigned, trailers: [])))
        #expect(signed.status == 200)
    }

    @Test func wrongChunkSignature() async {
        let bench = await Self.bench()
        var call = Bench.Call(
            method: .put, path: "/photos/a", body: [UInt8](repeating: 65, count: 200_000),
            signing: .streaming(.streamingSigned, trailers: []))
        call.isTamperedWith = true
        let reply = await bench.send(call)
        #expect(reply.status == 403 && reply.code == "SignatureDoesNotMatch")
        #expect(await nothingStored(bench))
        call.isTamperedWith = false
        call.arriving = 100_000
        let short = await bench.send(call)
        #expect(short.status == 400 && short.code == "IncompleteBody" && short.response.closesConnection)
        #expect(await nothingStored(bench))
    }

    @Test(arguments: [
        ("/photos/" + String(repeating: "k", count: 1025), "KeyTooLongError"), ("/photos/%ff", "InvalidURI"),
        ("/photos/../../etc", "InvalidURI"),
    ])
    func badKeys(_ path: String, _ code: String) async {
        let reply = await Self.bench().put(path, "x")
        #expect(reply.status == 400 && reply.code == code)
    }

    @Test(arguments: [
        "/photos/a/../b", "/photos//a", "/photos/a//b", "/photos/a%2Fb", "/photos/a%00b", "/photos/.", "/photos/a/.", "/photos/%20",
        "/photos/a%3Fb",
    ])
    func oddKeysAreKeys(_ path: String) async {
        let bench = await Self.bench()
        #expect(await bench.put(path, path).status == 200)
        #expect(await bench.get(path).text == path)
        #expect(await bench.get("/photos", "list-type=2").xml("KeyCount") == "1")
    }

    @Test(arguments: ["0", "10001", "-1", "x", ""]) func badPartNumbers(_ number: String) async {
        let bench = await Self.bench()
        let upload = await bench.post("/photos/a", "uploads").xml("UploadId") ?? ""
        let reply = await bench.put("/photos/a", "x", query: "partNumber=\(number)&uploadId=\(upload)")
        #expect(reply.status == 400 && reply.code == "InvalidArgument")
        #expect(reply.xml("Message") == "Part number must be an integer between 1 and 10000, inclusive")
    }

    @Test func hugeAndHostileXML() async {
        let bench = await Self.bench()
        let md5 = [("x-amz-checksum-crc32", "AAAAAA==")]
        let bomb = "<!DOCTYPE x [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;\">]><Delete><Object><Key>&b;</Key></Object></Delete>"
        #expect(await bench.post("/photos", "delete", bomb, Self.digest(bomb)).code == "MalformedXML")
        let large = String(repeating: "<Delete>", count: 1_400_000)
        let reply = await bench.post("/photos", "delete", large, md5)
        #expect(reply.code == "MalformedXML" && reply.response.closesConnection)
        let deep = String(repeating: "<a>", count: 10_000)
        #expect(await bench.post("/photos", "delete", deep, Self.digest(deep)).code == "MalformedXML")
    }

    static func digest(_ text: String) -> [(String, String)] {
        let crc = CRC32.checksum(Array(text.utf8))
        return [("x-amz-checksum-crc32", Base64.encode(withUnsafeBytes(of: crc.bigEndian) { Array($0) }))]
    }

    @Test func aHeaderThatAsksForMore() async {
        let bench = await Self.bench()
        let reply = await bench.put("/photos/a", "hello", [("x-amz-mfa", "serial 123456")])
        #expect(reply.status == 501 && reply.code == "NotImplemented" && reply.xml("Header") == "x-amz-mfa")
        #expect(await nothingStored(bench))
    }

    /// Lists of grants do not count in a new bucket, and only the one that changes nothing may be named.
    @Test func listsThatDoNotCount() async {
        let bench = await Self.bench()
        let reply = await bench.put("/photos/a", "hello", [("x-amz-acl", "public-read")])
        #expect(reply.status == 400 && reply.code == "AccessControlListNotSupported")
        #expect(await nothingStored(bench))
        #expect(await bench.put("/photos/a", "hello", [("x-amz-acl", "bucket-owner-full-control")]).status == 200)
    }

    @Test(arguments: [
        ("x-amz-acl", "bucket-owner-full-control"), ("x-amz-acl", "private"), ("x-amz-request-payer", "requester"),
        ("x-amz-bypass-governance-retention", "true"),
    ])
    func headersThatAskForNothing(_ name: String, _ value: String) async {
        #expect(await Self.bench().put("/photos/a", "hello", [(name, value)]).status == 200)
    }

    @Test func cannedACLsThatNobodyKnows() async {
        let reply = await Self.bench().put("/photos/a", "hello", [("x-amz-acl", "public-ready")])
        #expect(reply.status == 400 && reply.code == "InvalidArgument" && reply.xml("ArgumentName") == "x-amz-acl")
    }

    @Test func limits() async {
        let bench = await Self.bench()
        let metadata = [("x-amz-meta-a", String(repeating: "v", count: 2048))]
        #expect(await bench.put("/photos/a", "x", metadata).code == "MetadataTooLarge")
        #expect(await bench.put("/photos/a", "x", [("x-amz-meta-a", String(repeating: "v", count: 2047))]).status == 200)
        var call = Bench.Call(method: .put, path: "/photos/b", body: [1], omitsLength: true)
        let unsized = await bench.send(call)
        #expect(unsized.status == 411 && unsized.code == "MissingContentLength")
        call.headers = [("Transfer-Encoding", "chunked")]
        #expect(await bench.send(call).code == "NotImplemented")
        #expect(await bench.put("/photos/b", "x", [("x-amz-storage-class", "GOLD")]).code == "InvalidStorageClass")
    }

    @Test func hoistedHeaders() async {
        let bench = await Self.bench()
        var hoisted = Bench.Call(method: .put, path: "/photos/a", query: "x-amz-acl=public-read", body: [1], signing: .presigned)
        #expect(await bench.send(hoisted).code == "AccessControlListNotSupported", "a presigned URL carries headers in its query")
        hoisted.query = "x-amz-meta-colour=red&x-id=PutObject"
        #expect(await bench.send(hoisted).status == 200)
        #expect(await bench.head("/photos/a")["x-amz-meta-colour"] == "red")
        let late = Bench.Call(method: .get, path: "/photos/a", signing: .presigned)
        #expect(await bench.send(late).body == [1])
    }

    @Test func whoAsks() async {
        let bench = await Self.bench()
        let anonymous = await bench.send(Bench.Call(method: .get, path: "/photos/a", signing: .anonymous))
        #expect(anonymous.status == 403 && anonymous.code == "AccessDenied")
        let wrong = await bench.send(Bench.Call(method: .get, path: "/photos/a", signing: .wrongSecret))
        #expect(wrong.status == 403 && wrong.code == "SignatureDoesNotMatch")
        let put = await bench.send(Bench.Call(method: .put, path: "/photos/a", body: [1, 2], signing: .wrongSecret))
        #expect(put.status == 403 && !put.response.closesConnection, "a short rest is read away")
        let large = await bench.send(
            Bench.Call(method: .put, path: "/photos/a", body: [UInt8](repeating: 1, count: 1_000_000), signing: .wrongSecret))
        #expect(large.status == 403 && large.response.closesConnection)
        let waiting = await bench.send(
            Bench.Call(method: .put, path: "/photos/a", headers: [("Expect", "100-continue")], body: [1, 2], signing: .anonymous))
        #expect(waiting.status == 403 && waiting.response.closesConnection, "the client never sends what nobody asked for")
        #expect(await bench.get("/photos", "list-type=2").xml("KeyCount") == "0")
    }

    @Test func fullAndBrokenStorage() async {
        let bench = await Self.bench()
        _ = await bench.put("/photos/a", "hello")
        bench.ledger.fail(with: .noSpace)
        let full = await bench.put("/photos/b", "hello")
        #expect(full.status == 507 && full.code == "InternalError" && bench.log.all.count == 1)
        #expect(await bench.get("/photos/a").text == "hello", "reads go on")
        bench.ledger.fail(with: .busy)
        #expect(await bench.put("/photos/b", "hello").code == "SlowDown")
        bench.ledger.fail(with: nil)
        #expect(await bench.put("/photos/b", "hello").status == 200)
        bench.blobs.fail(with: .damaged("pack 7 at 4096"))
        let damaged = await bench.get("/photos/a")
        #expect(damaged.status == 500 && damaged.code == "InternalError" && !damaged.text.contains("4096"))
        #expect(bench.log.all.contains { $0.contains("4096") })
    }
}
