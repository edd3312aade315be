import NIOCore

/// Appends XML to a buffer. Characters that XML 1.0 cannot hold (U+0000 to U+001F but tab and line feed; U+FFFE, U+FFFF) are written
/// as U+FFFD, a carriage return as `&#13;`, so that the document stays well-formed; protocols that must keep the former
/// offer `encoding-type=url`.
package struct XMLWriter: ~Copyable {
    // An array: a listing appends thousands of short texts, which costs a byte buffer several times as much.
    private var bytes: [UInt8] = []

    /// Begins with `<?xml version="1.0" encoding="UTF-8"?>` and a line feed unless `declaration` is false.
    package init(declaration: Bool = true, capacity: Int = 1024) {
        bytes.reserveCapacity(capacity)
        if declaration { put("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n") }
    }

    package consuming func finish() -> ByteBuffer { ByteBuffer(bytes: bytes) }

    private mutating func put(_ text: StaticString) {
        bytes.append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    /// `<name>` or `<name xmlns="...">`
    package mutating func open(_ name: StaticString, xmlns: String? = nil) {
        begin(name, xmlns: xmlns)
        put(">")
    }

    /// `<name/>`, for the clients that tell it from `<name></name>`.
    package mutating func empty(_ name: StaticString, xmlns: String? = nil) {
        begin(name, xmlns: xmlns)
        put("/>")
    }

    private mutating func begin(_ name: StaticString, xmlns: String?) {
        put("<")
        put(name)
        if let xmlns {
            put(" xmlns=\"")
            text(xmlns)
            put("\"")
        }
    }

    /// `<name attribute="value" ...>`, for the rare element with attributes; the caller declares their namespaces.
    package mutating func open(_ name: StaticString, attributes: [(name: StaticString, value: String)]) {
        put("<")
        put(name)
        for attribute in attributes {
            put(" ")
            put(attribute.name)
            put("=\"")
            text(attribute.value)
            put("\"")
        }
        put(">")
    }

    package mutating func close(_ name: StaticString) {
        put("</")
        put(name)
        put(">")
    }

    /// `<name>text</name>`
    package mutating func element(_ name: StaticString, _ text: String) {
        open(name)
        self.text(text)
        close(name)
    }

    package mutating func element(_ name: StaticString, _ number: some FixedWidthInteger) {
        open(name)
        bytes.append(contentsOf: String(number).utf8)
        close(name)
    }

    package mutating func element(_ name: StaticString, _ flag: Bool) {
        open(name)
        put(flag ? "true" : "false")
        close(name)
    }

    /// Bytes that should be UTF-8; what is not is written as U+FFFD.
    package mutating func element(_ name: StaticString, utf8: some Collection<UInt8>) {
        element(name, String(decoding: utf8, as: UTF8.self))
    }

    /// With a name that is not known at compile time; the caller vouches that it is an XML name.
    package mutating func element(named name: String, _ text: String) {
        put("<")
        bytes.append(contentsOf: name.utf8)
        put(">")
        self.text(text)
        put("</")
        bytes.append(contentsOf: name.utf8)
        put(">")
    }

    /// A document tree without its attributes; for tests of what parses.
    package mutating func write(_ element: XMLElement) {
        bytes.append(contentsOf: "<\(element.name)>".utf8)
        text(element.text)
        for child in element.children { write(child) }
        bytes.append(contentsOf: "</\(element.name)>".utf8)
    }

    /// XML that was written before.
    package mutating func verbatim(_ xml: String) { bytes.append(contentsOf: xml.utf8) }

    /// Escaped character data, good in attribute values too.
    package mutating func text(_ text: String) {
        var text = text
        text.withUTF8 { text in
            var start = 0
            var index = 0
            while index < text.count {
                guard let (length, replacement) = Self.replacement(text, at: index) else {
                    index += 1
                    continue
                }
                bytes.append(contentsOf: UnsafeBufferPointer(rebasing: text[start..<index]))
                put(replacement)
                index += length
                start = index
            }
            bytes.append(contentsOf: UnsafeBufferPointer(rebasing: text[start..<text.count]))
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
