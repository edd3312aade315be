import Bytes

/// A chunk's first line: `hex-size CRLF` or `hex-size;chunk-signature=64 digits CRLF`.
struct ChunkHead {
    let size: Int64
    let signature: [UInt8]?

    private static let signatureName: StaticString = ";chunk-signature="

    /// Nil when it makes no sense or the size is over `sizeMax`.
    init?(_ line: [UInt8], sizeMax: Int64) {
        guard line.count >= 3, line.suffix(2).elementsEqual([UInt8(ascii: "\r"), UInt8(ascii: "\n")]) else { return nil }
        let text = line.dropLast(2)
        let digits = text.prefix { $0 != UInt8(ascii: ";") }
        guard !digits.isEmpty else { return nil }
        var size: Int64 = 0
        for digit in digits {
            // The first check keeps the shift from overflowing, the second keeps to what the request declared.
            guard let nibble = digit.hexValue, size <= Int64.max >> 4 else { return nil }
            size = size << 4 | Int64(nibble)
            guard size <= sizeMax else { return nil }
        }
        self.size = size
        let rest = text[digits.endIndex...]
        if rest.isEmpty {
            self.signature = nil
        } else {
            let name = UnsafeBufferPointer(start: Self.signatureName.utf8Start, count: Self.signatureName.utf8CodeUnitCount)
            guard rest.starts(with: name), rest.count == name.count + 64 else { return nil }
            self.signature = Array(rest.dropFirst(name.count))
        }
    }
}

/// A trailer, `name:value` with optional white space around the value. Ends in CRLF; a bare LF is accepted, as some clients send it.
enum TrailerLine {
    static func withoutLineEnd(_ line: [UInt8]) -> ArraySlice<UInt8> {
        var text = line.dropLast()
        if text.last == UInt8(ascii: "\r") { text.removeLast() }
        return text
    }

    static func parse(_ text: ArraySlice<UInt8>) -> AWSChunkedDecoder.Trailer? {
        guard let colon = text.firstIndex(of: UInt8(ascii: ":")), colon > text.startIndex else { return nil }
        let name = text[..<colon]
        guard name.allSatisfy(isNameByte) else { return nil }
        var value = text[(colon + 1)...].drop { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
        while let last = value.last, last == UInt8(ascii: " ") || last == UInt8(ascii: "\t") { value.removeLast() }
        guard value.allSatisfy({ (0x20...0x7E).contains($0) }) else { return nil }
        return .init(name: String(decoding: name, as: UTF8.self).lowercased(), value: String(decoding: value, as: UTF8.self))
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        CanonicalEncoding.isUnreserved(byte) && byte != UInt8(ascii: "~")
    }
}
