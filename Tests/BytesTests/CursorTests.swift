import Bytes
import Testing

@Suite struct CursorTests {
    @Test func numbersHaveTheirByteOrder() {
        var writer = ByteWriter()
        writer.uint8(0x01)
        writer.uint16LittleEndian(0x0203)
        writer.uint16BigEndian(0x0203)
        writer.uint32LittleEndian(0x0405_0607)
        writer.uint32BigEndian(0x0405_0607)
        writer.uint64LittleEndian(0x08090A0B_0C0D0E0F)
        writer.uint64BigEndian(0x08090A0B_0C0D0E0F)
        let bytes: [UInt8] = [
            1, 3, 2, 2, 3, 7, 6, 5, 4, 4, 5, 6, 7, 15, 14, 13, 12, 11, 10, 9, 8, 8, 9, 10, 11, 12, 13, 14, 15,
        ]
        #expect(writer.bytes == bytes)
        #expect(throws: Never.self) {
            try ByteReader.read(bytes) { reader throws(DecodingFailure) in
                #expect(try reader.uint8() == 1)
                #expect(try reader.uint16LittleEndian() == 0x0203)
                #expect(try reader.uint16BigEndian() == 0x0203)
                #expect(try reader.uint32LittleEndian() == 0x0405_0607)
                #expect(try reader.uint32BigEndian() == 0x0405_0607)
                #expect(try reader.uint64LittleEndian() == 0x08090A0B_0C0D0E0F)
                #expect(try reader.uint64BigEndian() == 0x08090A0B_0C0D0E0F)
                try reader.expectEnd()
            }
        }
    }

    @Test func varints() throws {
        let vectors: [(UInt64, [UInt8])] = [
            (0, [0]), (1, [1]), (127, [0x7F]), (128, [0x80, 1]), (300, [0xAC, 2]),
            (1 << 63, [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 1]),
            (.max, [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 1]),
        ]
        for (value, bytes) in vectors {
            var writer = ByteWriter()
            writer.varint(value)
            #expect(writer.bytes == bytes)
            #expect(try ByteReader.read(bytes) { reader throws(DecodingFailure) in try reader.varint() } == value)
            for cut in 0..<bytes.count {
                #expect(throws: DecodingFailure.truncated(offset: 0)) { try Self.varint(Array(bytes[..<cut])) }
            }
        }
        #expect(throws: DecodingFailure.malformed(offset: 0), "needless zero") { try Self.varint([0x80, 0]) }
        #expect(throws: DecodingFailure.malformed(offset: 0), "65 bits") { try Self.varint([UInt8](repeating: 0xFF, count: 9) + [2]) }
        #expect(throws: DecodingFailure.malformed(offset: 0)) { try Self.varint([UInt8](repeating: 0x80, count: 20)) }
    }

    static func varint(_ bytes: [UInt8]) throws -> UInt64 {
        try ByteReader.read(bytes) { reader throws(DecodingFailure) in try reader.varint() }
    }

    @Test func lengthPrefixes() throws {
        var writer = ByteWriter(reservingCapacity: 100)
        writer.lengthPrefixed([1, 2, 3])
        writer.lengthPrefixed("é")
        writer.lengthPrefixed([] as [UInt8])
        writer.append([9, 9])
        try ByteReader.read(writer.bytes) { reader throws(DecodingFailure) in
            #expect(try reader.lengthPrefixedArray() == [1, 2, 3])
            #expect(try reader.lengthPrefixedString() == "é")
            #expect(try reader.lengthPrefixedArray() == [])
            #expect(reader.remaining == 2 && !reader.isAtEnd)
            #expect(throws: DecodingFailure.trailingBytes(offset: reader.offset)) { try reader.expectEnd() }
            #expect(Array(reader.rest()) == [9, 9])
            try reader.expectEnd()
        }
        try ByteReader.read([2, 0xC3, 0x28, 5, 1]) { reader throws(DecodingFailure) in
            #expect(throws: DecodingFailure.malformed(offset: 0)) { try reader.lengthPrefixedString() }
            #expect(reader.offset == 0, "it stays where it was")
            try reader.skip(3)
            #expect(throws: DecodingFailure.truncated(offset: 3)) { try reader.lengthPrefixedArray() }
            #expect(reader.offset == 3)
        }
        let huge = [UInt8](repeating: 0xFF, count: 9) + [1]
        #expect(throws: DecodingFailure.truncated(offset: 0)) {
            try ByteReader.read(huge) { reader throws(DecodingFailure) in try reader.lengthPrefixedArray() }
        }
    }

    @Test func laterFields() {
        var writer = ByteWriter([7])
        writer.uint32LittleEndian(0)
        writer.uint8(8)
        writer.overwriteUInt32LittleEndian(at: 1, 0x0102_0304)
        #expect(writer.bytes == [7, 4, 3, 2, 1, 8] && writer.count == 6)
    }

    /// Whatever the bytes and the order of calls, the reader throws or answers; it never traps or goes back.
    @Test(arguments: 1...3 as ClosedRange<UInt64>) func anyBytesAreSafe(seed: UInt64) throws {
        var random = Seeded(seed: seed)
        for _ in 0..<2000 {
            let bytes = (0..<Int.random(in: 0...24, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }
            let calls = (0..<8).map { _ in Int.random(in: 0...7, using: &random) }
            try ByteReader.read(bytes) { reader throws(DecodingFailure) in
                for call in calls {
                    let before = reader.offset
                    do throws(DecodingFailure) {
                        switch call {
                        case 0: _ = try reader.uint8()
                        case 1: _ = try reader.uint16BigEndian()
                        case 2: _ = try reader.uint32LittleEndian()
                        case 3: _ = try reader.uint64BigEndian()
                        case 4: _ = try reader.varint()
                        case 5: _ = try reader.lengthPrefixedSlice()
                        case 6: _ = try reader.lengthPrefixedString()
                        default: _ = try reader.slice(-1)
                        }
                        #expect(reader.offset > before)
                    } catch {
                        #expect(reader.offset == before, "seed \(seed)")
                    }
                }
            }
        }
    }
}
