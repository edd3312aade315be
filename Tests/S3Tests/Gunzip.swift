import CZlib

/// Takes a gzip file apart with zlib, which is not what made it.
enum Gunzip {
    /// Nil for what is no whole gzip file.
    static func whole(_ file: [UInt8]) -> [UInt8]? {
        var stream = z_stream()
        guard inflateInit2_(&stream, 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else { return nil }
        defer { inflateEnd(&stream) }
        var (input, output) = (file, [UInt8]())
        var code = Z_OK
        input.withUnsafeMutableBufferPointer { bytes in
            stream.next_in = bytes.baseAddress
            stream.avail_in = UInt32(bytes.count)
            while code == Z_OK {
                output += [UInt8](unsafeUninitializedCapacity: 65_536) { space, used in
                    stream.next_out = space.baseAddress
                    stream.avail_out = 65_536
                    code = inflate(&stream, Z_NO_FLUSH)
                    used = 65_536 - Int(stream.avail_out)
                }
            }
        }
        return code == Z_STREAM_END && stream.avail_in == 0 ? output : nil
    }
}
