import Bytes
import CZlib
import Testing

@Suite struct GzipTests {
    /// In one go, by the library's own function.
    static func inflated(_ file: [UInt8], upTo count: Int) -> [UInt8]? {
        var stream = z_stream()
        guard inflateInit2_(&stream, 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else { return nil }
        defer { inflateEnd(&stream) }
        var input = file
        var code = Z_OK
        let output = input.withUnsafeMutableBufferPointer { bytes in
            [UInt8](unsafeUninitializedCapacity: count + 1) { space, used in
                stream.next_in = bytes.baseAddress
                stream.avail_in = UInt32(bytes.count)
                stream.next_out = space.baseAddress
                stream.avail_out = UInt32(count + 1)
                code = inflate(&stream, Z_FINISH)
                used = count + 1 - Int(stream.avail_out)
            }
        }
        return code == Z_STREAM_END && stream.avail_in == 0 ? output : nil
    }

    @Test(arguments: [0, 1, 65_535, 65_536, 300_000]) func whatGoesInComesOut(count: Int) {
        var seeded = Seeded(seed: UInt64(count))
        let bytes = (0..<count).map { _ in UInt8(truncatingIfNeeded: seeded.next()) }
        for piece in [1_000, 70_000, max(count, 1)] {
            let writer = GzipWriter()
            for start in stride(from: 0, to: count, by: piece) { writer.write(Array(bytes[start..<min(start + piece, count)])) }
            let file = writer.finish()
            #expect(Array(file.prefix(3)) == [0x1F, 0x8B, 8])
            #expect(Self.inflated(file, upTo: count) == bytes)
        }
    }

    @Test func whatRepeatsBecomesSmall() {
        let writer = GzipWriter()
        for _ in 0..<1_000 { writer.write(Array("\"bucket\",\"a/key/like/others\",\"1024\"\n".utf8)) }
        #expect(writer.finish().count < 1_000)
    }
}
