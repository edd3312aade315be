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
}
