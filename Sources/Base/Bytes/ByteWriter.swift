/// Appends encoded values to a byte array.
package struct ByteWriter: Sendable {
    package private(set) var bytes: [UInt8]

    package init(reservingCapacity capacity: Int = 0) {
        bytes = []
        bytes.reserveCapacity(capacity)
    }

    /// Goes on behind what is there.
    package init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    package var count: Int { bytes.count }

    package mutating func uint8(_ value: UInt8) { bytes.append(value) }

    package mutating func uint16LittleEndian(_ value: UInt16) { raw(value.littleEndian) }
    package mutating func uint32LittleEndian(_ value: UInt32) { raw(value.littleEndian) }
    package mutating func uint64LittleEndian(_ value: UInt64) { raw(value.littleEndian) }

    package mutating func uint16BigEndian(_ value: UInt16) { raw(value.bigEndian) }
    package mutating func uint32BigEndian(_ value: UInt32) { raw(value.bigEndian) }
    package mutating func uint64BigEndian(_ value: UInt64) { raw(value.bigEndian) }

    /// LEB128: seven bits for each byte, the lowest first, the top bit set on all but the last; 1 to 10 bytes.
    package mutating func varint(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }

    /// The bytes alone.
    package mutating func append(_ more: some Collection<UInt8>) { bytes.append(contentsOf: more) }

    package mutating func append(_ more: UnsafeRawBufferPointer) { bytes.append(contentsOf: more) }

    /// The length as a varint, then the bytes.
    package mutating func lengthPrefixed(_ more: [UInt8]) {
        varint(UInt64(more.count))
        bytes.append(contentsOf: more)
    }

    /// The UTF-8 of the text with its length before it.
    package mutating func lengthPrefixed(_ text: String) {
        var text = text
        text.withUTF8 { utf8 in
            varint(UInt64(utf8.count))
            bytes.append(contentsOf: utf8)
        }
    }

    /// Writes over four bytes that were appended before, for lengths and checksums known only later.
    package mutating func overwriteUInt32LittleEndian(at offset: Int, _ value: UInt32) {
        precondition(offset >= 0 && offset + 4 <= bytes.count)
        bytes.withUnsafeMutableBytes { $0.storeBytes(of: value.littleEndian, toByteOffset: offset, as: UInt32.self) }
    }

    private mutating func raw<Value: FixedWidthInteger>(_ value: Value) {
        withUnsafeBytes(of: value) { bytes.append(contentsOf: $0) }
    }
}
