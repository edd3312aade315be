import Bytes
import Crypto
import HTTPTypes
import Model

/// AWS Signature Version 2 for S3, which stock clients still use: boto3 and the aws CLI presign with it unless told otherwise.
///
/// The secret signs, by HMAC-SHA1, the method, three headers, the expiry, the `x-amz-*` headers, and the resource with those
/// query parameters that name a part of it; not the body.
/// Source: https://docs.aws.amazon.com/AmazonS3/latest/API/RESTAuthentication.html
package struct SigV2: Sendable {
    package let accessKeyID: String
    package let form: SignatureForm
    /// Base64, as sent.
    private let signature: String
    /// A presigned URL's end, in seconds since 1970.
    private let expires: Int64?
    private let request: WireRequest
    private let query: QueryItems

    /// Nil when the request does not use this version. Throws for a malformed use. Nothing is proven yet.
    package static func parse(_ request: WireRequest) throws(SigV4Error) -> SigV2? {
        if let authorization = request.headers[.authorization] {
            guard authorization.hasPrefix("AWS ") else { return nil }
            let parts = authorization.dropFirst(4).split(separator: ":", omittingEmptySubsequences: false)
            guard parts.count == 2, !parts[0].isEmpty else { throw .unsupportedAuthorizationType(authorization: authorization) }
            return SigV2(
                accessKeyID: String(parts[0]), form: .header, signature: String(parts[1]), expires: nil, request: request,
                query: QueryItems(rawQuery: request.rawQuery))
        }
        guard ByteSearch.contains(request.rawQuery, "AWSAccessKeyId=") else { return nil }
        let query = QueryItems(rawQuery: request.rawQuery)
        guard let id = query.value("AWSAccessKeyId") else { return nil }
        guard let signature = query.value("Signature"), let expires = query.value("Expires") else { throw .incompleteVersion2 }
        guard let expires = Int64(expires) else { throw .invalidVersion2Date(expires) }
        return SigV2(accessKeyID: id, form: .presigned, signature: signature, expires: expires, request: request, query: query)
    }

    /// Checks the time, then the signature in constant time. `virtualHostBucket`: the bucket that the host names, if it does.
    package func verify(secret: String, virtualHostBucket: String?, now: Timestamp) throws(SigV4Error) {
        try checkTime(now)
        let key = SymmetricKey(data: Array(secret.utf8))
        let sent = Base64.decode(signature) ?? []
        let texts = canonicalPaths(virtualHostBucket).map(stringToSign)
        let isValid = texts.contains {
            HMAC<Insecure.SHA1>.isValidAuthenticationCode(sent, authenticating: Array($0.utf8), using: key)
        }
        guard isValid else {
            throw .signatureDoesNotMatch(
                SignatureMismatch(accessKeyID: accessKeyID, stringToSign: texts[0], signatureProvided: signature, canonicalRequest: ""))
        }
    }

    private func checkTime(_ now: Timestamp) throws(SigV4Error) {
        if let expires {
            let end = Timestamp(seconds: min(expires, Self.secondsMax))
            if now > end { throw .expired(expiresSeconds: nil, expiresAt: end, now: now) }
            return
        }
        guard let text = request.headers[.xAmzDate] ?? request.headers[.date], let time = SignedDate.parse(text) else { throw .missingDate }
        let skew = now.milliseconds - time.milliseconds
        guard Duration.milliseconds(abs(skew)) <= SigV4.clockSkewMax else { throw .requestTimeTooSkewed(requestTime: text, now: now) }
    }

    /// The year 9999, past which no time can be written.
    private static let secondsMax: Int64 = 253_402_300_799

    // MARK: What is signed

    private func stringToSign(_ path: String) -> String {
        let headers = request.headers
        // A date in `x-amz-date` is signed there.
        let time = expires.map(String.init) ?? (headers[.xAmzDate] == nil ? headers[.date] ?? "" : "")
        return "\(request.method)\n\(headers[.contentMD5] ?? "")\n\(headers[.contentType] ?? "")\n\(time)\n"
            + amazonHeaders() + resource(path)
    }

    /// `name:value` lines of the `x-amz-*` headers, in order of their names, repeated ones joined by commas. A presigned URL has those in its
    /// query that its client is not to send.
    private func amazonHeaders() -> String {
        var values: [String: [String]] = [:]
        for field in request.headers where field.name.canonicalName.hasPrefix("x-amz-") {
            values[field.name.canonicalName, default: []].append(field.value)
        }
        if form == .presigned {
            for item in query.all where item.name.lowercased().hasPrefix("x-amz-") && values[item.name.lowercased()] == nil {
                values[item.name.lowercased()] = [item.value ?? ""]
            }
        }
        return values.sorted { $0.key < $1.key }.map { "\($0.key):\($0.value.joined(separator: ","))\n" }.joined()
    }

    /// The path with its bucket. One that names nothing but a bucket is signed with a slash at its end, as it would be were the bucket
    /// in the host's name: boto3 does so whichever way it is sent. Some clients sign what they send.
    private func canonicalPaths(_ virtualHostBucket: String?) -> [String] {
        if let virtualHostBucket { return ["/\(virtualHostBucket)\(request.rawPath)"] }
        let path = request.rawPath
        let namesBucketOnly = path.utf8.count > 1 && !path.utf8.dropFirst().contains(UInt8(ascii: "/"))
        return namesBucketOnly ? [path + "/", path] : [path]
    }

    private func resource(_ path: String) -> String {
        let parts = query.all.filter { Self.resourceParameters.contains($0.name) }.sorted { $0.name < $1.name }
            .map { item in item.value.map { "\(item.name)=\($0)" } ?? item.name }
        return parts.isEmpty ? path : "\(path)?\(parts.joined(separator: "&"))"
    }

    /// Query parameters that name a part of the resource or change the answer's headers.
    private static let resourceParameters: Set<String> = [
        "accelerate", "acl", "analytics", "cors", "delete", "encryption", "inventory", "legal-hold", "lifecycle", "location", "logging",
        "metrics", "notification", "object-lock", "partNumber", "policy", "replication", "requestPayment", "response-cache-control",
        "response-content-disposition", "response-content-encoding", "response-content-language", "response-content-type",
        "response-expires", "restore", "retention", "select", "select-type", "storageClass", "tagging", "torrent", "uploadId", "uploads",
        "versionId", "versioning", "versions", "website",
    ]
}
