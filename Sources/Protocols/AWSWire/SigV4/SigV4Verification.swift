import Bytes
import Crypto
import HTTPTypes
import Model

/// What a server declares about itself.
package struct SigV4Settings: Sendable {
    /// The region that scopes must name unless they name one of AWS's, as every service serves all of those; nil accepts every region.
    package var region: String?
    /// Names under which clients reach the server besides the `Host` that arrives, with a port where clients send one: a proxy in front
    /// rewrites the host, and the signature covers what the client sent.
    package var additionalHosts: [String]

    package init(region: String?, additionalHosts: [String] = []) {
        self.region = region
        self.additionalHosts = additionalHosts
    }

    /// Throws `.wrongRegion`.
    func check(_ scope: CredentialScope, _ form: SignatureForm) throws(SigV4Error) {
        guard let region, scope.region != region, !Region.isOfAWS(scope.region) else { return }
        throw .wrongRegion(form, sent: scope.region, expected: region)
    }
}

extension SignedRequest {
    /// Checks region, service, time, expiry, that everything that must be signed is, and then the signature in constant time.
    ///
    /// - `service`: the only one that the scope may name.
    /// - `bodySHA256`: 32 bytes; for services other than S3 the body's hash, nil when there is no body. Ignored for S3, where
    ///   the caller compares the body with `payload` itself.
    /// - Returns what the first chunk's signature builds on.
    package func verify(
        signingKey: SigningKey, now: Timestamp, settings: SigV4Settings, service: String, bodySHA256: [UInt8]? = nil
    ) throws(SigV4Error) -> SeedSignature {
        if scope.service != service { throw .wrongService(form, sent: scope.service, expected: service) }
        try settings.check(scope, form)
        try checkTime(now)
        let unsigned = headersNotSigned()
        guard unsigned.isEmpty else { throw .headersNotSigned(unsigned) }
        return try checkSignature(signingKey, settings: settings, bodySHA256: bodySHA256)
    }

    private func checkTime(_ now: Timestamp) throws(SigV4Error) {
        let latest = now + SigV4.clockSkewMax
        if let expiresSeconds {
            if time > latest { throw .notYetValid }
            let expiresAt = time + .seconds(expiresSeconds)
            // A URL that is valid for no time at all is one whose time is over.
            if now > expiresAt || expiresSeconds == 0 { throw .expired(expiresSeconds: expiresSeconds, expiresAt: expiresAt, now: now) }
        } else if time > latest || time + SigV4.clockSkewMax < now {
            let text = String(decoding: timeAndScope.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
            throw .requestTimeTooSkewed(requestTime: text, now: now)
        }
    }

    /// `host` and every `x-amz-*` header must be signed; of a presigned request also good is one that stands in the query with that value,
    /// and what it says of a payload that its URL does not sign is not heard.
    private func headersNotSigned() -> [String] {
        var names: [String] = []
        if !signedHeaderList.contains("host") { names.append("host") }
        for index in request.headers.indices {
            let name = request.headers[index].name.canonicalName
            guard ByteSearch.starts(name, with: "x-amz-"), !signedHeaderList.contains(name) else { continue }
            let field = request.headers[index]
            if form == .presigned, field.name == .xAmzContentSHA256 || queryHolds(field) { continue }
            if !names.contains(name) { names.append(name) }
        }
        return names
    }

    private func queryHolds(_ field: HTTPField) -> Bool {
        query.items.contains { item in
            query.isName(of: item, equalIgnoringCase: field.name.canonicalName)
                && field.withUnsafeBytesOfValue { $0.elementsEqual(query.value(of: item)) }
        }
    }

    private func checkSignature(_ key: SigningKey, settings: SigV4Settings, bodySHA256: [UInt8]?) throws(SigV4Error) -> SeedSignature {
        var attempt = SignatureAttempt(self, bodySHA256: bodySHA256)
        let hasEscapedSlash = !dialect.encodesPathTwice && attempt.pathHasEscapedSlash
        var host = request.authority
        var others = settings.additionalHosts.makeIterator()
        while true {
            attempt.compute(host: host, keepingEscapedSlash: false, key: key)
            if attempt.matches { break }
            if hasEscapedSlash {
                // Clients differ in whether `%2F` in a path is signed as it is or as the slash that it means.
                attempt.compute(host: host, keepingEscapedSlash: true, key: key)
                if attempt.matches { break }
            }
            guard let next = others.next() else {
                attempt.compute(host: request.authority, keepingEscapedSlash: false, key: key)
                throw .signatureDoesNotMatch(attempt.mismatch)
            }
            host = next
        }
        return SeedSignature(signature: attempt.signature, key: key, timeAndScope: timeAndScope, accessKeyID: accessKeyID)
    }
}

/// Canonical request, string to sign and signature under one host name; its buffers serve all names in turn.
struct SignatureAttempt {
    private let signed: SignedRequest
    private let canonical: CanonicalRequest
    private(set) var canonicalRequest: [UInt8] = []
    private(set) var stringToSign: [UInt8] = []
    private(set) var signature: [UInt8] = []

    init(_ signed: SignedRequest, bodySHA256: [UInt8]?) {
        self.signed = signed
        self.canonical = CanonicalRequest(
            request: signed.request, query: signed.query, leavesOutSignature: signed.form == .presigned, dialect: signed.dialect,
            signedHeaders: signed.signedHeaderList, payload: signed.payloadText ?? Self.payloadText(of: bodySHA256))
        canonicalRequest.reserveCapacity(1024)
        stringToSign.reserveCapacity(192)
        signature.reserveCapacity(64)
    }

    static func payloadText(of bodySHA256: [UInt8]?) -> [UInt8] {
        var text: [UInt8] = []
        text.reserveCapacity(64)
        if let bodySHA256 {
            HexText.append(bodySHA256, to: &text)
        } else {
            HexText.append(SHA256.hash(data: [UInt8]()), to: &text)
        }
        return text
    }

    mutating func compute(host: String, keepingEscapedSlash: Bool, key: SigningKey) {
        canonical.write(host: host, keepingEscapedSlash: keepingEscapedSlash, to: &canonicalRequest)
        Self.writeStringToSign(signed.timeAndScope, canonicalRequest: canonicalRequest, to: &stringToSign)
        signature.removeAll(keepingCapacity: true)
        key.appendSignature(of: stringToSign, to: &signature)
    }

    static func writeStringToSign(_ timeAndScope: [UInt8], canonicalRequest: [UInt8], to output: inout [UInt8]) {
        output.removeAll(keepingCapacity: true)
        output.append(contentsOf: UnsafeBufferPointer(start: SigV4.algorithm.utf8Start, count: SigV4.algorithm.utf8CodeUnitCount))
        output.append(UInt8(ascii: "\n"))
        output.append(contentsOf: timeAndScope)
        HexText.append(SHA256.hash(data: canonicalRequest), to: &output)
    }

    var matches: Bool { ConstantTime.equal(signature, signed.signature) }

    var pathHasEscapedSlash: Bool {
        var path = signed.request.rawPath
        return path.withUTF8 { raw in
            raw.indices.contains { index in
                raw[index] == UInt8(ascii: "%") && index + 2 < raw.count && raw[index + 1] == UInt8(ascii: "2")
                    && raw[index + 2] | 0x20 == UInt8(ascii: "f")
            }
        }
    }

    var mismatch: SignatureMismatch {
        SignatureMismatch(
            accessKeyID: signed.accessKeyID, stringToSign: String(decoding: stringToSign, as: UTF8.self),
            signatureProvided: String(decoding: signed.signature, as: UTF8.self),
            canonicalRequest: String(decoding: canonicalRequest, as: UTF8.self))
    }
}
