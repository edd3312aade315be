import Bytes
import Crypto

/// The MD5s that SDKs compare with their own, to find a message that was changed on the way.
package enum MessageDigests {
    /// Of a body's UTF-8 bytes, as 32 lower-case hexadecimal digits.
    package static func body(_ text: String) -> String {
        var text = text
        return text.withUTF8 { Hex.encode(Array(Insecure.MD5.hash(data: UnsafeRawBufferPointer($0)))) }
    }

    /// Of attributes, sorted by name: for each the length (4 bytes, big-endian) and bytes of name and of type, one byte (1 text, 2
    /// binary), then the length and bytes of the value. Nil for no attributes.
    ///
    /// Source: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html
    package static func attributes(_ attributes: [MessageAttribute]) -> String? {
        if attributes.isEmpty { return nil }
        var bytes = ByteWriter()
        func append(_ part: some Collection<UInt8>) {
            bytes.uint32BigEndian(UInt32(part.count))
            bytes.append(part)
        }
        for attribute in attributes.sorted(by: { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }) {
            append(attribute.name.utf8)
            append(attribute.type.utf8)
            switch attribute.value {
            case .text(let text):
                bytes.uint8(1)
                append(text.utf8)
            case .binary(let binary):
                bytes.uint8(2)
                append(binary)
            }
        }
        return Hex.encode(Array(Insecure.MD5.hash(data: bytes.bytes)))
    }

    /// Of the system attributes that a sender may give: only `AWSTraceHeader`.
    static func systemAttributes(traceHeader: String?) -> String? {
        traceHeader.flatMap { attributes([MessageAttribute(name: "AWSTraceHeader", type: "String", value: .text($0))]) }
    }
}
