import Model

/// Signs requests as a client does; for `roost demo`, benchmarks and tests.
package struct SigV4Signer: Sendable {
    package init(
        accessKeyID: String, secret: String, region: String, service: String, securityToken: String? = nil, dialect: SigV4Dialect? = nil
    ) { fatalError() }

    /// Adds `x-amz-date`, `x-amz-content-sha256` (S3), `x-amz-security-token` and `Authorization`, signing all headers present.
    /// `bodySHA256` (32 bytes) goes with `.implied` and is ignored otherwise. The seed serves `AWSChunkedEncoder`.
    @discardableResult
    package func sign(_ request: inout WireRequest, payload: PayloadMode, bodySHA256: [UInt8]? = nil, at time: Timestamp) -> SeedSignature {
        fatalError()
    }

    /// Adds the query parameters of a presigned URL, signing all headers present.
    package func presign(_ request: inout WireRequest, expiresSeconds: Int64, at time: Timestamp) { fatalError() }
}
