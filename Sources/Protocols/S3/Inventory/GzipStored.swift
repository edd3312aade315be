import Bytes
import NIOCore

/// Bytes as a gzip file that is not compressed: blocks of stored bytes, which every reader takes.
///
/// Sources: RFC 1952; RFC 1951, section 3.2.4
enum GzipStored {
    private static let blockBytesMax = 65_535

    static func encode(_ bytes: ByteBuffer) -> ByteBuffer {
        var rest = bytes
        var output = ByteBuffer()
        output.reserveCapacity(bytes.readableBytes + bytes.readableBytes / blockBytesMax * 5 + 32)
        // Deflate, no flags, no time, no hints, an unknown system.
        output.writeBytes([0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 0xFF])
        repeat {
            let count = min(rest.readableBytes, blockBytesMax)
            let isLast: UInt8 = count == rest.readableBytes ? 1 : 0
            output.writeInteger(isLast)
            output.writeInteger(UInt16(count), endianness: .little)
            output.writeInteger(~UInt16(count), endianness: .little)
            if let block = rest.readSlice(length: count) { output.writeImmutableBuffer(block) }
        } while rest.readableBytes > 0
        output.writeInteger(bytes.withUnsafeReadableBytes { CRC32.checksum($0) }, endianness: .little)
        output.writeInteger(UInt32(truncatingIfNeeded: bytes.readableBytes), endianness: .little)
        return output
    }
}
