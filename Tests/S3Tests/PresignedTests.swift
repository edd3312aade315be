import Bytes
import Crypto
import Doors
import HTTPTypes
import Model
import NIOCore
import S3
import Testing

/// What a presigned URL says in its query counts as if it were sent as headers.
@Suite struct PresignedTests {
    static func send(_ bench: Bench, _ method: HTTPRequest.Method, _ query: String, _ headers: [(String, String)] = []) async -> Reply {
        await bench.send(
            Bench.Call(
                method: method, path: "/photos/a", query: query, headers: headers, body: method == .put ? Array("new".utf8) : nil,
                signing: .presigned))
    }

    /// With a header added, or for nil taken away, after it was signed.
    static func send(_ bench: Bench, _ call: Bench.Call, _ name: String, _ value: String?) async -> Reply {
        var call = call
        call.changes = [(name, value)]
        return await bench.send(call)
    }

    /// Ignoring a condition would overwrite what somebody else wrote.
    @Test(arguments: [
        "If-None-Match=%2A", "if-none-match=%2A", "IF-NONE-MATCH=%2A", "If-Match=d41d8cd98f00b204e9800998ecf8427e",
        "if-match=%22d41d8cd98f00b204e9800998ecf8427e%22",
    ])
    func conditions(_ query: String) async {
        let bench = await ObjectTests.bench()
        _ = await bench.put("/photos/a", "old")
        let reply = await Self.send(bench, .put, query)
        #expect(reply.status == 412 && reply.code == "PreconditionFailed")
        #expect(await bench.get("/photos/a").text == "old")
        _ = await bench.delete("/photos/a")
        #expect(await Self.send(bench, .put, query).status == (query.lowercased().hasPrefix("if-none") ? 200 : 404))
    }

    @Test func conditionsOfReads() async {
        let bench = await ObjectTests.bench()
        let etag = await bench.put("/photos/a", "old")["ETag"]?.replacing("\"", with: "") ?? ""
        #expect(await Self.send(bench, .get, "If-None-Match=\(etag)").status == 304)
        #expect(await Self.send(bench, .get, "If-Match=\(etag)").text == "old")
        #expect(await Self.send(bench, .get, "If-Match=other").status == 412)
    }

    /// Some SDKs write the names of headers with capital letters.
    @Test func namesInAnyLetterCase() async {
        let bench = await ObjectTests.bench()
        #expect(await Self.send(bench, .put, "X-Amz-Meta-Colour=red&X-Amz-Storage-Class=STANDARD_IA").status == 200)
        let head = await bench.head("/photos/a")
        #expect(head["x-amz-meta-colour"] == "red" && head["x-amz-storage-class"] == "STANDARD_IA")
        #expect(await Self.send(bench, .put, "X-Amz-Storage-Class=GOLD").code == "InvalidStorageClass")
    }

    @Test(arguments: [
        ("response-cache-control=non-ascii_%E2%80%94", "response-cache-control", "non-ascii_—"),
        ("response-expires=%E2%80%94", "response-expires", "—"),
        ("response-content-disposition=%E2%80%94&response-cache-control=%E2%82%AC", "response-cache-control", "€"),
    ])
    func overridesThatNoHeaderCanHold(_ query: String, _ name: String, _ value: String) async {
        let bench = await ObjectTests.bench()
        _ = await bench.put("/photos/a", "x")
        let reply = await bench.get("/photos/a", query)
        #expect(reply.status == 400 && reply.xml("Message") == "Header value cannot be represented using ISO-8859-1.")
        #expect(reply.xml("ArgumentName") == name && reply.xml("ArgumentValue") == value)
        #expect(await bench.get("/photos/a", "response-cache-control=%C3%A9").status == 200, "Latin-1 can be")
    }

    /// The payload of a presigned URL is not signed: a header that says otherwise is not heard, unless the URL names it.
    @Test func contentHashesThatAreNotSigned() async {
        let bench = await ObjectTests.bench()
        for value in ["UNSIGNED-PAYLOAD", String(repeating: "0", count: 64)] {
            let url = Bench.Call(method: .put, path: "/photos/a", body: [1], signing: .presigned)
            #expect(await Self.send(bench, url, "x-amz-content-sha256", value).status == 200)
        }
        let signed = [("x-amz-content-sha256", "UNSIGNED-PAYLOAD")]
        let named = Bench.Call(method: .put, path: "/photos/a", headers: signed, body: [1], signing: .presigned)
        #expect(await bench.send(named).status == 200)
        #expect(await Self.send(bench, named, "x-amz-content-sha256", nil).code == "SignatureDoesNotMatch")
        let other = Bench.Call(method: .put, path: "/photos/a", body: [1], signing: .presigned)
        let refused = await Self.send(bench, other, "x-amz-user-agent", "test")
        #expect(refused.status == 403 && refused.xml("HeadersNotSigned") == "x-amz-user-agent")
    }

    /// Version 2: `method LF MD5 LF type LF expires LF amz-headers resource`.
    static func version2(_ query: String, _ amazonHeaders: String, _ headers: [(String, String)] = []) -> Bench.Call {
        let key = SymmetricKey(data: Array(Bench.secret.utf8))
        let text = "PUT\n\n\n9999999999\n\(amazonHeaders)/photos/a"
        let mac = Base64.encode(Array(HMAC<Insecure.SHA1>.authenticationCode(for: Array(text.utf8), using: key)))
        let signature = PercentEncoding.encode(Array(mac.utf8), keepingSlash: false)
        return Bench.Call(
            method: .put, path: "/photos/a",
            query: "AWSAccessKeyId=\(Bench.accessKeyID)&Signature=\(signature)&Expires=9999999999" + query, headers: headers, body: [1],
            signing: .anonymous)
    }

    @Test func version2SignsTheHeadersOfItsQuery() async {
        let bench = await ObjectTests.bench()
        #expect(await bench.send(Self.version2("&x-amz-meta-foo=bar", "x-amz-meta-foo:bar\n")).status == 200)
        #expect(await bench.head("/photos/a")["x-amz-meta-foo"] == "bar")
        let added = await bench.send(Self.version2("&x-amz-acl=public-read", ""))
        #expect(added.code == "SignatureDoesNotMatch", "whoever has the URL cannot add to it")
        let wrong = Self.version2("&x-amz-meta-foo=bar", "x-amz-meta-foo:bar\n", [("x-amz-meta-wrong", "x")])
        #expect(await bench.send(wrong).code == "SignatureDoesNotMatch")
        let text = "non-ascii-%E2%80%94_—_é_"
        let query = "&x-amz-meta-foo=" + PercentEncoding.encode(Array(text.utf8), keepingSlash: false)
        #expect(await bench.send(Self.version2(query, "x-amz-meta-foo:\(text)\n")).status == 200)
        #expect(await bench.head("/photos/a")["x-amz-meta-foo"] == "=?UTF-8?Q?non-ascii-%E2%80%94=5F=E2=80=94=5F=C3=A9=5F?=")
    }

    /// The signature is judged before what it cannot do.
    @Test func version2WithChunks() async {
        let bench = await ObjectTests.bench()
        let chunked = ("x-amz-content-sha256", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD")
        let unsigned = await bench.send(Self.version2("", "", [chunked]))
        #expect(unsigned.status == 403 && unsigned.code == "SignatureDoesNotMatch")
        let signed = await bench.send(Self.version2("", "\(chunked.0):\(chunked.1)\n", [chunked]))
        #expect(signed.status == 400 && signed.code == "InvalidRequest")
    }
}
