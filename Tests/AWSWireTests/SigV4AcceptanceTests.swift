import AWSWire
import Bytes
import Crypto
import HTTPTypes
import NIOCore
import Testing

/// What must verify although it looks unusual.
struct SigV4AcceptanceTests {
    @Test func hostBehindProxy() {
        var request = Sample.presigned(Sample.get())
        request.authority = "10.0.0.7:9000"
        #expect(refusal(of: request) != nil)
        let settings = SigV4Settings(region: nil, additionalHosts: ["other.example.com", "s3.example.com:9000"])
        #expect(refusal(of: request, settings: settings) == nil)
        let without = SigV4Settings(region: nil, additionalHosts: ["s3.example.com"])
        guard case .signatureDoesNotMatch(let mismatch) = refusal(of: request, settings: without) else {
            Issue.record("a port is part of the name")
            return
        }
        // The answer shows the host that was sent.
        #expect(mismatch.canonicalRequest.contains("host:10.0.0.7:9000\n"))
    }

    @Test(arguments: [
        "a=1&b=2", "b=2&a=1", "uploads", "uploads=", "a=2&a=1&a", "a&&b", "&a&", "=x", "a==b", "prefix=a%2fb&delimiter=%2F", "k=a b",
        "k=%zz", "k=%", "K=1&k=1", "%41=1", "a-b=1&a=2&a.b=3",
    ])
    func queries(query: String) {
        #expect(refusal(of: Sample.signed(Sample.get(query: query))) == nil)
        #expect(refusal(of: Sample.presigned(Sample.get(query: query))) == nil)
    }

    @Test func queriesThatMeanTheSame() {
        func reached(_ sent: String, signed: String) -> SigV4Error? {
            var request = Sample.signed(Sample.get(query: signed))
            request.rawQuery = sent
            return refusal(of: request)
        }
        #expect(reached("b=2&a=1", signed: "a=1&b=2") == nil)
        #expect(reached("uploads=", signed: "uploads") == nil)
        #expect(reached("k=%7e", signed: "k=~") == nil)
        #expect(reached("k=a+b", signed: "k=a%20b") == nil)
        #expect(reached("k=a%2Bb", signed: "k=a+b") != nil)
        #expect(reached("a=1", signed: "a=1&a=1") != nil)
    }

    @Test(arguments: [
        "/", "/b", "/b/", "/b//k", "/b/./k", "/b/../k", "/b/%2E%2E/k", "/b/a b", "/b/ä", "/b/%C3%A4", "/b/+", "/b/%", "/b/%00",
    ])
    func paths(path: String) {
        #expect(refusal(of: Sample.signed(Sample.get(path))) == nil)
    }

    @Test func pathsAreNotNormalized() {
        var request = Sample.signed(Sample.get("/b/../k"))
        request.rawPath = "/k"
        #expect(refusal(of: request) != nil)
        request = Sample.signed(Sample.get("/b//k"))
        request.rawPath = "/b/k"
        #expect(refusal(of: request) != nil)
    }

    /// Some clients sign `%2F` in a key as they send it, others as a slash.
    @Test func escapedSlash() {
        let (sent, other) = ("/b/a%2Fb", "/b/a/b")
        var request = Sample.signed(Sample.get(other))
        request.rawPath = sent
        #expect(refusal(of: request) == nil)
        // Computed by hand: the canonical path keeps `%2F`.
        let canonical =
            "GET\n/b/a%2Fb\n\nhost:s3.example.com:9000\nx-amz-content-sha256:UNSIGNED-PAYLOAD\nx-amz-date:20260102T030405Z\n\n"
            + "host;x-amz-content-sha256;x-amz-date\nUNSIGNED-PAYLOAD"
        let text =
            "AWS4-HMAC-SHA256\n20260102T030405Z\n\(Sample.scope)\n"
            + SHA256.hash(data: Array(canonical.utf8)).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        var key = SymmetricKey(data: Array("AWS4\(Sample.secret)".utf8))
        for part in ["20260102", "us-east-1", "s3", "aws4_request"] {
            key = SymmetricKey(data: HMAC<SHA256>.authenticationCode(for: Array(part.utf8), using: key))
        }
        let signature = HMAC<SHA256>.authenticationCode(for: Array(text.utf8), using: key)
            .map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        request.headers[.authorization] =
            request.headers[.authorization]!.split(separator: "Signature=")[0] + "Signature=\(signature)"
        #expect(refusal(of: request) == nil)
    }

    /// Made as mail libraries write dates; what is signed besides the header is its time in the basic form.
    @Test(arguments: ["Fri, 02 Jan 2026 03:04:05 GMT", "Fri, 02 Jan 2026 03:04:05 -0000", "Fri, 02 Jan 2026 03:04:05 +0000"])
    func dateHeader(_ date: String) {
        let canonical =
            "GET\n/bucket/key.txt\n\ndate:\(date)\nhost:s3.example.com:9000\nx-amz-content-sha256:UNSIGNED-PAYLOAD\n\n"
            + "date;host;x-amz-content-sha256\nUNSIGNED-PAYLOAD"
        let text = "AWS4-HMAC-SHA256\n20260102T030405Z\n\(Sample.scope)\n" + Hex.encode(Array(SHA256.hash(data: Array(canonical.utf8))))
        var key = SymmetricKey(data: Array("AWS4\(Sample.secret)".utf8))
        for part in ["20260102", "us-east-1", "s3", "aws4_request"] {
            key = SymmetricKey(data: HMAC<SHA256>.authenticationCode(for: Array(part.utf8), using: key))
        }
        let signature = Hex.encode(Array(HMAC<SHA256>.authenticationCode(for: Array(text.utf8), using: key)))
        var request = Sample.get()
        request.headers[.date] = date
        request.headers[.xAmzContentSHA256] = "UNSIGNED-PAYLOAD"
        request.headers[.authorization] =
            "AWS4-HMAC-SHA256 Credential=\(Sample.accessKeyID)/\(Sample.scope), SignedHeaders=date;host;x-amz-content-sha256, "
            + "Signature=\(signature)"
        #expect(refusal(of: request) == nil)
    }

    @Test func headerValues() {
        var request = Sample.get()
        let name = HTTPField.Name("x-amz-meta-a")!
        request.headers.append(HTTPField(name: name, value: "  two   words \t here "))
        request.headers.append(HTTPField(name: name, value: "again"))
        request.headers.append(HTTPField(name: HTTPField.Name("x-amz-meta-b")!, value: ""))
        var signed = Sample.signed(request)
        #expect(refusal(of: signed) == nil)
        signed.headers[name] = "two words here,again"
        #expect(refusal(of: signed) == nil)
        signed.headers[name] = "two words here, again"
        #expect(refusal(of: signed) != nil)
    }

    @Test func othersHashTheBody() {
        let body = Array("Action=ListQueues".utf8)
        let hash = Array(SHA256.hash(data: body))
        let signer = SigV4Signer(accessKeyID: Sample.accessKeyID, secret: Sample.secret, region: "us-east-1", service: "sqs")
        let key = SigningKey(secret: Sample.secret, scope: CredentialScope(date: "20260102", region: "us-east-1", service: "sqs"))
        var request = WireRequest(method: "POST", rawPath: "/0/a%20b/../q", authority: "localhost:9000")
        signer.sign(&request, payload: .implied, bodySHA256: hash, at: Sample.now)
        #expect(refusal(of: request, key: key, service: "sqs", bodySHA256: hash) == nil)
        #expect(refusal(of: request, key: key, service: "sqs") != nil)
        #expect(refusal(of: request, key: key, service: "s3") == .wrongService(.header, sent: "sqs", expected: "s3"))
        request.rawPath = "/0/q"
        #expect(refusal(of: request, key: key, service: "sqs", bodySHA256: hash) == nil)
    }

    @Test func securityToken() throws {
        let signer = SigV4Signer(
            accessKeyID: Sample.accessKeyID, secret: Sample.secret, region: "us-east-1", service: "s3", securityToken: "tok/en+=")
        var header = Sample.get()
        signer.sign(&header, payload: .unsigned, at: Sample.now)
        #expect(try SigV4.parse(header)?.securityToken == "tok/en+=")
        #expect(refusal(of: header) == nil)
        var presigned = Sample.get()
        signer.presign(&presigned, expiresSeconds: 5, at: Sample.now)
        let parsed = try #require(try SigV4.parse(presigned))
        #expect(parsed.securityToken == "tok/en+=")
        #expect(parsed.payload == .unsigned)
        #expect(parsed.signedHeaders == ["host"])
        #expect(parsed.expiresSeconds == 5)
        #expect(refusal(of: presigned) == nil)
    }

    @Test func keyCache() {
        let cache = SigningKeyCache(capacity: 8)
        let request = Sample.signed(Sample.get())
        for round in 0..<3 {
            for id in 0..<100 {
                _ = cache.key(accessKeyID: "AKID\(id)", secret: "secret\(id)", scope: Sample.scope)
            }
            let wrong = cache.key(accessKeyID: Sample.accessKeyID, secret: "changed\(round)", scope: Sample.scope)
            #expect(refusal(of: request, key: wrong) != nil)
            let right = cache.key(accessKeyID: Sample.accessKeyID, secret: Sample.secret, scope: Sample.scope)
            #expect(refusal(of: request, key: right) == nil)
        }
    }
}
