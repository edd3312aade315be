/// An entity tag as S3 makes it, without the quotes that it has in headers and XML: the MD5 of the body in lower-case
/// hexadecimal, or the MD5 of the parts' MD5s followed by `-` and their number.
///
/// Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_Object.html
package struct ETag: Hashable, Sendable, CustomStringConvertible {
    package let text: String

    /// Takes the text with or without its quotes; a weak tag's `W/` stays and so equals no strong one.
    package init(_ text: String) {
        let isQuoted = text.utf8.count >= 2 && text.utf8.first == UInt8(ascii: "\"") && text.utf8.last == UInt8(ascii: "\"")
        self.text = isQuoted ? String(text.dropFirst().dropLast()) : text
    }

    /// As it stands in headers and XML.
    package var quoted: String { "\"\(text)\"" }

    /// The number behind the `-`, nil for an object that was uploaded whole.
    package var partCount: Int? {
        guard let dash = text.utf8.lastIndex(of: UInt8(ascii: "-")) else { return nil }
        return Int(text[text.index(after: dash)...])
    }

    package var description: String { text }
}
