/// What a signing key is good for: one day, one region, one service. `20260102/us-east-1/s3/aws4_request` on the wire.
package struct CredentialScope: Hashable, Sendable, CustomStringConvertible {
    package static let terminator = "aws4_request"

    /// `yyyyMMdd`, UTC.
    package let date: String
    package let region: String
    package let service: String

    package init(date: String, region: String, service: String) {
        self.date = date
        self.region = region
        self.service = service
    }

    package var description: String { "\(date)/\(region)/\(service)/\(Self.terminator)" }
}
