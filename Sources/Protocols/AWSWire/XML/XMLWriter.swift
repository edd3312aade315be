import Bytes
import NIOCore

/// Appends XML to a buffer. Characters that XML 1.0 cannot hold (U+0000 to U+001F but tab and line feed; U+FFFE, U+FFFF) are written
/// as U+FFFD, a carriage return as `&#13;`, so that the document stays well-formed; protocols that must keep the former
/// offer `encoding-type=url`.
package struct XMLWriter: ~Copyable {
    private var bytes: XMLBytes

    /// Begins with `<?xml version="1.0" encoding="UTF-8"?>` and a line feed unless `declaration` is false.
    package init(declaration: Bool = true, capacity: Int = 1024) {
        bytes = XMLBytes(capacity: capacity)
        if declaration { put("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n") }
    }

    package consuming func finish() -> ByteBuffer { bytes.withBytes { ByteBuffer(bytes: $0) } }

    @inline(__always)
    private mutating func put(_ text: StaticString) { bytes.append(text) }

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
        bytes.append(String(number))
        close(name)
    }

    package mutating func element(_ name: StaticString, _ flag: Bool) {
        open(name)
        put(flag ? "true" : "false")
        close(name)
    }

    /// `<name>"text"</name>`, the quotes escaped.
    package mutating func element(_ name: StaticString, quoting text: String) {
        open(name)
        put("&quot;")
        self.text(text)
        put("&quot;")
        close(name)
    }

    /// Bytes that should be UTF-8; what is not is written as U+FFFD.
    package mutating func element(_ name: StaticString, utf8: [UInt8]) {
        let isPlain = utf8.withUnsafeBytes { ByteSearch.plainXMLCount($0, from: 0) == $0.count }
        guard isPlain else { return element(name, String(decoding: utf8, as: UTF8.self)) }
        open(name)
        utf8.withUnsafeBytes { bytes.append($0) }
        close(name)
    }

    /// With a name that is not known at compile time; the caller vouches that it is an XML name.
    package mutating func element(named name: String, _ text: String) {
        put("<")
        bytes.append(name)
        put(">")
        self.text(text)
        put("</")
        bytes.append(name)
        put(">")
    }

    /// A document tree without its attributes; for tests of what parses.
    package mutating func write(_ element: XMLElement) {
        bytes.append("<\(element.name)>" as String)
        text(element.text)
        for child in element.children { write(child) }
        bytes.append("</\(element.name)>" as String)
    }

    /// XML that was written before.
    package mutating func verbatim(_ xml: String) { bytes.append(xml) }

    /// Escaped character data, good in attribute values too.
    package mutating func text(_ text: String) {
        var text = text
        text.withUTF8 { text in
            let all = UnsafeRawBufferPointer(text)
            var (start, index) = (0, 0)
            while true {
                index += ByteSearch.plainXMLCount(all, from: index)
                guard index < text.count else { break }
                guard let (length, replacement) = Self.replacement(text, at: index) else {
                    index += 1
                    continue
                }
                bytes.append(UnsafeRawBufferPointer(rebasing: all[start..<index]))
                put(replacement)
                index += length
                start = index
            }
            bytes.append(UnsafeRawBufferPointer(rebasing: all[start...]))
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
