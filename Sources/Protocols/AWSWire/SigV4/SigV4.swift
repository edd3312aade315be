import HTTPTypes

/// AWS Signature Version 4.
///
/// Two steps, because the secret is looked up in between: `parse` finds out who signed; `SignedRequest.verify` proves it.
/// Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
package enum SigV4 {
    /// A signed request's time may differ from the server's by this much.
    package static let clockSkewMax: Duration = .seconds(15 * 60)
    /// A presigned URL is valid for at most a week.
    package static let expiresSecondsMax: Int64 = 604_800

    static let algorithm: StaticString = "AWS4-HMAC-SHA256"

    /// Nil for an anonymous request: no Authorization header and no query authentication.
    /// Throws for every malformed, incomplete or unsupported authentication. Nothing is proven yet.
    ///
    /// - `dialect`: nil chooses by the service that the scope names, which `verify` then checks.
    package static func parse(_ request: WireRequest, dialect: SigV4Dialect? = nil) throws(SigV4Error) -> SignedRequest? {
        var authorization: HTTPField?
        for index in request.headers.indices where request.headers[index].name.canonicalName == "authorization" {
            guard authorization == nil else { throw .multipleMechanisms(authorization: request.headers[index].value) }
            authorization = request.headers[index]
        }
        let query = CanonicalQuery(rawQuery: request.rawQuery)
        let parameters = try PresignedParameters(query)
        if let authorization {
            guard parameters == nil else { throw .multipleMechanisms(authorization: authorization.value) }
            let header = try AuthorizationHeader(authorization)
            return try SignedRequest(request, query: query, header: header, dialect: dialect)
        }
        guard let parameters else { return nil }
        return try SignedRequest(request, query: query, parameters: parameters, dialect: dialect)
    }
}
