/// How a service builds the canonical request. S3 differs from all others.
package struct SigV4Dialect: Hashable, Sendable {
    /// The path as sent is percent-encoded once more; otherwise it is decoded and encoded once.
    package let encodesPathTwice: Bool
    /// `.`, `..` and empty segments are resolved before encoding.
    package let normalizesPath: Bool
    /// The payload hash is the `x-amz-content-sha256` header's value, as sent; otherwise the body's own SHA-256.
    package let namesPayloadInHeader: Bool

    package init(encodesPathTwice: Bool, normalizesPath: Bool, namesPayloadInHeader: Bool) {
        self.encodesPathTwice = encodesPathTwice
        self.normalizesPath = normalizesPath
        self.namesPayloadInHeader = namesPayloadInHeader
    }

    package static let s3 = SigV4Dialect(encodesPathTwice: false, normalizesPath: false, namesPayloadInHeader: true)
    package static let other = SigV4Dialect(encodesPathTwice: true, normalizesPath: true, namesPayloadInHeader: false)

    /// By the name in the credential scope.
    package static func of(service: String) -> SigV4Dialect {
        switch service {
        case "s3", "s3express", "s3-object-lambda", "s3-outposts": .s3
        default: .other
        }
    }
}
