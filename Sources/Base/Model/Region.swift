/// An AWS region's name, such as `us-east-1`: 1 to 63 of `a-z 0-9 -`, with none of the last at either end.
package struct Region: Hashable, Sendable, CustomStringConvertible {
    package static let lengthRange = 1...63
    /// What clients sign for when nothing is configured.
    package static let usEast1 = Region(stored: "us-east-1")

    package let rawValue: String

    /// Nil when `rawValue` breaks a rule.
    package init?(_ rawValue: String) {
        let dash = UInt8(ascii: "-")
        guard Self.lengthRange.contains(rawValue.utf8.count), rawValue.utf8.first != dash, rawValue.utf8.last != dash else { return nil }
        let isValid = rawValue.utf8.allSatisfy { byte in
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || byte == dash
        }
        guard isValid else { return nil }
        self.rawValue = rawValue
    }

    /// For names read back from storage, which were valid when they were written.
    package init(stored rawValue: String) {
        self.rawValue = rawValue
    }

    /// Whether AWS has this region. Source: https://docs.aws.amazon.com/general/latest/gr/s3.html
    package static func isOfAWS(_ name: String) -> Bool { namesAtAWS.contains(name) }

    private static let namesAtAWS: Set<String> = [
        "af-south-1", "ap-east-1", "ap-east-2", "ap-northeast-1", "ap-northeast-2", "ap-northeast-3", "ap-south-1", "ap-south-2",
        "ap-southeast-1", "ap-southeast-2", "ap-southeast-3", "ap-southeast-4", "ap-southeast-5", "ap-southeast-6", "ap-southeast-7",
        "ca-central-1", "ca-west-1", "cn-north-1", "cn-northwest-1", "eu-central-1", "eu-central-2", "eu-north-1", "eu-south-1",
        "eu-south-2", "eu-west-1", "eu-west-2", "eu-west-3", "eusc-de-east-1", "il-central-1", "me-central-1", "me-south-1",
        "mx-central-1", "sa-east-1", "us-east-1", "us-east-2", "us-gov-east-1", "us-gov-west-1", "us-west-1", "us-west-2",
    ]

    package var description: String { rawValue }
}
