import Bytes

/// Values of `x-amz-meta-*`: plain ASCII goes out as it came, anything else as one RFC 2047 encoded word, as AWS sends it.
enum MetadataText {
    /// What a client's header bytes mean: UTF-8, or Latin-1 when they are not.
    static func decode(_ bytes: some Sequence<UInt8>) -> String {
        let bytes = Array(bytes)
        if let text = String(validating: bytes, as: UTF8.self) { return text }
        return String(String.UnicodeScalarView(bytes.map { Unicode.Scalar($0) }))
    }

    static func isPlain(_ value: String) -> Bool {
        value.utf8.allSatisfy(isPlain)
    }

    private static func isPlain(_ byte: UInt8) -> Bool { byte >= 0x20 && byte < 0x7F || byte == 0x09 }

    /// Quoted form when most characters are plain ASCII, else base64.
    /// Source: RFC 2047, section 4
    static func encode(_ value: String) -> String {
        if isPlain(value) { return value }
        let foreign = value.unicodeScalars.count { !$0.isASCII || !isPlain(UInt8($0.value)) }
        if foreign * 2 >= value.unicodeScalars.count { return "=?UTF-8?B?\(Base64.encode(Array(value.utf8)))?=" }
        var text = "=?UTF-8?Q?"
        for byte in value.utf8 { text += quoted(byte) }
        return text + "?="
    }

    private static func quoted(_ byte: UInt8) -> String {
        switch byte {
        case 0x20: return "_"
        case UInt8(ascii: "="), UInt8(ascii: "?"), UInt8(ascii: "_"): break
        case 0x21..<0x7F: return String(Unicode.Scalar(byte))
        default: break
        }
        let digits = Array("0123456789ABCDEF".unicodeScalars)
        return "=" + String(digits[Int(byte >> 4)]) + String(digits[Int(byte & 15)])
    }
}
