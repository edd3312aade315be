/// The parameters of a presigned URL's signature, which no operation looks at.
enum SignatureQuery {
    private static let prefix = Array("X-Amz-".utf8)
    /// Behind the prefix. Others, as `X-Amz-Meta-Colour`, are headers in the query's place.
    private static let names = ["Algorithm", "Credential", "Date", "Expires", "SignedHeaders", "Signature", "Security-Token"].map {
        Array("\($0)=".utf8)
    }

    /// Whether there is no other parameter: then the operation has none of its own and its lookups can be spared.
    static func isAll(of rawQuery: String) -> Bool {
        var rawQuery = rawQuery
        return rawQuery.withUTF8 { raw in
            var start = 0
            while begins(raw, at: start, with: prefix), names.contains(where: { begins(raw, at: start + prefix.count, with: $0) }) {
                guard let end = raw[start...].firstIndex(of: UInt8(ascii: "&")) else { return true }
                start = end + 1
            }
            return false
        }
    }

    private static func begins(_ raw: UnsafeBufferPointer<UInt8>, at start: Int, with text: [UInt8]) -> Bool {
        raw.count - start >= text.count && text.indices.allSatisfy { raw[start + $0] == text[$0] }
    }
}
