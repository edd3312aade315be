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

    package var description: String { rawValue }
}
