/// The boundary that a `Content-Type: multipart/form-data; boundary=...` names.
package struct FormBoundary: Hashable, Sendable {
    /// Source: RFC 2046, section 5.1.1
    private static let bytesMax = 70

    /// CR, LF, two hyphens and the boundary: what stands before each part but the first, and behind the last.
    let delimiter: [UInt8]

    /// Throws `.wrongContentType` for another type, `.malformed` without a usable boundary.
    package init(contentType: String?) throws(FormError) {
        var parameters = HeaderParameters(contentType ?? "")
        guard parameters.value.lowercased() == "multipart/form-data" else { throw .wrongContentType }
        while let (name, value) = parameters.next() {
            guard name == "boundary" else { continue }
            guard !value.isEmpty, value.utf8.count <= Self.bytesMax, value.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }) else { break }
            delimiter = Array("\r\n--".utf8) + value.utf8
            return
        }
        throw .malformed
    }
}

/// `value; name=text; name="quoted text"`: a header's value and its parameters.
struct HeaderParameters {
    let value: String
    private var rest: Substring.UTF8View

    init(_ text: String) {
        let bytes = text.utf8
        let end = bytes.firstIndex(of: UInt8(ascii: ";")) ?? bytes.endIndex
        value = Self.trimmed(bytes[..<end])
        rest = bytes[end...]
    }

    /// The next parameter, its name in lower case; nil at the end and where the syntax ends.
    mutating func next() -> (name: String, value: String)? {
        guard rest.first == UInt8(ascii: ";") else { return nil }
        rest = rest.dropFirst()
        guard let equals = rest.firstIndex(of: UInt8(ascii: "=")) else { return nil }
        let name = Self.trimmed(rest[..<equals]).lowercased()
        rest = rest[rest.index(after: equals)...].drop { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
        return (name, rest.first == UInt8(ascii: "\"") ? quoted() : token())
    }

    private mutating func token() -> String {
        let end = rest.firstIndex(of: UInt8(ascii: ";")) ?? rest.endIndex
        defer { rest = rest[end...] }
        return Self.trimmed(rest[..<end])
    }

    /// Browsers escape nothing but a quotation mark: other backslashes are those of a path.
    private mutating func quoted() -> String {
        var text: [UInt8] = []
        rest = rest.dropFirst()
        while let byte = rest.first, byte != UInt8(ascii: "\"") {
            rest = rest.dropFirst()
            let isEscape = byte == UInt8(ascii: "\\") && rest.first == UInt8(ascii: "\"")
            text.append(isEscape ? UInt8(ascii: "\"") : byte)
            if isEscape { rest = rest.dropFirst() }
        }
        rest = rest.drop { $0 != UInt8(ascii: ";") }
        return String(decoding: text, as: UTF8.self)
    }

    private static func trimmed(_ bytes: Substring.UTF8View) -> String {
        let isBlank: (UInt8) -> Bool = { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
        let start = bytes.drop(while: isBlank)
        var end = start.endIndex
        while end > start.startIndex, isBlank(start[start.index(before: end)]) { end = start.index(before: end) }
        return String(Substring(start[..<end]))
    }
}
