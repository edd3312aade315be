/// An AWS account number: exactly 12 decimal digits.
package struct AccountID: Hashable, Sendable, CustomStringConvertible {
    package let rawValue: String

    package init?(_ rawValue: String) {
        guard rawValue.utf8.count == 12, rawValue.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else {
            return nil
        }
        self.rawValue = rawValue
    }

    package var description: String { rawValue }
}
