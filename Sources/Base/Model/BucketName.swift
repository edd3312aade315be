/// The name of a bucket, valid by AWS's rules for general-purpose buckets:
/// 3 to 63 characters of `a-z 0-9 . -`, a letter or digit at both ends, no `..`, not shaped like an IPv4 address,
/// none of the reserved prefixes and suffixes.
///
/// Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
package struct BucketName: Hashable, Comparable, Sendable, CustomStringConvertible {
    package static let lengthRange = 3...63
    private static let reservedPrefixes = ["xn--", "sthree-", "amzn-s3-demo-"].map { Array($0.utf8) }
    private static let reservedSuffixes = ["-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3"].map { Array($0.utf8) }

    package let rawValue: String

    /// Nil when `rawValue` breaks a rule.
    package init?(_ rawValue: String) {
        var rawValue = rawValue
        guard rawValue.withUTF8(Self.isValid) else { return nil }
        self.rawValue = rawValue
    }

    /// For names read back from storage, which were valid when they were written.
    package init(stored rawValue: String) {
        self.rawValue = rawValue
    }

    package static func < (a: BucketName, b: BucketName) -> Bool { a.rawValue < b.rawValue }

    package var description: String { rawValue }

    private static func isValid(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        lengthRange.contains(bytes.count) && hasValidCharacters(bytes) && !looksLikeIPv4(bytes)
            && !reservedPrefixes.contains { bytes.starts(with: $0) }
            && !reservedSuffixes.contains { bytes.suffix($0.count).elementsEqual($0) }
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

    private static func hasValidCharacters(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        func isAlphanumeric(_ byte: UInt8) -> Bool { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || isDigit(byte) }
        guard isAlphanumeric(bytes[0]), isAlphanumeric(bytes[bytes.count - 1]) else { return false }
        var previous: UInt8 = 0
        for byte in bytes {
            guard isAlphanumeric(byte) || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".") else { return false }
            if byte == UInt8(ascii: "."), previous == UInt8(ascii: ".") { return false }
            previous = byte
        }
        return true
    }

    private static func looksLikeIPv4(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        guard bytes.allSatisfy({ isDigit($0) || $0 == UInt8(ascii: ".") }) else { return false }
        let parts = bytes.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        return parts.count == 4 && parts.allSatisfy { (1...3).contains($0.count) }
    }
}
