import Bytes
import HTTPTypes

/// The header fields that clients send with request after request, ready made: looking one up costs a tenth of checking its name and value
/// and spelling the name in lower case, and it shares its memory with all requests that have it.
///
/// A table with one place for each hash: what comes later takes the place. Values are kept only of fields that say nothing about whoever
/// sends them. Belongs to one event loop.
package struct KnownFields {
    /// What the edge itself has to do with a field.
    package enum Role: Sendable {
        case host
        case contentLength
        case transferEncoding
        case expect
        case other

        init(_ name: HTTPField.Name) {
            self =
                switch name.canonicalName {
                case "host": .host
                case "content-length": .contentLength
                case "transfer-encoding": .transferEncoding
                case "expect": .expect
                default: .other
                }
        }
    }

    /// A power of two; SDKs send some twenty names.
    private static let entriesCount = 128
    /// A longer name or value is not kept, so that the table of a loop has at most 48 KiB.
    private static let textBytesMax = 128
    /// Names whose values repeat.
    private static let repeated: Set<String> = [
        "accept", "accept-encoding", "amz-sdk-request", "connection", "content-length", "content-type", "host", "user-agent", "x-amz-date",
        "x-amz-target", "x-amz-user-agent", "x-amzn-query-mode",
    ]

    /// As clients spell them; empty where nothing is known.
    private var names = [String](repeating: "", count: entriesCount)
    private var roles = [(role: Role, keepsValue: Bool)](repeating: (.other, false), count: entriesCount)
    /// Each with the value that came last, or an empty one.
    private var fields = [HTTPField](repeating: HTTPField(name: .accept, value: ""), count: entriesCount)

    package init() {}

    /// Nil when the name is none that HTTP allows.
    package mutating func field(_ name: String, _ value: String) -> (field: HTTPField, role: Role)? {
        guard !name.isEmpty else { return nil }
        let place = Self.place(name)
        if !ByteSearch.equal(names[place], name) {
            guard let known = HTTPField.Name(name) else { return nil }
            guard name.utf8.count <= Self.textBytesMax else { return (HTTPField(name: known, value: value), Role(known)) }
            names[place] = name
            roles[place] = (Role(known), Self.repeated.contains(known.canonicalName))
            fields[place] = HTTPField(name: known, value: "")
        }
        let (role, keepsValue) = roles[place]
        if keepsValue, ByteSearch.equal(fields[place].value, value) { return (fields[place], role) }
        let field = HTTPField(name: fields[place].name, value: value)
        if keepsValue, value.utf8.count <= Self.textBytesMax { fields[place] = field }
        return (field, role)
    }

    /// Of the length and four bytes, which tell the usual names apart.
    private static func place(_ name: String) -> Int {
        var name = name
        return name.withUTF8 { bytes in
            let count = bytes.count
            guard let last = bytes.last else { return 0 }
            let inner = Int(bytes[count / 2]) &* 13 &+ Int(bytes[count * 2 / 3]) &* 5
            return (count &* 31 &+ Int(bytes[0]) &* 7 &+ Int(last) &+ inner) & (entriesCount - 1)
        }
    }
}
