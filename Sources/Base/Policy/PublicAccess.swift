/// Whether a policy gives anything to everybody, as GetBucketPolicyStatus and Block Public Access mean it.
///
/// A policy is taken for public unless each Allow is for fixed principals, or for everybody under a condition that holds for fixed
/// values of a key that says who or whence. Source: Amazon S3 User Guide, "The meaning of 'public'".
extension PolicyDocument {
    package var isPublic: Bool { firstPublicStatement != nil }

    /// Index of the first statement that makes the policy public.
    package var firstPublicStatement: Int? { statements.firstIndex { $0.isPublic } }
}

extension PolicyStatement {
    var isPublic: Bool {
        guard effect == .allow, excludesPrincipals || principals.contains(.everyone) else { return false }
        return !conditions.contains { $0.restrictsToFixedValues }
    }
}

extension PolicyCondition {
    /// Keys that say who or whence; with fixed values they make a statement non-public.
    private static let restrictingKeys: Set<String> = [
        "aws:principalaccount", "aws:principalarn", "aws:principalorgid", "aws:principalorgpaths", "aws:principalservicename",
        "aws:principalservicenameslist", "aws:sourcearn", "aws:sourceaccount", "aws:sourceorgid", "aws:sourceorgpaths", "aws:sourceowner",
        "aws:sourcevpc", "aws:sourcevpce", "aws:userid", "aws:vpcsourceip", "s3:dataaccesspointaccount", "s3:dataaccesspointarn",
        "s3:x-amz-server-side-encryption-aws-kms-key-id",
    ]

    /// A condition that also holds when the key is missing, or for all but some values, restricts nobody.
    var restrictsToFixedValues: Bool {
        guard !comparison.ifExists, comparison.quantifier != .forAllValues, !comparison.comparison.isNegated else { return false }
        switch test {
        case .addresses(let ranges):
            guard key.name == "aws:sourceip" || key.name == "aws:vpcsourceip" else { return false }
            return ranges.allSatisfy { !$0.isBroad }
        case .texts(let patterns):
            return Self.restrictingKeys.contains(key.name) && patterns.allSatisfy { $0.isFixed || isAccessPoint($0.text) }
        case .arns(let patterns):
            return Self.restrictingKeys.contains(key.name) && patterns.allSatisfy { $0.isFixed || isAccessPoint($0.text) }
        case .numbers, .dates, .bools, .binaries, .null: return false
        }
    }

    /// An access point's ARN is fixed when its account is; its name may have wildcards.
    private func isAccessPoint(_ text: String) -> Bool {
        guard key.name == "s3:dataaccesspointarn" else { return false }
        let parts = text.split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false)
        return parts.count == 6 && parts[4].utf8.count == 12 && parts[4].utf8.allSatisfy { $0 &- UInt8(ascii: "0") < 10 }
            && parts[5].hasPrefix("accesspoint/") && !text.utf8.contains(UInt8(ascii: "$"))
    }
}

extension AddressRange {
    /// Ranges with fewer leading bits count as everybody; no private network (RFC 1918) has fewer. Source: Amazon S3 User Guide,
    /// "The meaning of 'public'".
    private static let narrowBitsIPv4 = 8
    private static let narrowBitsIPv6 = 32

    /// Whether so many addresses are in it that it restricts nobody.
    var isBroad: Bool { prefixBits < (isIPv6 ? Self.narrowBitsIPv6 : Self.narrowBitsIPv4) }
}
