/// The parameters of a presigned URL's signature, which no operation looks at.
enum SignatureQuery {
    private static let prefix = Array("X-Amz-".utf8)

    /// Whether every parameter begins with `X-Amz-`: then the operation has none of its own and its lookups can be spared.
    static func isAll(of rawQuery: String) -> Bool {
        var matched = 0
        for byte in rawQuery.utf8 {
            if byte == UInt8(ascii: "&") {
                guard matched == prefix.count else { return false }
                matched = 0
            } else if matched < prefix.count {
                guard byte == prefix[matched] else { return false }
                matched += 1
            }
        }
        return matched == prefix.count
    }
}
