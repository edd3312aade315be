import CIntrinsics

/// An MD5 whose text comes in pieces of any lengths. Source: RFC 1321. A value for one thread.
package struct RunningMD5 {
    package static let blockBytes = 64

    /// a, b, c, d.
    package var words = SIMD4<UInt32>(0x6745_2301, 0xEFCD_AB89, 0x98BA_DCFE, 0x1032_5476)
    /// Bytes taken in, `rest` included.
    private var length: UInt64 = 0
    /// The begun block.
    private var rest: [UInt8] = []

    package init() {}

    package mutating func update(_ bytes: UnsafeRawBufferPointer) {
        let blocks = take(bytes)
        MD5Lanes.fastest.update(&words, blocks)
    }

    /// Completes the begun block, keeps the beginning of the next one, and returns the whole blocks between them, which are not yet in
    /// `words`: the caller takes them in before anything else.
    package mutating func take(_ bytes: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
        length += UInt64(bytes.count)
        var from = 0
        if !rest.isEmpty {
            from = min(bytes.count, Self.blockBytes - rest.count)
            rest.append(contentsOf: bytes[..<from])
            guard rest.count == Self.blockBytes else { return UnsafeRawBufferPointer(rebasing: bytes[from..<from]) }
            rest.withUnsafeBytes { MD5Lanes.fastest.update(&words, $0) }
            rest.removeAll(keepingCapacity: true)
        }
        let end = bytes.count - (bytes.count - from) % Self.blockBytes
        rest.append(contentsOf: bytes[end...])
        return UnsafeRawBufferPointer(rebasing: bytes[from..<end])
    }

    /// The 16 bytes of the digest.
    package consuming func finish() -> [UInt8] {
        let bits = length &* 8
        rest.append(0x80)
        let zeros = (2 * Self.blockBytes - 8 - rest.count) % Self.blockBytes
        rest.append(contentsOf: repeatElement(0, count: zeros))
        withUnsafeBytes(of: bits.littleEndian) { rest.append(contentsOf: $0) }
        rest.withUnsafeBytes { MD5Lanes.fastest.update(&words, $0) }
        return withUnsafeBytes(of: words) { Array($0) }
    }
}
