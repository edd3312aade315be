import AWSWire
import Bytes
import Crypto
import HTTPTypes
import Model
import Testing

/// The worked examples of AWS's documentation, and what must not pass.
@Suite struct SigV2Tests {
    static let secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
    static let time = Timestamp(seconds: 1_175_024_202)

    static func header(_ path: String = "/photos/puppy.jpg", signature: String = "bWq2s1WEIj+Ydj0vQ697zp+IXMU=") -> WireRequest {
        var headers: HTTPFields = [.authorization: "AWS AKIAIOSFODNN7EXAMPLE:\(signature)"]
        headers[.date] = "Tue, 27 Mar 2007 19:36:42 +0000"
        return WireRequest(method: "GET", rawPath: path, authority: "johnsmith.s3.amazonaws.com", headers: headers)
    }

    static func presigned(_ method: String = "GET", signature: String = "NpgCjnDzrM%2BWFzoENXmpNDUsSn8%3D") -> WireRequest {
        WireRequest(
            method: method, rawPath: "/photos/puppy.jpg",
            rawQuery: "AWSAccessKeyId=AKIAIOSFODNN7EXAMPLE&Signature=\(signature)&Expires=1175139620",
            authority: "johnsmith.s3.amazonaws.com")
    }

    static func verify(_ request: WireRequest, now: Timestamp = time) throws {
        let signed = try #require(try SigV2.parse(request))
        #expect(signed.accessKeyID == "AKIAIOSFODNN7EXAMPLE")
        try signed.verify(secret: secret, virtualHostBucket: "johnsmith", now: now)
    }

    @Test func documentedExamplesPass() throws {
        try Self.verify(Self.header())
        try Self.verify(Self.presigned())
    }

    @Test func pathStyleNamesTheBucketInThePath() throws {
        let signed = try #require(try SigV2.parse(Self.header("/johnsmith/photos/puppy.jpg")))
        try signed.verify(secret: Self.secret, virtualHostBucket: nil, now: Self.time)
    }

    /// As boto3 signs it, and as a client does that signs what it sends.
    @Test(arguments: ["/johnsmith/", "/johnsmith"])
    func aPathThatIsOnlyABucket(_ signed: String) throws {
        let date = "Tue, 27 Mar 2007 19:36:42 GMT"
        func request(_ path: String, _ query: String = "") -> WireRequest {
            let mac = HMAC<Insecure.SHA1>.authenticationCode(
                for: Array("PUT\n\n\n\(date)\n\(signed)\(query.isEmpty ? "" : "?" + query)".utf8),
                using: SymmetricKey(data: Array(Self.secret.utf8)))
            var headers: HTTPFields = [.authorization: "AWS AKIAIOSFODNN7EXAMPLE:\(Base64.encode(Array(mac)))"]
            headers[.date] = date
            return WireRequest(method: "PUT", rawPath: path, rawQuery: query, authority: "127.0.0.1:9000", headers: headers)
        }
        func verify(_ request: WireRequest) throws {
            try #require(try SigV2.parse(request)).verify(secret: Self.secret, virtualHostBucket: nil, now: Self.time)
        }
        try verify(request("/johnsmith"))
        try verify(request("/johnsmith", "cors"))
        #expect(throws: SigV4Error.self) { try verify(request("/johnsmit")) }
        #expect(throws: SigV4Error.self) { try verify(request("/johnsmith/a")) }
        #expect(throws: SigV4Error.self) { try verify(request("/")) }
    }

    @Test func changesAreRefused() throws {
        #expect(throws: SigV4Error.self) { try Self.verify(Self.header("/photos/kitten.jpg")) }
        #expect(throws: SigV4Error.self) { try Self.verify(Self.header(signature: "AWq2s1WEIj+Ydj0vQ697zp+IXMU=")) }
        #expect(throws: SigV4Error.self) { try Self.verify(Self.header(signature: "")) }
        #expect(throws: SigV4Error.self) { try Self.verify(Self.presigned("PUT")) }
        var request = Self.presigned()
        request.rawQuery += "&acl"
        #expect(throws: SigV4Error.self) { try Self.verify(request) }
        request = Self.header()
        request.headers[HTTPField.Name("x-amz-meta-a")!] = "b"
        #expect(throws: SigV4Error.self) { try Self.verify(request) }
    }

    @Test func timeIsChecked() throws {
        #expect(throws: SigV4Error.self) { try Self.verify(Self.header(), now: Self.time + .seconds(16 * 60)) }
        #expect(throws: SigV4Error.self) { try Self.verify(Self.presigned(), now: Timestamp(seconds: 1_175_139_621)) }
    }

    @Test(arguments: ["Bad Date", "", "Tue, 07 Jul 1950 21:53:04 GMT"])
    func aDateThatIsNone(_ date: String) throws {
        var request = Self.header()
        request.headers[HTTPField.Name("x-amz-date")!] = date
        #expect(throws: SigV4Error.missingDate) { try Self.verify(request) }
    }

    @Test func urlsWithoutSignatureOrEnd() throws {
        for query in ["AWSAccessKeyId=a&Signature=b", "AWSAccessKeyId=a&Expires=1", "AWSAccessKeyId=a"] {
            #expect(throws: SigV4Error.incompleteVersion2) {
                try SigV2.parse(WireRequest(method: "GET", rawPath: "/", rawQuery: query, authority: "h"))
            }
        }
        let error = SigV4Error.incompleteVersion2.wireError(for: .s3)
        #expect(error.status == .forbidden && error.code == "AccessDenied")
        #expect(error.message == "Query-string authentication requires the Signature, Expires and AWSAccessKeyId parameters")
        #expect(throws: SigV4Error.invalidVersion2Date("soon")) {
            try SigV2.parse(
                WireRequest(method: "GET", rawPath: "/", rawQuery: "AWSAccessKeyId=a&Signature=b&Expires=soon", authority: "h"))
        }
        #expect(SigV4Error.invalidVersion2Date("soon").wireError(for: .s3).status == .forbidden)
    }

    @Test func malformedOnesAreRefusedAndOthersLeftAlone() throws {
        #expect(throws: SigV4Error.self) {
            try SigV2.parse(WireRequest(method: "GET", rawPath: "/", rawQuery: "AWSAccessKeyId=a&Signature=b", authority: "h"))
        }
        #expect(throws: SigV4Error.self) {
            try SigV2.parse(WireRequest(method: "GET", rawPath: "/", authority: "h", headers: [.authorization: "AWS x"]))
        }
        #expect(try SigV2.parse(WireRequest(method: "GET", rawPath: "/", rawQuery: "a=b", authority: "h")) == nil)
        #expect(
            try SigV2.parse(WireRequest(method: "GET", rawPath: "/", authority: "h", headers: [.authorization: "AWS4-HMAC-SHA256 x"]))
                == nil)
    }
}
