import Bytes
import NIOCore

extension JSONValue {
    /// Appends the value without white space, members in their order, text as UTF-8 with only what must be escaped escaped.
    package func write(to buffer: inout ByteBuffer) {
        switch self {
        case .null: buffer.writeStaticString("null")
        case .bool(let value): buffer.writeStaticString(value ? "true" : "false")
        case .number(let text): buffer.writeString(text)
        case .string(let text): Self.write(text, to: &buffer)
        case .array(let elements):
            buffer.writeStaticString("[")
            for (index, element) in elements.enumerated() {
                if index > 0 { buffer.writeStaticString(",") }
                element.write(to: &buffer)
            }
            buffer.writeStaticString("]")
        case .object(let object):
            buffer.writeStaticString("{")
            for (index, member) in object.members.enumerated() {
                if index > 0 { buffer.writeStaticString(",") }
                Self.write(member.name, to: &buffer)
                buffer.writeStaticString(":")
                member.value.write(to: &buffer)
            }
            buffer.writeStaticString("}")
        }
    }

    /// The value as a text of its own.
    package var bytes: ByteBuffer {
        var buffer = ByteBufferAllocator().buffer(capacity: 256)
        write(to: &buffer)
        return buffer
    }

    private static func write(_ text: String, to buffer: inout ByteBuffer) {
        var text = text
        buffer.writeStaticString("\"")
        text.withUTF8 { bytes in
            let bytes = UnsafeRawBufferPointer(bytes)
            var (start, index) = (0, 0)
            while index < bytes.count {
                index += ByteSearch.plainCount(bytes, from: index)
                guard index < bytes.count else { break }
                let byte = bytes[index]
                if byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") {
                    buffer.writeBytes(UnsafeRawBufferPointer(rebasing: bytes[start..<index]))
                    writeEscape(byte, to: &buffer)
                    start = index + 1
                }
                index += 1
            }
            buffer.writeBytes(UnsafeRawBufferPointer(rebasing: bytes[start...]))
        }
        buffer.writeStaticString("\"")
    }

    private static func writeEscape(_ byte: UInt8, to buffer: inout ByteBuffer) {
        switch byte {
        case UInt8(ascii: "\""): buffer.writeStaticString("\\\"")
        case UInt8(ascii: "\\"): buffer.writeStaticString("\\\\")
        case 0x0A: buffer.writeStaticString("\\n")
        case 0x0D: buffer.writeStaticString("\\r")
        case 0x09: buffer.writeStaticString("\\t")
        default:
            buffer.writeStaticString("\\u00")
            buffer.writeString(Hex.encode(CollectionOfOne(byte)))
        }
    }
}
