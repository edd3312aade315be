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
    let signedHeaders: SignedHeaderList
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
        appendHeaders(host: host, to: &output)
        output.append(UInt8(ascii: "\n"))
        output.append(contentsOf: signedHeaders.text)
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

    private func appendHeaders(host: String, to output: inout [UInt8]) {
        let fields = request.headers
        let signed = signedFields(fields)
        for (place, name) in signedHeaders.names.enumerated() {
            output.append(contentsOf: name)
            output.append(UInt8(ascii: ":"))
            if HeaderText.equals(name, "host") {
                var host = host
                host.withUTF8 { Self.appendCollapsed($0, to: &output) }
            } else {
                var isFirst = true
                for (field, at) in signed where at == place {
                    if !isFirst { output.append(UInt8(ascii: ",")) }
                    isFirst = false
                    fields[field].withUnsafeBytesOfValue { Self.appendCollapsed($0, to: &output) }
                }
            }
            output.append(UInt8(ascii: "\n"))
        }
    }

    /// The fields that are signed, in the order sent, each with its name's place in the list of signed headers. Found in one pass: looking
    /// at a field's name costs more than comparing it.
    private func signedFields(_ fields: HTTPFields) -> [(field: Int, place: Int)] {
        var found: [(field: Int, place: Int)] = []
        found.reserveCapacity(signedHeaders.names.count)
        for index in fields.indices {
            var name = fields[index].name.canonicalName
            let place = name.withUTF8 { name in
                signedHeaders.names.firstIndex { $0.withUnsafeBufferPointer { HeaderText.equal($0, name) } }
            }
            if let place { found.append((index, place)) }
        }
        return found
    }

    /// Without white space at both ends; inner runs of it are one space.
    private static func appendCollapsed(_ value: UnsafeBufferPointer<UInt8>, to output: inout [UInt8]) {
        func isSpace(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }
        let start = output.count
        var index = 0
        while index < value.count {
            while index < value.count, isSpace(value[index]) { index += 1 }
            let word = index
            while index < value.count, !isSpace(value[index]) { index += 1 }
            guard index > word else { return }
            if output.count > start { output.append(UInt8(ascii: " ")) }
            output.append(contentsOf: UnsafeBufferPointer(rebasing: value[word..<index]))
        }
    }
}

/// Comparisons of header names held as bytes.
enum HeaderText {
    static func equals(_ bytes: some Collection<UInt8>, _ text: StaticString) -> Bool {
        let expected = UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
        return bytes.withContiguousStorageIfAvailable { equal($0, expected) } ?? bytes.elementsEqual(expected)
    }

    static func equal(_ a: UnsafeBufferPointer<UInt8>, _ b: UnsafeBufferPointer<UInt8>) -> Bool {
        guard a.count == b.count else { return false }
        return (0..<a.count).allSatisfy { a[$0] == b[$0] }
    }
}
