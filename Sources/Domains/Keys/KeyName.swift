import Model

/// How clients name a key of the service: its id, `alias/NAME`, or the ARN of either.
///
/// Source: https://docs.aws.amazon.com/kms/latest/developerguide/concepts.html#key-id
enum KeyName: Hashable, Sendable {
    case id(String)
    /// Without `alias/`.
    case alias(String)

    private static let aliasPrefix = "alias/"
    private static let keyPrefix = "key/"

    /// Nil for what can be no name, and for the ARN of another account's or region's key.
    init?(_ text: String, account: AccountID, region: Region) {
        var name = Substring(text)
        if name.hasPrefix("arn:") {
            let prefix = "arn:aws:kms:\(region):\(account):"
            guard name.hasPrefix(prefix) else { return nil }
            name = name.dropFirst(prefix.count)
            if name.hasPrefix(Self.keyPrefix) {
                name = name.dropFirst(Self.keyPrefix.count)
            } else if !name.hasPrefix(Self.aliasPrefix) {
                return nil
            }
        }
        if name.hasPrefix(Self.aliasPrefix) {
            let alias = String(name.dropFirst(Self.aliasPrefix.count))
            guard Self.isValid(alias, slashes: true) else { return nil }
            self = .alias(alias)
        } else {
            guard Self.isValid(String(name), slashes: false) else { return nil }
            self = .id(String(name))
        }
    }

    /// Letters, digits, `-`, `_`, and in an alias `/`; at most `KeysLimits.nameBytesMax`.
    static func isValid(_ text: String, slashes: Bool) -> Bool {
        guard (1...KeysLimits.nameBytesMax).contains(text.utf8.count) else { return false }
        return text.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
            case UInt8(ascii: "-"), UInt8(ascii: "_"): true
            case UInt8(ascii: "/"): slashes
            default: false
            }
        }
    }

    /// Whether AWS could have given a key this id: a UUID, or a multi-Region key's `mrk-` and 32 digits.
    static func isAssigned(_ id: String) -> Bool {
        if id.hasPrefix("mrk-") { return id.utf8.count == 36 && id.dropFirst(4).allSatisfy(\.isHexDigit) }
        let groups = id.split(separator: "-", omittingEmptySubsequences: false)
        return groups.map(\.utf8.count) == [8, 4, 4, 4, 12] && groups.allSatisfy { $0.allSatisfy(\.isHexDigit) }
    }
}

package enum KeysLimits {
    /// Source: https://docs.aws.amazon.com/kms/latest/APIReference/API_CreateAlias.html (256 with `alias/`).
    package static let nameBytesMax = 250
    /// Keys of one key ring. Source: https://docs.aws.amazon.com/kms/latest/developerguide/resource-limits.html
    package static let keysMax = 100_000
}
