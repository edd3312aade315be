/// The parameters of a presigned URL's signature, which no operation looks at.
enum SignatureQuery {
    private static let prefix = Array("X-Amz-".utf8)

    /// Whether every parameter begins with `X-Amz-`: then the operation has none of its own and its lookups can be spared.
    static func isAll(of rawQuery: String) -> Bool {
        var rawQuery = rawQuery
        return rawQuery.withUTF8 { raw in
            var start = 0
            while raw.count - start > prefix.count, (0..<prefix.count).allSatisfy({ raw[start + $0] == prefix[$0] }) {
                guard let end = raw[start...].firstIndex(of: UInt8(ascii: "&")) else { return true }
                start = end + 1
            }
            return false
        }
    }
}
