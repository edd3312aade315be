import Model

/// A request whose signature was found and understood, not yet verified.
package struct SignedRequest: Sendable {
    package let request: WireRequest
    package let form: SignatureForm
    package let accessKeyID: String
    package let scope: CredentialScope
    /// `X-Amz-Date`, or `Date`.
    package let time: Timestamp
    /// Of a presigned request: how long after `time` it is valid.
    package let expiresSeconds: Int64?
    package let securityToken: String?
    package let payload: PayloadMode

    /// Lower-case names in their order.
    package var signedHeaders: [String] { fatalError() }

    /// Checks region, service, time, expiry, that everything that must be signed is, and then the signature in constant time.
    ///
    /// - `bodySHA256`: 32 bytes; for services other than S3 the body's hash, nil when there is no body. Ignored for S3, where
    ///   the caller compares the body with `payload` itself.
    /// - Returns what the first chunk's signature builds on.
    package func verify(
        signingKey: SigningKey, now: Timestamp, settings: SigV4Settings, service: String, bodySHA256: [UInt8]? = nil
    ) throws(SigV4Error) -> SeedSignature { fatalError() }
}

/// What a server declares about itself.
package struct SigV4Settings: Sendable {
    /// The region that scopes must name; nil accepts every region.
    package var region: String?
    /// Names under which clients reach the server besides the `Host` that arrives, with a port where clients send one: a proxy in front
    /// rewrites the host, and the signature covers what the client sent.
    package var additionalHosts: [String]

    package init(region: String?, additionalHosts: [String] = []) {
        self.region = region
        self.additionalHosts = additionalHosts
    }
}

/// The signature of a request's head; the first link of the chain of chunk signatures.
package struct SeedSignature: Sendable {
}
