/// Hexadecimal text: two digits for each byte, the high half first.
package enum Hex {
    private static let digits: StaticString = "0123456789abcdef"

    /// Lower case.
    package static func encode(_ bytes: some Collection<UInt8>) -> String {
        withBytes(of: bytes) { source in
            String(unsafeUninitializedCapacity: source.count * 2) { target in
                var next = 0
                for byte in source {
                    target[next] = digits.utf8Start[Int(byte >> 4)]
                    target[next + 1] = digits.utf8Start[Int(byte & 15)]
                    next += 2
                }
                return next
            }
        }
    }

    /// Either case; nil for an odd number of digits or anything that is not one.
    package static func decode(_ text: some StringProtocol) -> [UInt8]? {
        withUTF8(of: text) { source in
            guard source.count % 2 == 0 else { return nil }
            return makeBytes(capacity: source.count / 2) { target in
                for index in 0..<source.count / 2 {
                    guard let high = source[2 * index].hexValue, let low = source[2 * index + 1].hexValue else { return nil }
                    target[index] = high << 4 | low
                }
                return source.count / 2
            }
        }
    }
}
