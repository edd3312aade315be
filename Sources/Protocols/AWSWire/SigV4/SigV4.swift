/// AWS Signature Version 4.
///
/// Two steps, because the secret is looked up in between: `parse` finds out who signed; `SignedRequest.verify` proves it.
/// Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
package enum SigV4 {
    /// A signed request's time may differ from the server's by this much.
    package static let clockSkewMax: Duration = .seconds(15 * 60)
    /// A presigned URL is valid for at most a week.
    package static let expiresSecondsMax: Int64 = 604_800

    /// Nil for an anonymous request: no Authorization header and no query authentication.
    /// Throws for every malformed, incomplete or unsupported authentication. Nothing is proven yet.
    package static func parse(_ request: WireRequest) throws(SigV4Error) -> SignedRequest? { fatalError() }
}
