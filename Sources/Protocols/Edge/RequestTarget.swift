/// The request target of a request line, taken apart without decoding anything: signatures cover the bytes as sent.
///
/// Source: RFC 9112, section 3.2.
struct RequestTarget: Equatable {
    /// Begins with `/`.
    let path: String
    /// Without `?`; empty when there is none.
    let query: String
    /// Only of an absolute-form target (`http://host:port/path`), as proxies get it: it stands above the `Host` header.
    let authority: String?

    /// Nil for what is neither origin-form nor absolute-form nor `*` (which becomes `/*`'s parent, `/`).
    init?(_ target: String) {
        var target = target
        let parsed = target.withUTF8 { Self.split($0) }
        guard let parsed else { return nil }
        self = parsed
    }

    private init(path: String, query: String, authority: String?) {
        self.path = path
        self.query = query
        self.authority = authority
    }

    private static func split(_ bytes: UnsafeBufferPointer<UInt8>) -> RequestTarget? {
        guard let first = bytes.first else { return nil }
        if first == UInt8(ascii: "/") { return origin(bytes[...], authority: nil) }
        if bytes.count == 1, first == UInt8(ascii: "*") { return RequestTarget(path: "/", query: "", authority: nil) }
        return absolute(bytes)
    }

    private static func origin(_ bytes: Slice<UnsafeBufferPointer<UInt8>>, authority: String?) -> RequestTarget? {
        let mark = bytes.firstIndex(of: UInt8(ascii: "?"))
        let path = bytes[..<(mark ?? bytes.endIndex)]
        let query = mark.map { bytes[bytes.index(after: $0)...] }
        return RequestTarget(
            path: path.isEmpty ? "/" : String(decoding: path, as: UTF8.self),
            query: query.map { String(decoding: $0, as: UTF8.self) } ?? "",
            authority: authority
        )
    }

    private static func absolute(_ bytes: UnsafeBufferPointer<UInt8>) -> RequestTarget? {
        for scheme in ["http://", "https://"] {
            guard bytes.count > scheme.utf8.count, startsWith(bytes, scheme) else { continue }
            let rest = bytes[scheme.utf8.count...]
            let end = rest.firstIndex { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "?") } ?? rest.endIndex
            guard end > rest.startIndex else { return nil }
            return origin(rest[end...], authority: String(decoding: rest[..<end], as: UTF8.self))
        }
        return nil
    }

    private static func startsWith(_ bytes: UnsafeBufferPointer<UInt8>, _ scheme: String) -> Bool {
        zip(bytes, scheme.utf8).allSatisfy { byte, expected in
            byte == expected || (byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z") && byte | 0x20 == expected)
        }
    }
}
