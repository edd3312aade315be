import Bytes
import Crypto
import HTTPTypes
import S3
import Testing

/// What docs/ceph.md says, one by one, beside what AWS's dialect does.
@Suite struct CephDialectTests {
    static func bench(_ dialect: S3Dialect) async -> Bench {
        let bench = Bench(dialect: dialect)
        _ = await bench.put("/photos")
        _ = await bench.put("/photos/a", "hello")
        return bench
    }

    /// The same refusal, told in two ways.
    struct Refusal: Sendable {
        var method = HTTPRequest.Method.get
        var path = "/photos/a"
        var query = ""
        var headers: [(String, String)] = []
        var body: String?
        let aws: (Int, String)
        let ceph: (Int, String)
    }

    static let tags =
        "<Tagging><TagSet>" + (0..<11).map { "<Tag><Key>k\($0)</Key><Value>v</Value></Tag>" }.joined() + "</TagSet></Tagging>"

    @Test(arguments: [
        Refusal(query: "partNumber=2", aws: (416, "InvalidPartNumber"), ceph: (400, "InvalidPart")),
        Refusal(
            method: .put, headers: [("x-amz-checksum-sha256", "bad")], body: "x", aws: (400, "InvalidRequest"), ceph: (400, "BadDigest")),
        Refusal(
            method: .put, query: "tagging", headers: [("Content-MD5", MD5Text.of(tags))], body: tags, aws: (400, "BadRequest"),
            ceph: (400, "InvalidTag")),
        Refusal(query: expiring("604801"), aws: (400, "AuthorizationQueryParametersError"), ceph: (403, "AccessDenied")),
        Refusal(query: expiring("-1"), aws: (400, "AuthorizationQueryParametersError"), ceph: (403, "AccessDenied")),
        Refusal(
            query: expiring("soon"), aws: (400, "AuthorizationQueryParametersError"), ceph: (400, "AuthorizationQueryParametersError")),
    ])
    func refusals(_ refusal: Refusal) async {
        for (dialect, expected) in [(S3Dialect.aws, refusal.aws), (.ceph, refusal.ceph)] {
            let reply = await Self.bench(dialect).send(
                Bench.Call(
                    method: refusal.method, path: refusal.path, query: refusal.query, headers: refusal.headers,
                    body: refusal.body.map { Array($0.utf8) }, signing: refusal.query.contains("X-Amz-Expires") ? .anonymous : .header))
            #expect(reply.status == expected.0 && reply.code == expected.1)
        }
    }

    /// A presigned request that is refused before its signature is looked at.
    private static func expiring(_ seconds: String) -> String {
        "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=\(Bench.accessKeyID)%2F20260101%2Fus-east-1%2Fs3%2Faws4_request"
            + "&X-Amz-Date=20260101T000000Z&X-Amz-Expires=\(seconds)&X-Amz-SignedHeaders=host&X-Amz-Signature="
            + String(repeating: "0", count: 64)
    }

    @Test(arguments: [(S3Dialect.aws, 400, "InvalidArgument"), (.ceph, 416, "InvalidRange")])
    func copiedRangePastTheEnd(_ dialect: S3Dialect, _ status: Int, _ code: String) async {
        let bench = await Self.bench(dialect)
        let id = await bench.post("/photos/b", "uploads").xml("UploadId") ?? ""
        let headers = [("x-amz-copy-source", "photos/a"), ("x-amz-copy-source-range", "bytes=0-21")]
        let reply = await bench.put("/photos/b", "", headers, query: "partNumber=1&uploadId=\(id)")
        #expect(reply.status == status && reply.code == code)
    }

    @Test(arguments: [(S3Dialect.aws, nil), (.ceph, "false")] as [(S3Dialect, String?)])
    func missingKeysAreNoDeleteMarkers(_ dialect: S3Dialect, _ header: String?) async {
        let bench = await Self.bench(dialect)
        #expect(await bench.head("/photos/none")["x-amz-delete-marker"] == header)
        let versioning = "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>"
        _ = await bench.put("/photos", versioning, [("Content-MD5", MD5Text.of(versioning))], query: "versioning")
        _ = await bench.delete("/photos/a")
        let deleted = await bench.head("/photos/a")
        #expect(deleted.status == 404 && deleted["x-amz-delete-marker"] == "true")
    }

    @Test(
        arguments: [
            ("If-Match", "*", 200, 404), ("If-Match", ObjectTests.etag, 200, 404), ("If-Match", "\"x\"", 412, 404),
            ("If-None-Match", "*", 412, 200), ("If-None-Match", ObjectTests.etag, 412, 200), ("If-None-Match", "\"x\"", 200, 200),
        ] as [(String, String, Int, Int)])
    func writeConditions(_ header: String, _ value: String, _ present: Int, _ missing: Int) async {
        let bench = await Self.bench(.ceph)
        #expect(await bench.put("/photos/a", "other", [(header, value)]).status == present)
        #expect(await bench.get("/photos/a").text == (present == 200 ? "other" : "hello"))
        #expect(await bench.put("/photos/b", "new", [(header, value)]).status == missing)
        #expect(await bench.get("/photos/b").status == missing)
    }

    @Test(
        arguments: [
            ("x-amz-if-match-size", "5", "6", ""),
            ("x-amz-if-match-last-modified-time", "2026-01-01T00:00:00Z", "2025-01-01T00:00:00Z", ""),
            ("If-Match", ObjectTests.etag, "\"x\"", "versionId=null"),
        ] as [(String, String, String, String)])
    func deleteConditions(_ header: String, _ right: String, _ wrong: String, _ query: String) async {
        let aws = await Self.bench(.aws)
        let refused = await aws.delete("/photos/a", query, [(header, right)])
        #expect(refused.status == 501 && refused.code == "NotImplemented" && refused.xml("Header") == header)
        #expect(await aws.get("/photos/a").status == 200)
        let ceph = await Self.bench(.ceph)
        let versioning = "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>"
        _ = await ceph.put("/photos", versioning, [("Content-MD5", MD5Text.of(versioning))], query: "versioning")
        #expect(await ceph.delete("/photos/a", query, [(header, wrong)]).status == 412)
        #expect(await ceph.delete("/photos/a", query, [(header, right)]).status == 204)
        #expect(await ceph.get("/photos/a").status == 404)
    }

    @Test(arguments: [(S3Dialect.aws, 501), (.ceph, 200)])
    func payloadOfUnknownLength(_ dialect: S3Dialect, _ status: Int) async {
        let bench = await Self.bench(dialect)
        var call = Bench.Call(method: .put, path: "/photos/b", body: [UInt8](repeating: 7, count: 120_000), omitsLength: true)
        #expect(await bench.send(call).status == 411, "nothing says that there is a body")
        call.headers = [("Transfer-Encoding", "chunked")]
        #expect(await bench.send(call).status == status)
        let stored = await bench.get("/photos/b")
        #expect(status == 200 ? stored.body == call.body : stored.status == 404)
        call.path = "/photos/c"
        call.arriving = 60_000
        #expect(await bench.send(call).status == (status == 200 ? 400 : 501))
        #expect(await bench.get("/photos/c").status == 404, "what was cut off is not an object")
    }

    @Test(arguments: [(S3Dialect.aws, 400), (.ceph, 200)])
    func compositeChecksumWithoutThoseOfTheParts(_ dialect: S3Dialect, _ status: Int) async {
        let bench = await Self.bench(dialect)
        let id = await bench.post("/photos/big", "uploads", "", [("x-amz-checksum-algorithm", "SHA256")]).xml("UploadId") ?? ""
        let checksum = Base64.encode(Array(SHA256.hash(data: Array("part".utf8))))
        let part = await bench.put("/photos/big", "part", [("x-amz-checksum-sha256", checksum)], query: "partNumber=1&uploadId=\(id)")
        let list = "<Part><PartNumber>1</PartNumber><ETag>\(part["ETag"] ?? "")</ETag></Part>"
        let done = await bench.post("/photos/big", "uploadId=\(id)", "<CompleteMultipartUpload>\(list)</CompleteMultipartUpload>")
        #expect(done.status == status)
        guard status == 200 else { return }
        let composite = Base64.encode(Array(SHA256.hash(data: Array(SHA256.hash(data: Array("part".utf8))))))
        #expect(done.xml("ChecksumSHA256") == "\(composite)-1")
    }

    @Test func expectedOwners() async {
        let bench = await Self.bench(.ceph)
        for (owner, status) in [("000000000000", 200), (bench.canonicalID, 200), ("111111111111", 403), (bench.canonicalID + "foo", 403)] {
            let reply = await bench.get("/photos", "", [("x-amz-expected-bucket-owner", owner)])
            #expect(reply.status == status && (status == 200 || reply.code == "AccessDenied"))
        }
        #expect(await Self.bench(.aws).get("/photos", "", [("x-amz-expected-bucket-owner", bench.canonicalID)]).status == 400)
    }

    @Test(arguments: [(S3Dialect.aws, "a%20%0A"), (.ceph, "a \n")])
    func prefixOfAList(_ dialect: S3Dialect, _ prefix: String) async {
        let reply = await Self.bench(dialect).get("/photos", "encoding-type=url&prefix=a%20%0A")
        #expect(reply.status == 200 && reply.xml("Prefix") == prefix)
    }

    @Test(arguments: [(S3Dialect.aws, 403), (.ceph, 204)])
    func conditionOnAFieldThatTheFormHasNot(_ dialect: S3Dialect, _ status: Int) async {
        let bench = await Self.bench(dialect)
        let anything = "[\"starts-with\",\"$x-amz-server-side-encryption\",\"\"]"
        #expect(await PostFormTests.form([("key", "k")], ["{\"key\":\"k\"}", anything]).send(bench).status == status)
        let something = "[\"starts-with\",\"$Content-Type\",\"text/\"]"
        #expect(await PostFormTests.form([("key", "k")], ["{\"key\":\"k\"}", something]).send(bench).status == 403)
    }
}
