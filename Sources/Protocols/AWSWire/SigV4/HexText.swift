/// Lower-case hexadecimal straight between flat buffers; the general form is in `Bytes`.
enum HexText {
    static let digits: StaticString = "0123456789abcdef"

    static func append(_ bytes: some Sequence<UInt8>, to output: inout [UInt8]) {
        let table = digits.utf8Start
        for byte in bytes {
            output.append(table[Int(byte >> 4)])
            output.append(table[Int(byte & 15)])
        }
    }

    /// 32 bytes from 64 digits, either case; nil otherwise.
    static func decode32(_ text: String) -> [UInt8]? {
        guard text.utf8.count == 64 else { return nil }
        var result: [UInt8] = []
        result.reserveCapacity(32)
        var high: UInt8?
        for digit in text.utf8 {
            guard let nibble = nibble(digit) else { return nil }
            if let first = high {
                result.append(first << 4 | nibble)
                high = nil
            } else {
                high = nibble
            }
        }
        return result
    }

    static func nibble(_ digit: UInt8) -> UInt8? {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
