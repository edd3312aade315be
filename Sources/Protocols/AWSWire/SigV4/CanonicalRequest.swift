import Bytes
import HTTPTypes

/// Builds the text whose hash is signed:
///
///     method LF path LF query LF (name ":" values LF)* LF signed-header-names LF payload-hash
///
/// Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
struct CanonicalRequest {
    let request: WireRequest
    let query: CanonicalQuery
    let leavesOutSignature: Bool
    let dialect: SigV4Dialect
    /// `host;x-amz-date`, as sent.
    let signedHeaders: [UInt8]
    /// A hash in hexadecimal or one of the words that stand for it.
    let payload: [UInt8]

    /// - `host`: what the client called the server.
    /// - `keepingEscapedSlash`: see `CanonicalEncoding.reencode`.
    func write(host: String, keepingEscapedSlash: Bool = false, to output: inout [UInt8]) {
        output.removeAll(keepingCapacity: true)
        output.append(contentsOf: request.method.utf8)
        output.append(UInt8(ascii: "\n"))
        appendPath(keepingEscapedSlash: keepingEscapedSlash, to: &output)
        output.append(UInt8(ascii: "\n"))
        query.appendSorted(to: &output, leavingOut: leavesOutSignature)
        output.append(UInt8(ascii: "\n"))
        let fields = Array(request.headers)
        for name in ByteSearch.split(signedHeaders[...], at: UInt8(ascii: ";")) {
            Self.appendHeader(name, fields, host: host, to: &output)
        }
        output.append(UInt8(ascii: "\n"))
        output.append(contentsOf: signedHeaders)
        output.append(UInt8(ascii: "\n"))
        output.append(contentsOf: payload)
    }

    private func appendPath(keepingEscapedSlash: Bool, to output: inout [UInt8]) {
        var path = request.rawPath
        path.withUTF8 { raw in
            if raw.isEmpty {
                output.append(UInt8(ascii: "/"))
            } else if dialect.normalizesPath {
                CanonicalEncoding.encode(Self.withoutDotSegments(raw), keepingSlash: true, to: &output)
            } else if dialect.encodesPathTwice {
                CanonicalEncoding.encode(raw, keepingSlash: true, to: &output)
            } else {
                CanonicalEncoding.reencode(raw, keepingSlash: true, keepingEscapedSlash: keepingEscapedSlash, to: &output)
            }
        }
    }

    /// RFC 3986, section 5.2.4, and empty segments go too, as AWS's signers do.
    private static func withoutDotSegments(_ raw: UnsafeBufferPointer<UInt8>) -> [UInt8] {
        var segments: [Slice<UnsafeBufferPointer<UInt8>>] = []
        for segment in raw.split(separator: UInt8(ascii: "/")) {
            if segment.elementsEqual([UInt8(ascii: ".")]) { continue }
            if segment.elementsEqual([UInt8(ascii: "."), UInt8(ascii: ".")]) {
                _ = segments.popLast()
            } else {
                segments.append(segment)
            }
        }
        var path: [UInt8] = [UInt8(ascii: "/")]
        path.append(contentsOf: segments.joined(separator: [UInt8(ascii: "/")]))
        if raw.last == UInt8(ascii: "/"), !segments.isEmpty { path.append(UInt8(ascii: "/")) }
        return path
    }

    private static func appendHeader(_ name: ArraySlice<UInt8>, _ fields: [HTTPField], host: String, to output: inout [UInt8]) {
        output.append(contentsOf: name)
        output.append(UInt8(ascii: ":"))
        if HeaderText.equals(name, "host") {
            appendCollapsed(host.utf8, to: &output)
        } else {
            var isFirst = true
            for index in fields.indices where HeaderText.equals(name, fields[index].name.canonicalName) {
                if !isFirst { output.append(UInt8(ascii: ",")) }
                isFirst = false
                fields[index].withUnsafeBytesOfValue { appendCollapsed($0, to: &output) }
            }
        }
        output.append(UInt8(ascii: "\n"))
    }

    /// Without white space at both ends; inner runs of it are one space.
    private static func appendCollapsed(_ value: some Sequence<UInt8>, to output: inout [UInt8]) {
        let start = output.count
        var pendingSpace = false
        for byte in value {
            if byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") {
                pendingSpace = output.count > start
            } else {
                if pendingSpace { output.append(UInt8(ascii: " ")) }
                pendingSpace = false
                output.append(byte)
            }
        }
    }
}

/// Comparisons of header names held as bytes.
enum HeaderText {
    static func equals(_ bytes: some Collection<UInt8>, _ text: StaticString) -> Bool {
        let expected = UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
        return bytes.withContiguousStorageIfAvailable { equal($0, expected) } ?? bytes.elementsEqual(expected)
    }

    static func equals(_ bytes: ArraySlice<UInt8>, _ text: String) -> Bool {
        guard bytes.count == text.utf8.count else { return false }
        var text = text
        return text.withUTF8 { text in bytes.withUnsafeBufferPointer { equal($0, text) } }
    }

    /// Whether `name` is in a list such as `host;x-amz-date`.
    static func list(_ list: [UInt8], contains name: String) -> Bool {
        var name = name
        return name.withUTF8 { name in
            list.withUnsafeBufferPointer { list in
                var start = 0
                while start < list.count {
                    let end = list[start...].firstIndex(of: UInt8(ascii: ";")) ?? list.count
                    if equal(UnsafeBufferPointer(rebasing: list[start..<end]), name) { return true }
                    start = end + 1
                }
                return false
            }
        }
    }

    private static func equal(_ a: UnsafeBufferPointer<UInt8>, _ b: UnsafeBufferPointer<UInt8>) -> Bool {
        a.count == b.count && a.indices.allSatisfy { a[$0] == b[$0] }
    }
}
