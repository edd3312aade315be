import Bytes
import Crypto
import HTTPTypes
import Model

/// Signs requests as a client does; for `roost demo`, benchmarks and tests.
package struct SigV4Signer: Sendable {
    private let accessKeyID: String
    private let secret: String
    private let region: String
    private let service: String
    private let securityToken: String?
    private let dialect: SigV4Dialect

    /// `dialect`: nil chooses by the service.
    package init(
        accessKeyID: String, secret: String, region: String, service: String, securityToken: String? = nil, dialect: SigV4Dialect? = nil
    ) {
        self.accessKeyID = accessKeyID
        self.secret = secret
        self.region = region
        self.service = service
        self.securityToken = securityToken
        self.dialect = dialect ?? .of(service: service)
    }

    /// Adds `x-amz-date`, `x-amz-content-sha256` (S3), `x-amz-security-token` and `Authorization`, signing all headers present.
    ///
    /// `bodySHA256` (32 bytes, nil without a body) goes with `.implied` and is ignored otherwise. The seed serves `AWSChunkedEncoder`.
    @discardableResult
    package func sign(_ request: inout WireRequest, payload: PayloadMode, bodySHA256: [UInt8]? = nil, at time: Timestamp) -> SeedSignature {
        let scope = scope(at: time)
        request.headers[.xAmzDate] = ISO8601.formatBasic(time)
        let payloadText = payload.headerValue ?? String(decoding: SignatureAttempt.payloadText(of: bodySHA256), as: UTF8.self)
        if dialect.namesPayloadInHeader { request.headers[.xAmzContentSHA256] = payloadText }
        if let securityToken { request.headers[.xAmzSecurityToken] = securityToken }
        let names = Self.signedHeaders(of: request)
        let seed = seed(for: request, signedHeaders: names, payload: payloadText, at: time)
        request.headers[.authorization] =
            "\(SigV4.algorithm) Credential=\(accessKeyID)/\(scope), SignedHeaders=\(names), "
            + "Signature=\(String(decoding: seed.signature, as: UTF8.self))"
        return seed
    }

    /// Adds the query parameters of a presigned URL, signing all headers present.
    ///
    /// The payload is unsigned with S3; with other services `bodySHA256` (32 bytes, nil without a body) is signed.
    @discardableResult
    package func presign(
        _ request: inout WireRequest, expiresSeconds: Int64, bodySHA256: [UInt8]? = nil, at time: Timestamp
    ) -> SeedSignature {
        let scope = scope(at: time)
        let names = Self.signedHeaders(of: request)
        var parameters = [
            ("X-Amz-Algorithm", "\(SigV4.algorithm)"), ("X-Amz-Credential", "\(accessKeyID)/\(scope)"),
            ("X-Amz-Date", ISO8601.formatBasic(time)), ("X-Amz-Expires", String(expiresSeconds)), ("X-Amz-SignedHeaders", names),
        ]
        if let securityToken { parameters.append(("X-Amz-Security-Token", securityToken)) }
        for (name, value) in parameters {
            if !request.rawQuery.isEmpty { request.rawQuery += "&" }
            request.rawQuery += name + "=" + PercentEncoding.encode(Array(value.utf8), keepingSlash: false)
        }
        let payloadText =
            dialect.namesPayloadInHeader
            ? request.headers[.xAmzContentSHA256] ?? PayloadMode.unsignedText
            : String(decoding: SignatureAttempt.payloadText(of: bodySHA256), as: UTF8.self)
        let seed = seed(for: request, signedHeaders: names, payload: payloadText, at: time)
        request.rawQuery += "&X-Amz-Signature=" + String(decoding: seed.signature, as: UTF8.self)
        return seed
    }

    private func scope(at time: Timestamp) -> CredentialScope {
        CredentialScope(date: String(ISO8601.formatBasic(time).prefix(8)), region: region, service: service)
    }

    private func seed(for request: WireRequest, signedHeaders: String, payload: String, at time: Timestamp) -> SeedSignature {
        let scope = scope(at: time)
        let canonical = CanonicalRequest(
            request: request, query: CanonicalQuery(rawQuery: request.rawQuery), leavesOutSignature: true, dialect: dialect,
            signedHeaders: SignedHeaderList(sorted: signedHeaders), payload: Array(payload.utf8))
        var canonicalRequest: [UInt8] = []
        canonical.write(host: request.authority, to: &canonicalRequest)
        let timeAndScope = Array("\(ISO8601.formatBasic(time))\n\(scope)\n".utf8)
        var stringToSign: [UInt8] = []
        SignatureAttempt.writeStringToSign(timeAndScope, canonicalRequest: canonicalRequest, to: &stringToSign)
        let key = SigningKey(secret: secret, scope: scope)
        return SeedSignature(
            signature: key.signature(of: stringToSign), key: key, timeAndScope: timeAndScope, accessKeyID: accessKeyID)
    }

    private static func signedHeaders(of request: WireRequest) -> String {
        var names = Set(request.headers.map(\.name.canonicalName))
        names.remove("authorization")
        names.insert("host")
        return names.sorted().joined(separator: ";")
    }
}

extension PayloadMode {
    /// What stands in `x-amz-content-sha256`; nil for `.implied`.
    package var headerValue: String? {
        switch self {
        case .implied: nil
        case .unsigned: Self.unsignedText
        case .signed(let sha256): Hex.encode(sha256)
        case .streamingSigned: Self.streamingSignedText
        case .streamingSignedTrailer: Self.streamingSignedTrailerText
        case .streamingUnsignedTrailer: Self.streamingUnsignedTrailerText
        }
    }
}
