import AWSWire
import Bytes
import HTTPTypes
import Model
import Testing

/// Each way to be refused, with AWS's code, status and text.
struct SigV4RefusalTests {
    private func s3(_ error: SigV4Error?) -> WireError? { error?.wireError(for: .s3) }

    private func presigned(replacing name: String, with value: String?) -> WireRequest {
        var request = Sample.presigned(Sample.get())
        request.rawQuery = request.rawQuery.split(separator: "&").compactMap { parameter -> String? in
            guard parameter.hasPrefix("\(name)=") else { return String(parameter) }
            return value.map { "\(name)=\($0)" }
        }.joined(separator: "&")
        return request
    }

    private func header(replacing text: String, with other: String) -> WireRequest {
        var request = Sample.signed(Sample.get())
        request.headers[.authorization] = request.headers[.authorization]!.split(separator: text, omittingEmptySubsequences: false)
            .joined(separator: other)
        return request
    }

    @Test func anonymous() throws {
        #expect(try SigV4.parse(Sample.get()) == nil)
        #expect(try SigV4.parse(Sample.get(query: "list-type=2&prefix=X-Amz-Algorithm")) == nil)
    }

    @Test(arguments: ["X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Signature", "X-Amz-Date", "X-Amz-SignedHeaders", "X-Amz-Expires"])
    func missingParameter(name: String) {
        let error = s3(refusal(of: presigned(replacing: name, with: nil)))
        #expect(error?.code == "AuthorizationQueryParametersError")
        #expect(error?.status == .badRequest)
        #expect(error?.message.hasPrefix("Query-string authentication version 4 requires the X-Amz-Algorithm, ") == true)
    }

    @Test(arguments: [
        ("X-Amz-Algorithm", "AWS4-HMAC-SHA512", "X-Amz-Algorithm only supports \"AWS4-HMAC-SHA256\""),
        ("X-Amz-Date", "2026-01-02T03:04:05Z", "X-Amz-Date must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\""),
        ("X-Amz-Expires", "a", "X-Amz-Expires should be a number"), ("X-Amz-Expires", "", "X-Amz-Expires should be a number"),
        ("X-Amz-Expires", "-1", "X-Amz-Expires must be non-negative"),
        (
            "X-Amz-Expires", "604801",
            "X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than 604800 seconds"
        ),
        (
            "X-Amz-Expires", "99999999999999999999999",
            "X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than 604800 seconds"
        ),
        (
            "X-Amz-Credential", "AKIDEXAMPLE",
            "Error parsing the X-Amz-Credential parameter; the Credential is mal-formed; expecting "
                + "\"<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request\"."
        ),
        (
            "X-Amz-Credential", "AKIDEXAMPLE/2026/us-east-1/s3/aws4_request",
            "Error parsing the X-Amz-Credential parameter; incorrect date format \"2026\". "
                + "This date in the credential must be in the format \"yyyyMMdd\"."
        ),
        (
            "X-Amz-Credential", "AKIDEXAMPLE/20260103/us-east-1/s3/aws4_request",
            "Invalid credential date \"20260103\". This date is not the same as X-Amz-Date: \"20260102\"."
        ),
        (
            "X-Amz-Credential", "AKIDEXAMPLE/20260102/us-nowhere-2/s3/aws4_request",
            "Error parsing the X-Amz-Credential parameter; the region 'us-nowhere-2' is wrong; expecting 'us-east-1'"
        ),
        (
            "X-Amz-Credential", "AKIDEXAMPLE/20260102/us-east-1/sqs/aws4_request",
            "Error parsing the X-Amz-Credential parameter; incorrect service \"sqs\". This endpoint belongs to \"s3\"."
        ),
        (
            "X-Amz-Credential", "AKIDEXAMPLE/20260102/us-east-1/s3/aws5_request",
            "Error parsing the X-Amz-Credential parameter; incorrect terminal \"aws5_request\". This endpoint uses \"aws4_request\"."
        ),
    ])
    func wrongParameter(name: String, value: String, message: String) {
        let error = s3(refusal(of: presigned(replacing: name, with: value)))
        #expect(error?.code == "AuthorizationQueryParametersError")
        #expect(error?.message == message)
    }

    @Test(arguments: [
        (", Signature=", ", Sgnature=", "the authorization header requires three components: Credential, SignedHeaders, and Signature."),
        ("Credential=AKIDEXAMPLE/", "Credential=", "the Credential is mal-formed"),
        ("Credential=AKIDEXAMPLE/", "Credential=/", "a non-empty Access Key (AKID) must be provided in the credential."),
        (", SignedHeaders=", ", SignedHeaders", "the authorization component \"SignedHeadershost;"),
        ("/us-east-1/", "/eu-nowhere-1/", "the region 'eu-nowhere-1' is wrong; expecting 'us-east-1'"),
        ("/20260102/", "/20260101/", "Invalid credential date \"20260101\". This date is not the same as X-Amz-Date: \"20260102\"."),
    ])
    func malformedHeader(text: String, other: String, detail: String) {
        let error = s3(refusal(of: header(replacing: text, with: other)))
        #expect(error?.code == "AuthorizationHeaderMalformed")
        #expect(error?.message.hasPrefix("The authorization header is malformed; \(detail)") == true, "\(error?.message ?? "")")
    }

    @Test func otherMechanisms() {
        func code(_ authorization: String) -> String? {
            var request = Sample.get()
            request.headers[.authorization] = authorization
            let error = s3(refusal(of: request))
            return error.map { "\($0.code): \($0.message)" }
        }
        let unsupported = "InvalidRequest: The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256."
        #expect(code("AWS AKID:c2lnbmF0dXJl") == unsupported)
        #expect(code("AWS4-ECDSA-P256-SHA256 Credential=a/b/s3/aws4_request, SignedHeaders=host, Signature=00") == unsupported)
        #expect(code("Bearer abc") == "InvalidArgument: Unsupported Authorization Type")
        #expect(code("") == "InvalidArgument: Unsupported Authorization Type")
        let version2 = Sample.get(query: "AWSAccessKeyId=AKID&Expires=1&Signature=abc")
        #expect(refusal(of: version2) == .unsupportedMechanism)
        var both = Sample.presigned(Sample.get())
        both.headers[.authorization] = "AWS4-HMAC-SHA256 Credential=a"
        #expect(s3(refusal(of: both))?.message.hasPrefix("Only one auth mechanism allowed; ") == true)
    }

    @Test func clockSkew() {
        let signed = Sample.signed(Sample.get())
        #expect(refusal(of: signed, now: Sample.now + .seconds(900)) == nil)
        #expect(refusal(of: signed, now: Sample.now + .seconds(-900)) == nil)
        for seconds in [901, -901] {
            let error = s3(refusal(of: signed, now: Sample.now + .seconds(seconds)))
            #expect(error?.code == "RequestTimeTooSkewed")
            #expect(error?.status == .forbidden)
            #expect(error?.elements.first == .init("RequestTime", "20260102T030405Z"))
            #expect(error?.elements.last == .init("MaxAllowedSkewMilliseconds", "900000"))
        }
    }

    @Test func expiry() {
        let signed = Sample.presigned(Sample.get(), expiresSeconds: 60)
        #expect(refusal(of: signed, now: Sample.now + .seconds(60)) == nil)
        let error = s3(refusal(of: signed, now: Sample.now + .seconds(61)))
        #expect(error?.code == "AccessDenied")
        #expect(error?.message == "Request has expired")
        #expect(
            error?.elements == [
                .init("X-Amz-Expires", "60"), .init("Expires", "2026-01-02T03:05:05Z"), .init("ServerTime", "2026-01-02T03:05:06Z"),
            ])
        #expect(refusal(of: signed, now: Sample.now + .seconds(-901)) == .notYetValid)
        #expect(s3(refusal(of: Sample.presigned(Sample.get(), expiresSeconds: 0)))?.message == "Request has expired")
        #expect(refusal(of: Sample.presigned(Sample.get(), expiresSeconds: 604_800), now: Sample.now + .seconds(604_800)) == nil)
    }

    @Test func unsignedHeaders() {
        var request = Sample.signed(Sample.get())
        request.headers[HTTPField.Name("X-Amz-Acl")!] = "public-read"
        let error = s3(refusal(of: request))
        #expect(error?.code == "AccessDenied")
        #expect(error?.message == "There were headers present in the request which were not signed")
        #expect(error?.elements == [.init("HeadersNotSigned", "x-amz-acl")])
        var presigned = Sample.presigned(Sample.get(query: "x-amz-acl=private"))
        presigned.headers[HTTPField.Name("x-amz-acl")!] = "private"
        #expect(refusal(of: presigned) == nil)
        presigned.headers[HTTPField.Name("x-amz-acl")!] = "public-read"
        #expect(refusal(of: presigned) == .headersNotSigned(["x-amz-acl"]))
        // The host must always be signed; other headers need not be.
        #expect(refusal(of: header(replacing: "SignedHeaders=host;", with: "SignedHeaders=")) == .headersNotSigned(["host"]))
        var late = Sample.signed(Sample.get())
        late.headers[.expect] = "100-continue"
        late.headers[.userAgent] = "curl"
        #expect(refusal(of: late) == nil)
    }

    @Test func repeatedSignedHeaders() {
        for (text, other) in [("=host;", "=host;host;"), ("=host;", "=host;a;host;")] {
            let error = s3(refusal(of: header(replacing: text, with: other)))
            #expect(error?.message.hasSuffix("SignedHeaders must not name a header twice.") == true)
        }
        // Out of order is no error of its own; the signature covers the list as it is sent.
        #expect(s3(refusal(of: header(replacing: "=host;", with: "=z;host;")))?.code == "SignatureDoesNotMatch")
    }

    @Test func payloadNames() {
        var without = Sample.signed(Sample.get())
        without.headers[.xAmzContentSHA256] = nil
        #expect(s3(refusal(of: without))?.message == "Missing required header for this request: x-amz-content-sha256")
        without.headers[.xAmzContentSHA256] = "SIGNED"
        #expect(s3(refusal(of: without))?.elements == [.init("ArgumentName", "x-amz-content-sha256"), .init("ArgumentValue", "SIGNED")])
        without.headers[.xAmzContentSHA256] = "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD"
        #expect(refusal(of: without) == .unsupportedMechanism)
    }

    @Test func dates() {
        var request = Sample.signed(Sample.get())
        request.headers[.xAmzDate] = nil
        #expect(s3(refusal(of: request))?.message == "AWS authentication requires a valid Date or x-amz-date header")
        // With `Date` alone the signature is over its basic form.
        request.headers[.date] = HTTPDate.format(Sample.now)
        guard case .signatureDoesNotMatch(let mismatch) = refusal(of: request) else {
            Issue.record("x-amz-date was signed and is gone")
            return
        }
        #expect(mismatch.stringToSign.hasPrefix("AWS4-HMAC-SHA256\n20260102T030405Z\n20260102/us-east-1/s3/aws4_request\n"))
    }

    @Test func mismatchShowsItsComputation() {
        let error = s3(refusal(of: Sample.signed(Sample.get()), key: SigningKey(secret: "other", scope: Sample.scope)))
        #expect(error?.code == "SignatureDoesNotMatch")
        #expect(error?.status == .forbidden)
        #expect(
            error?.elements.map(\.name) == [
                "AWSAccessKeyId", "StringToSign", "SignatureProvided", "StringToSignBytes", "CanonicalRequest", "CanonicalRequestBytes",
            ])
        #expect(error?.elements[3].value.hasPrefix("41 57 53 34 2d") == true)
        #expect(error?.elements[4].value.hasPrefix("GET\n/bucket/key.txt\n\nhost:s3.example.com:9000\n") == true)
    }

    @Test func otherServicesCodes() {
        #expect(SigV4Error.unknownAccessKey("A").wireError(for: .other).code == "InvalidClientTokenId")
        #expect(SigV4Error.unknownAccessKey("A").wireError(for: .s3).code == "InvalidAccessKeyId")
        #expect(SigV4Error.missingDate.wireError(for: .other).code == "IncompleteSignature")
        #expect(SigV4Error.requestTimeTooSkewed(requestTime: "x", now: Sample.now).wireError(for: .other).code == "SignatureDoesNotMatch")
    }
}
