import CZlib

/// Makes a gzip file of bytes that come piece by piece, with zlib's deflate. Holds some 270 KB while it is open.
///
/// Source: RFC 1952
package final class GzipWriter {
    /// 15 bits of window, and 16 for gzip's head and tail around the deflated bytes.
    private static let windowBits: Int32 = 15 + 16
    private static let memoryLevel: Int32 = 8
    private static let pieceBytes = 64 << 10

    private var stream = z_stream()
    private var output: [UInt8] = []
    private var isFinished = false

    package init() {
        let code = deflateInit2_(
            &stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, Self.windowBits, Self.memoryLevel, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
            Int32(MemoryLayout<z_stream>.size))
        precondition(code == Z_OK, "zlib \(code): no memory, or another version than it was built with")
    }

    deinit { deflateEnd(&stream) }

    /// Adds bytes; what they come to may lie in zlib until more come.
    package func write(_ bytes: [UInt8]) { deflate(bytes, Z_NO_FLUSH) }

    /// The whole file; nothing may be added afterwards.
    package func finish() -> [UInt8] {
        deflate([], Z_FINISH)
        isFinished = true
        return output
    }

    private func deflate(_ bytes: [UInt8], _ flush: Int32) {
        precondition(!isFinished, "a finished file takes no more bytes")
        var input = bytes
        let count = input.count
        input.withUnsafeMutableBufferPointer { buffer in
            stream.next_in = buffer.baseAddress
            stream.avail_in = UInt32(count)
            var code = Z_OK
            repeat {
                let produced = [UInt8](unsafeUninitializedCapacity: Self.pieceBytes) { space, used in
                    stream.next_out = space.baseAddress
                    stream.avail_out = UInt32(Self.pieceBytes)
                    code = CZlib.deflate(&stream, flush)
                    used = Self.pieceBytes - Int(stream.avail_out)
                }
                precondition(code == Z_OK || code == Z_STREAM_END || code == Z_BUF_ERROR, "zlib \(code)")
                output += produced
            } while stream.avail_out == 0
            precondition(stream.avail_in == 0 && (flush != Z_FINISH || code == Z_STREAM_END), "zlib left something undone")
        }
        stream.next_in = nil
    }
}
