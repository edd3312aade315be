import Model

/// 16 bytes of MD5, held flat: listings carry a thousand of them.
package struct MD5Digest: Hashable, Sendable {
    /// The first and the last 8 bytes, big-endian.
    let high: UInt64
    let low: UInt64

    init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// `bytes` holds exactly 16.
    package init(_ bytes: some Sequence<UInt8>) {
        var words: (UInt64, UInt64) = (0, 0)
        var count = 0
        for byte in bytes {
            words = (words.0 << 8 | words.1 >> 56, words.1 << 8 | UInt64(byte))
            count += 1
        }
        precondition(count == 16)
        self.init(high: words.0, low: words.1)
    }

    package var bytes: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(16)
        for word in [high, low] {
            for shift in stride(from: UInt64(56), through: 0, by: -8) { bytes.append(UInt8(truncatingIfNeeded: word >> shift)) }
        }
        return bytes
    }

    /// The ETag of an object of this MD5: 32 lower-case hexadecimal digits, and `-N` when it is the MD5 of N parts' MD5s.
    package func etag(partCount: Int = 0) -> ETag {
        let text = String(unsafeUninitializedCapacity: 32) { buffer in
            for index in 0..<32 {
                let word = index < 16 ? high : low
                let digit = UInt8(truncatingIfNeeded: word >> UInt64(60 - 4 * (index & 15))) & 0xF
                buffer[index] = digit < 10 ? 0x30 + digit : 0x57 + digit
            }
            return 32
        }
        return ETag(partCount == 0 ? text : "\(text)-\(partCount)")
    }
}
