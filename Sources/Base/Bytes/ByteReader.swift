/// Why bytes could not be decoded. `offset` counts from the start of the reader's bytes.
package enum DecodingFailure: Error, Equatable, Sendable {
    /// The value at `offset` would go past the end.
    case truncated(offset: Int)
    /// A varint of more than 64 bits or with needless bytes, or a text that is not UTF-8.
    case malformed(offset: Int)
    /// Bytes were left where the end was expected.
    case trailingBytes(offset: Int)
}

/// Takes encoded values off the front of borrowed bytes: the bytes must outlive it. Never reads past their end.
package struct ByteReader {
    private let bytes: UnsafeRawBufferPointer
    /// How far it has read.
    package private(set) var offset = 0

    package init(_ bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
    }

    /// Runs `body` with a reader of an array's bytes.
    package static func read<Value>(
        _ bytes: [UInt8], _ body: (inout ByteReader) throws(DecodingFailure) -> Value
    ) throws(DecodingFailure) -> Value {
        let result = bytes.withUnsafeBytes { raw -> Result<Value, DecodingFailure> in
            var reader = ByteReader(raw)
            do throws(DecodingFailure) { return .success(try body(&reader)) } catch { return .failure(error) }
        }
        return try result.get()
    }

    package var remaining: Int { bytes.count - offset }
    package var isAtEnd: Bool { offset == bytes.count }

    package mutating func uint8() throws(DecodingFailure) -> UInt8 { try raw() }

    package mutating func uint16LittleEndian() throws(DecodingFailure) -> UInt16 { UInt16(littleEndian: try raw()) }
    package mutating func uint32LittleEndian() throws(DecodingFailure) -> UInt32 { UInt32(littleEndian: try raw()) }
    package mutating func uint64LittleEndian() throws(DecodingFailure) -> UInt64 { UInt64(littleEndian: try raw()) }

    package mutating func uint16BigEndian() throws(DecodingFailure) -> UInt16 { UInt16(bigEndian: try raw()) }
    package mutating func uint32BigEndian() throws(DecodingFailure) -> UInt32 { UInt32(bigEndian: try raw()) }
    package mutating func uint64BigEndian() throws(DecodingFailure) -> UInt64 { UInt64(bigEndian: try raw()) }

    /// LEB128. Only the shortest form is taken, so that there is one encoding for each value.
    package mutating func varint() throws(DecodingFailure) -> UInt64 {
        var value: UInt64 = 0
        var index = offset
        var shift: UInt64 = 0
        while index < bytes.count {
            let byte = bytes[index]
            index += 1
            if shift == 63, byte > 1 { throw .malformed(offset: offset) }
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 {
                if byte == 0, shift > 0 { throw .malformed(offset: offset) }
                offset = index
                return value
            }
            shift += 7
        }
        throw .truncated(offset: offset)
    }

    /// The next `count` bytes, borrowed.
    package mutating func slice(_ count: Int) throws(DecodingFailure) -> UnsafeRawBufferPointer {
        guard count >= 0, count <= remaining else { throw .truncated(offset: offset) }
        let slice = UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + count])
        offset += count
        return slice
    }

    /// The next `count` bytes, copied.
    package mutating func array(_ count: Int) throws(DecodingFailure) -> [UInt8] { Array(try slice(count)) }

    /// A length as a varint and that many bytes, borrowed. On failure the reader stays where it was.
    package mutating func lengthPrefixedSlice() throws(DecodingFailure) -> UnsafeRawBufferPointer {
        let start = offset
        let length = try varint()
        guard length <= UInt64(remaining) else {
            offset = start
            throw .truncated(offset: start)
        }
        return try slice(Int(length))
    }

    package mutating func lengthPrefixedArray() throws(DecodingFailure) -> [UInt8] { Array(try lengthPrefixedSlice()) }

    /// A length as a varint and that many bytes of valid UTF-8.
    package mutating func lengthPrefixedString() throws(DecodingFailure) -> String {
        let start = offset
        guard let text = String(validating: try lengthPrefixedSlice(), as: UTF8.self) else {
            offset = start
            throw .malformed(offset: start)
        }
        return text
    }

    /// Everything that is left, borrowed.
    package mutating func rest() -> UnsafeRawBufferPointer {
        let slice = UnsafeRawBufferPointer(rebasing: bytes[offset...])
        offset = bytes.count
        return slice
    }

    package mutating func skip(_ count: Int) throws(DecodingFailure) { _ = try slice(count) }

    /// Throws `.trailingBytes` unless everything was read.
    package func expectEnd() throws(DecodingFailure) {
        if !isAtEnd { throw .trailingBytes(offset: offset) }
    }

    private mutating func raw<Value: FixedWidthInteger>() throws(DecodingFailure) -> Value {
        let size = MemoryLayout<Value>.size
        guard remaining >= size else { throw .truncated(offset: offset) }
        let value = bytes.loadUnaligned(fromByteOffset: offset, as: Value.self)
        offset += size
        return value
    }
}
