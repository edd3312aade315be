/// Base64 with the standard alphabet and padding. Source: RFC 4648, section 4.
package enum Base64 {
    private static let alphabet: StaticString = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    private static let padding = UInt8(ascii: "=")
    private static let invalid: UInt8 = 0xFF

    private static let values: [UInt8] = {
        var values = [UInt8](repeating: invalid, count: 256)
        for index in 0..<64 { values[Int(alphabet.utf8Start[index])] = UInt8(index) }
        return values
    }()

    package static func encode(_ bytes: some Collection<UInt8>) -> String {
        withBytes(of: bytes) { source in
            String(unsafeUninitializedCapacity: (source.count + 2) / 3 * 4) { encode(source, into: $0) }
        }
    }

    private static func encode(_ source: UnsafeBufferPointer<UInt8>, into target: UnsafeMutableBufferPointer<UInt8>) -> Int {
        var next = 0
        var index = 0
        while index < source.count {
            let left = source.count - index
            let second = left > 1 ? source[index + 1] : 0
            let third = left > 2 ? source[index + 2] : 0
            let group = Int(source[index]) << 16 | Int(second) << 8 | Int(third)
            target[next] = alphabet.utf8Start[group >> 18]
            target[next + 1] = alphabet.utf8Start[group >> 12 & 63]
            target[next + 2] = left > 1 ? alphabet.utf8Start[group >> 6 & 63] : padding
            target[next + 3] = left > 2 ? alphabet.utf8Start[group & 63] : padding
            next += 4
            index += 3
        }
        return next
    }

    /// Strict: nil without full padding, for white space, and for bits behind the last byte that are not zero, so that
    /// there is one text for each byte string.
    package static func decode(_ text: some StringProtocol) -> [UInt8]? {
        withUTF8(of: text) { source in
            guard source.count % 4 == 0 else { return nil }
            return makeBytes(capacity: source.count / 4 * 3) { decode(source, into: $0) }
        }
    }

    private static func decode(_ source: UnsafeBufferPointer<UInt8>, into target: UnsafeMutableBufferPointer<UInt8>) -> Int? {
        guard let last = source.last else { return 0 }
        let padded = last != padding ? 0 : source[source.count - 2] == padding ? 2 : 1
        let digits = source.count - padded
        return values.withUnsafeBufferPointer { values in
            var written = 0
            var group: UInt32 = 0
            for index in 0..<digits {
                let value = values[Int(source[index])]
                if value == invalid { return nil }
                group = group << 6 | UInt32(value)
                // Three of each four digits complete a byte: with the second 4 bits are left over, with the third 2.
                let leftover = 6 - 2 * UInt32(index % 4)
                if index % 4 != 0 {
                    target[written] = UInt8(truncatingIfNeeded: group >> leftover)
                    written += 1
                }
            }
            let unusedBits: UInt32 = padded == 2 ? 0xF : padded == 1 ? 0x3 : 0
            return group & unusedBits == 0 ? written : nil
        }
    }
}
