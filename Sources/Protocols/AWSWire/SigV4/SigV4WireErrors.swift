extension SigV4Error {
    /// AWS's code, status and text: S3's own for `s3`, the common ones for all other services.
    package func wireError(for dialect: SigV4Dialect) -> WireError { fatalError() }
}
