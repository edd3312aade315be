import Bytes

/// RFC 2047 encoded words in values of `x-amz-meta-*`: AWS keeps what they mean, not how they were sent.
///
/// A word that cannot be read stays as it came. One of broken Base64 is read all the same, as AWS reads it: what is not of the
/// alphabet counts as six bits that are set.
/// Source: RFC 2047, sections 2 and 6; `?B?=GGG?=` as AWS was recorded to read it.
enum EncodedWords {
    static func decode(_ text: String) -> String {
        guard text.contains("=?") else { return text }
        var result = ""
        var blanks = ""
        var endsInWord = false
        for piece in pieces(of: text) {
            if piece.first == " " || piece.first == "\t" {
                blanks = String(piece)
                continue
            }
            let word = word(piece)
            // Blanks between two words only keep them apart.
            if !(endsInWord && word != nil) { result += blanks }
            blanks = ""
            result += word ?? String(piece)
            endsInWord = word != nil
        }
        return result + blanks
    }

    /// Runs of blanks and of what is between them, in turn.
    private static func pieces(of text: String) -> [Substring] {
        var pieces: [Substring] = []
        var rest = text[...]
        while let first = rest.first {
            let isBlank = first == " " || first == "\t"
            let piece = rest.prefix { ($0 == " " || $0 == "\t") == isBlank }
            pieces.append(piece)
            rest = rest.dropFirst(piece.count)
        }
        return pieces
    }

    /// `=?charset?encoding?text?=`; nil for anything else.
    private static func word(_ piece: Substring) -> String? {
        guard piece.hasPrefix("=?"), piece.hasSuffix("?=") else { return nil }
        let parts = piece.dropFirst(2).dropLast(2).split(separator: "?", omittingEmptySubsequences: false)
        guard parts.count == 3, let bytes = bytes(parts[2].utf8, encoding: parts[1]) else { return nil }
        // A language may follow the character set: RFC 2231, section 5.
        switch parts[0].prefix(while: { $0 != "*" }).lowercased() {
        case "utf-8", "us-ascii": return String(decoding: bytes, as: UTF8.self)
        case "iso-8859-1": return String(String.UnicodeScalarView(bytes.map { Unicode.Scalar($0) }))
        default: return nil
        }
    }

    private static func bytes(_ text: Substring.UTF8View, encoding: Substring) -> [UInt8]? {
        switch encoding {
        case "B", "b": base64(text)
        case "Q", "q": quoted(text)
        default: nil
        }
    }

    private static func quoted(_ text: Substring.UTF8View) -> [UInt8]? {
        var spaced = text.map { $0 == UInt8(ascii: "_") ? UInt8(ascii: " ") : $0 }[...]
        var bytes: [UInt8] = []
        while let byte = spaced.popFirst() {
            guard byte == UInt8(ascii: "=") else {
                bytes.append(byte)
                continue
            }
            guard let high = spaced.popFirst()?.hexValue, let low = spaced.popFirst()?.hexValue else { return nil }
            bytes.append(high << 4 | low)
        }
        return bytes
    }

    private static func base64(_ text: Substring.UTF8View) -> [UInt8] {
        let padded = Array(text)
        let digits = padded.prefix(upTo: padded.lastIndex { $0 != UInt8(ascii: "=") }.map { $0 + 1 } ?? 0)
        var bytes: [UInt8] = []
        for start in stride(from: 0, to: digits.count, by: 4) {
            let group = digits[start..<min(start + 4, digits.count)].map { sextet($0) }
            let bits = group.reduce(0) { $0 << 6 | $1 } << UInt32(6 * (4 - group.count))
            bytes += [UInt8(bits >> 16 & 0xFF), UInt8(bits >> 8 & 0xFF), UInt8(bits & 0xFF)].prefix(group.count - 1)
        }
        return bytes
    }

    private static func sextet(_ digit: UInt8) -> UInt32 {
        switch digit {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): UInt32(digit - UInt8(ascii: "A"))
        case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt32(digit - UInt8(ascii: "a")) + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(digit - UInt8(ascii: "0")) + 52
        case UInt8(ascii: "+"): 62
        default: 63
        }
    }
}
