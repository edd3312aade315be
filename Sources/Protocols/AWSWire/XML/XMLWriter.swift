import NIOCore

/// Appends XML to a buffer. Characters that XML 1.0 cannot hold (U+0000 to U+001F but tab and line feed; U+FFFE, U+FFFF) are written
/// as U+FFFD, a carriage return as `&#13;`, so that the document stays well-formed; protocols that must keep the former
/// offer `encoding-type=url`.
package struct XMLWriter: ~Copyable {
    private var buffer: ByteBuffer

    /// Begins with `<?xml version="1.0" encoding="UTF-8"?>` and a line feed unless `declaration` is false.
    package init(declaration: Bool = true, capacity: Int = 1024) {
        self.buffer = ByteBufferAllocator().buffer(capacity: capacity)
        if declaration { buffer.writeStaticString("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n") }
    }

    package consuming func finish() -> ByteBuffer { buffer }

    /// `<name>` or `<name xmlns="...">`
    package mutating func open(_ name: StaticString, xmlns: String? = nil) {
        begin(name, xmlns: xmlns)
        buffer.writeStaticString(">")
    }

    /// `<name/>`, for the clients that tell it from `<name></name>`.
    package mutating func empty(_ name: StaticString, xmlns: String? = nil) {
        begin(name, xmlns: xmlns)
        buffer.writeStaticString("/>")
    }

    private mutating func begin(_ name: StaticString, xmlns: String?) {
        buffer.writeStaticString("<")
        buffer.writeStaticString(name)
        if let xmlns {
            buffer.writeStaticString(" xmlns=\"")
            text(xmlns)
            buffer.writeStaticString("\"")
        }
    }

    /// `<name attribute="value" ...>`, for the rare element with attributes; the caller declares their namespaces.
    package mutating func open(_ name: StaticString, attributes: [(name: StaticString, value: String)]) {
        buffer.writeStaticString("<")
        buffer.writeStaticString(name)
        for attribute in attributes {
            buffer.writeStaticString(" ")
            buffer.writeStaticString(attribute.name)
            buffer.writeStaticString("=\"")
            text(attribute.value)
            buffer.writeStaticString("\"")
        }
        buffer.writeStaticString(">")
    }

    package mutating func close(_ name: StaticString) {
        buffer.writeStaticString("</")
        buffer.writeStaticString(name)
        buffer.writeStaticString(">")
    }

    /// `<name>text</name>`
    package mutating func element(_ name: StaticString, _ text: String) {
        open(name)
        self.text(text)
        close(name)
    }

    package mutating func element(_ name: StaticString, _ number: some FixedWidthInteger) {
        open(name)
        buffer.writeString(String(number))
        close(name)
    }

    package mutating func element(_ name: StaticString, _ flag: Bool) {
        open(name)
        buffer.writeStaticString(flag ? "true" : "false")
        close(name)
    }

    /// Bytes that should be UTF-8; what is not is written as U+FFFD.
    package mutating func element(_ name: StaticString, utf8: some Collection<UInt8>) {
        element(name, String(decoding: utf8, as: UTF8.self))
    }

    /// With a name that is not known at compile time; the caller vouches that it is an XML name.
    package mutating func element(named name: String, _ text: String) {
        buffer.writeStaticString("<")
        buffer.writeString(name)
        buffer.writeStaticString(">")
        self.text(text)
        buffer.writeStaticString("</")
        buffer.writeString(name)
        buffer.writeStaticString(">")
    }

    /// A document tree without its attributes; for tests of what parses.
    package mutating func write(_ element: XMLElement) {
        buffer.writeString("<\(element.name)>")
        text(element.text)
        for child in element.children { write(child) }
        buffer.writeString("</\(element.name)>")
    }

    /// XML that was written before.
    package mutating func verbatim(_ xml: String) { buffer.writeString(xml) }

    /// Escaped character data, good in attribute values too.
    package mutating func text(_ text: String) {
        var text = text
        text.withUTF8 { bytes in
            var start = 0
            var index = 0
            while index < bytes.count {
                guard let (length, replacement) = Self.replacement(bytes, at: index) else {
                    index += 1
                    continue
                }
                buffer.writeBytes(bytes[start..<index])
                buffer.writeStaticString(replacement)
                index += length
                start = index
            }
            buffer.writeBytes(bytes[start...])
        }
    }

    /// How many bytes to leave out here, and what to write for them; nil for ordinary ones.
    @inline(__always)
    private static func replacement(_ bytes: UnsafeBufferPointer<UInt8>, at index: Int) -> (length: Int, text: StaticString)? {
        switch bytes[index] {
        case UInt8(ascii: "&"): return (1, "&amp;")
        case UInt8(ascii: "<"): return (1, "&lt;")
        case UInt8(ascii: ">"): return (1, "&gt;")
        case UInt8(ascii: "\""): return (1, "&quot;")
        case UInt8(ascii: "\r"): return (1, "&#13;")
        case UInt8(ascii: "\t"), UInt8(ascii: "\n"): return nil
        case 0..<0x20: return (1, "\u{FFFD}")
        case 0xEF where bytes[index + 1] == 0xBF && bytes[index + 2] >= 0xBE: return (3, "\u{FFFD}")
        default: return nil
        }
    }
}
