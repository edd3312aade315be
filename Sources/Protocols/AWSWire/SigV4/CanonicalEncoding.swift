import Bytes

/// Percent-encoding as signatures want it: `A-Z a-z 0-9 - . _ ~` stay, everything else is `%XX` in upper case.
enum CanonicalEncoding {
    @inline(__always)
    static func isUnreserved(_ byte: UInt8) -> Bool {
        // One bit for each ASCII character: `-.0-9` and `A-Z_a-z~`.
        let low: UInt64 = 0x03FF_6000_0000_0000
        let high: UInt64 = 0x47FF_FFFE_87FF_FFFE
        return byte < 64 ? (low >> UInt64(byte)) & 1 == 1 : byte < 128 && (high >> UInt64(byte - 64)) & 1 == 1
    }

    /// Encodes `raw` as it is: a `%` becomes `%25`.
    static func encode(_ raw: some Sequence<UInt8>, keepingSlash: Bool, to output: inout [UInt8]) {
        for byte in raw {
            if isUnreserved(byte) || (keepingSlash && byte == UInt8(ascii: "/")) {
                output.append(byte)
            } else {
                appendEscape(byte, to: &output)
            }
        }
    }

    /// Decodes `raw` and encodes it again, in one pass. A `%` that begins no escape counts as itself.
    /// `keepingEscapedSlash`: `%2F` stays an escape where `/` stays a slash.
    static func reencode(
        _ raw: UnsafeBufferPointer<UInt8>, plusIsSpace: Bool = false, keepingSlash: Bool = false, keepingEscapedSlash: Bool = false,
        to output: inout [UInt8]
    ) {
        var index = 0
        while true {
            let start = index
            while index < raw.count, isUnreserved(raw[index]) { index += 1 }
            output.append(contentsOf: UnsafeBufferPointer(rebasing: raw[start..<index]))
            guard index < raw.count else { return }
            var byte = raw[index]
            var keepsSlash = keepingSlash
            index += 1
            if byte == UInt8(ascii: "%"), let decoded = escape(raw, at: index) {
                byte = decoded
                index += 2
                keepsSlash = keepingSlash && !keepingEscapedSlash
            } else if plusIsSpace, byte == UInt8(ascii: "+") {
                byte = UInt8(ascii: " ")
            }
            if isUnreserved(byte) || (keepsSlash && byte == UInt8(ascii: "/")) {
                output.append(byte)
            } else {
                appendEscape(byte, to: &output)
            }
        }
    }

    /// Decodes what this type has encoded.
    static func decode(_ encoded: ArraySlice<UInt8>) -> [UInt8] {
        encoded.withUnsafeBufferPointer { raw in
            var result: [UInt8] = []
            result.reserveCapacity(raw.count)
            var index = 0
            while index < raw.count {
                let start = index
                while index < raw.count, raw[index] != UInt8(ascii: "%") { index += 1 }
                result.append(contentsOf: UnsafeBufferPointer(rebasing: raw[start..<index]))
                guard index < raw.count else { break }
                if let decoded = escape(raw, at: index + 1) {
                    result.append(decoded)
                    index += 3
                } else {
                    result.append(raw[index])
                    index += 1
                }
            }
            return result
        }
    }

    private static func escape(_ raw: UnsafeBufferPointer<UInt8>, at index: Int) -> UInt8? {
        guard index + 1 < raw.count, let high = raw[index].hexValue, let low = raw[index + 1].hexValue else { return nil }
        return high << 4 | low
    }

    private static func appendEscape(_ byte: UInt8, to output: inout [UInt8]) {
        let digits: StaticString = "0123456789ABCDEF"
        output.append(UInt8(ascii: "%"))
        output.append(digits.utf8Start[Int(byte >> 4)])
        output.append(digits.utf8Start[Int(byte & 15)])
    }
}
