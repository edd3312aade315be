import AWSWire
import Bytes
import Crypto
import HTTPTypes
import JSON
import Model
import NIOCore
import Testing

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// The public test vectors (awslabs/aws-c-auth), header and query forms: canonical request, string to sign and signature.
struct SigV4VectorTests {
    struct Vector: CustomTestStringConvertible, Sendable {
        let name: String
        let context: JSONObject
        let request: String
        let header: JSONObject
        let query: JSONObject

        var testDescription: String { name }
        var normalizes: Bool { context["normalize"]!.bool! }
        var signsBody: Bool { context["sign_body"]!.bool! }
        var token: String? { context["credentials"]!.object!["token"]?.string }
        var omitsToken: Bool { context["omit_session_token"]?.bool ?? false }
        var dialect: SigV4Dialect { SigV4Dialect(encodesPathTwice: true, normalizesPath: normalizes, namesPayloadInHeader: false) }
        var time: Timestamp { ISO8601.parse(context["timestamp"]!.string!)! }
        var region: String { context["region"]!.string! }
        var service: String { context["service"]!.string! }
        var secret: String { context["credentials"]!.object!["secret_access_key"]!.string! }
        var accessKeyID: String { context["credentials"]!.object!["access_key_id"]!.string! }
        var key: SigningKey {
            SigningKey(secret: secret, scope: CredentialScope(date: "20150830", region: region, service: service))
        }
        var signer: SigV4Signer {
            SigV4Signer(
                accessKeyID: accessKeyID, secret: secret, region: region, service: service,
                securityToken: omitsToken ? nil : token, dialect: dialect)
        }
    }

    static let vectors: [Vector] = {
        let path = #filePath.split(separator: "/").dropLast().joined(separator: "/")
        let data = try! Data(contentsOf: URL(filePath: "/\(path)/Resources/sigv4-vectors.json"))
        let file = try! JSONValue.parse(ByteBuffer(bytes: data), limits: JSONLimits(bytesMax: 1 << 20))
        return file.object!["cases"]!.array!.map { value in
            let vector = value.object!
            return Vector(
                name: vector["name"]!.string!, context: vector["context"]!.object!, request: vector["request"]!.string!,
                header: vector["header"]!.object!, query: vector["query"]!.object!)
        }
    }()

    @Test func thereAre38() {
        #expect(Self.vectors.count == 38)
    }

    @Test(arguments: vectors) func headerForm(vector: Vector) throws {
        let (request, body) = try Self.parse(vector.header["signedRequest"]!.string!)
        var verified = request
        if vector.omitsToken {
            // This vector adds the token after signing, which Roost refuses: every `x-amz-*` header must be signed.
            #expect(try refusal(vector, request, body: body, key: vector.key) == .headersNotSigned(["x-amz-security-token"]))
            verified.headers[HTTPField.Name("x-amz-security-token")!] = nil
        }
        try check(vector, verified, body: body, expected: vector.header)
    }

    @Test(arguments: vectors) func queryForm(vector: Vector) throws {
        let (request, body) = try Self.parse(vector.query["signedRequest"]!.string!)
        var verified = request
        if vector.omitsToken {
            let parameters = request.rawQuery.split(separator: "&").filter { !$0.hasPrefix("X-Amz-Security-Token=") }
            verified.rawQuery = parameters.joined(separator: "&")
        }
        try check(vector, verified, body: body, expected: vector.query)
    }

    @Test(arguments: vectors) func signerHeaderForm(vector: Vector) throws {
        var (request, body) = try Self.parse(vector.request)
        let hash = Array(SHA256.hash(data: Array(body.utf8)))
        if vector.signsBody { request.headers[HTTPField.Name("x-amz-content-sha256")!] = Hex.encode(hash) }
        vector.signer.sign(&request, payload: .implied, bodySHA256: hash, at: vector.time)
        let signature = request.headers[.authorization]?.split(separator: "Signature=").last.map { String($0) }
        #expect(signature == vector.header["signature"]!.string!)
    }

    @Test(arguments: vectors) func signerQueryForm(vector: Vector) throws {
        var (request, body) = try Self.parse(vector.request)
        vector.signer.presign(&request, expiresSeconds: 3600, bodySHA256: Array(SHA256.hash(data: Array(body.utf8))), at: vector.time)
        let signature = request.rawQuery.split(separator: "X-Amz-Signature=").last.map { String($0) }
        #expect(signature == vector.query["signature"]!.string!)
    }

    private func check(_ vector: Vector, _ request: WireRequest, body: String, expected: JSONObject) throws {
        #expect(try refusal(vector, request, body: body, key: vector.key) == nil)
        let other = SigningKey(secret: "other", scope: CredentialScope(date: "20150830", region: vector.region, service: vector.service))
        guard case .signatureDoesNotMatch(let mismatch) = try refusal(vector, request, body: body, key: other) else {
            Issue.record("another key must not verify")
            return
        }
        #expect(mismatch.canonicalRequest == expected["canonicalRequest"]!.string!)
        #expect(mismatch.stringToSign == expected["stringToSign"]!.string!)
        #expect(mismatch.signatureProvided == expected["signature"]!.string!)
    }

    private func refusal(_ vector: Vector, _ request: WireRequest, body: String, key: SigningKey) throws -> SigV4Error? {
        let signed = try #require(try SigV4.parse(request, dialect: vector.dialect))
        #expect(signed.accessKeyID == vector.accessKeyID)
        do throws(SigV4Error) {
            _ = try signed.verify(
                signingKey: key, now: vector.time, settings: SigV4Settings(region: vector.region), service: vector.service,
                bodySHA256: Array(SHA256.hash(data: Array(body.utf8))))
            return nil
        } catch {
            return error
        }
    }

    /// A request as text. Lines that begin with a space continue the one before.
    private static func parse(_ text: String) throws -> (WireRequest, body: String) {
        let parts = text.split(separator: "\n\n", maxSplits: 1, omittingEmptySubsequences: false)
        var lines: [String] = []
        for line in parts[0].split(separator: "\n") {
            if line.hasPrefix(" ") { lines[lines.count - 1] += line } else { lines.append(String(line)) }
        }
        let methodEnd = try #require(lines[0].firstIndex(of: " "))
        let target = lines[0][lines[0].index(after: methodEnd)...].dropLast(" HTTP/1.1".count)
        let targetParts = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        var request = WireRequest(
            method: String(lines[0][..<methodEnd]), rawPath: String(targetParts[0]),
            rawQuery: targetParts.count > 1 ? String(targetParts[1]) : "", authority: "")
        for line in lines.dropFirst() {
            let colon = try #require(line.firstIndex(of: ":"))
            let name = String(line[..<colon])
            let value = String(line[line.index(after: colon)...])
            if name == "Host" {
                request.authority = value
            } else {
                request.headers.append(HTTPField(name: try #require(HTTPField.Name(name)), value: value))
            }
        }
        return (request, parts.count > 1 ? String(parts[1]) : "")
    }
}
