/// Percent-encoding as AWS signs it and as URLs carry it. Source: RFC 3986, sections 2.1 and 2.3.
package enum PercentEncoding {
    private static let digits: StaticString = "0123456789ABCDEF"
    private static let percent = UInt8(ascii: "%")

    private static let unreserved: [Bool] = (0...255).map { (byte: UInt8) in
        byte.isDigit || byte.isUpper || byte.isLower || "-._~".utf8.contains(byte)
    }

    /// Unreserved characters (`A-Z a-z 0-9 - . _ ~`) stay, everything else becomes `%XX` in upper case; `keepingSlash`
    /// lets `/` stay too.
    package static func encode(_ bytes: some Collection<UInt8>, keepingSlash: Bool) -> String {
        withBytes(of: bytes) { source in
            let escaped = source.reduce(0) { $0 + (keeps($1, keepingSlash) ? 0 : 1) }
            return String(unsafeUninitializedCapacity: source.count + 2 * escaped) { target in
                var next = 0
                for byte in source {
                    if keeps(byte, keepingSlash) {
                        target[next] = byte
                        next += 1
                    } else {
                        target[next] = percent
                        target[next + 1] = digits.utf8Start[Int(byte >> 4)]
                        target[next + 2] = digits.utf8Start[Int(byte & 15)]
                        next += 3
                    }
                }
                return next
            }
        }
    }

    private static func keeps(_ byte: UInt8, _ keepingSlash: Bool) -> Bool {
        unreserved[Int(byte)] || (keepingSlash && byte == UInt8(ascii: "/"))
    }

    /// The bytes, whatever they are: they need not be UTF-8. Nil on a `%` without two hexadecimal digits.
    /// `plusIsSpace` is for forms and their queries.
    package static func decode(_ text: some StringProtocol, plusIsSpace: Bool = false) -> [UInt8]? {
        withUTF8(of: text) { source in
            makeBytes(capacity: source.count) { target in
                var next = 0
                var index = 0
                while index < source.count {
                    var byte = source[index]
                    index += 1
                    if byte == percent {
                        guard index + 2 <= source.count, let high = source[index].hexValue, let low = source[index + 1].hexValue else {
                            return nil
                        }
                        byte = high << 4 | low
                        index += 2
                    } else if plusIsSpace, byte == UInt8(ascii: "+") {
                        byte = UInt8(ascii: " ")
                    }
                    target[next] = byte
                    next += 1
                }
                return next
            }
        }
    }
}
