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

    static func nibble(_ digit: UInt8) -> UInt8? {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
