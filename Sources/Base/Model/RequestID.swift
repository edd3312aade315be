/// Identifies one request in answers, logs and audit: 16 upper-case hexadecimal digits, as S3's.
package struct RequestID: Hashable, Sendable, CustomStringConvertible {
    package let description: String

    package init(random: UInt64) {
        let digits = Array("0123456789ABCDEF".utf8)
        self.description = String(unsafeUninitializedCapacity: 16) { buffer in
            for index in 0..<16 {
                buffer[index] = digits[Int((random >> UInt64(60 - 4 * index)) & 0xF)]
            }
            return 16
        }
    }
}
