/// The authentication parameters of a presigned URL, each at most once.
struct PresignedParameters {
    let credential: [UInt8]
    let date: String
    let expiresSeconds: Int64
    let signedHeaders: [UInt8]
    let signature: [UInt8]
    let securityToken: [UInt8]?
    let contentSHA256: [UInt8]?

    static let incomplete = SigV4Error.malformedQuery(
        message: "Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, "
            + "X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters.")

    /// Nil when the query holds no authentication.
    init?(_ query: CanonicalQuery) throws(SigV4Error) {
        var found = Found()
        for item in query.items {
            guard try found.note(item, of: query) else { throw Self.incomplete }
        }
        guard found.algorithm != nil || found.credential != nil || found.signature != nil else {
            if found.isVersion2 { throw .unsupportedMechanism }
            return nil
        }
        guard let algorithm = found.algorithm, let credential = found.credential, let signature = found.signature,
            let date = found.date, let signedHeaders = found.signedHeaders, let expires = found.expires
        else { throw Self.incomplete }
        try Self.check(algorithm: query.value(of: algorithm))
        self.credential = query.value(of: credential)
        self.date = String(decoding: query.value(of: date), as: UTF8.self)
        self.expiresSeconds = try Self.seconds(query.value(of: expires))
        self.signedHeaders = query.value(of: signedHeaders)
        self.signature = query.value(of: signature)
        self.securityToken = found.securityToken.map { query.value(of: $0) }
        self.contentSHA256 = found.contentSHA256.map { query.value(of: $0) }
    }

    private struct Found {
        var algorithm: CanonicalQuery.Item?
        var credential: CanonicalQuery.Item?
        var date: CanonicalQuery.Item?
        var expires: CanonicalQuery.Item?
        var signedHeaders: CanonicalQuery.Item?
        var signature: CanonicalQuery.Item?
        var securityToken: CanonicalQuery.Item?
        var contentSHA256: CanonicalQuery.Item?
        private var version2Parts = 0

        var isVersion2: Bool { version2Parts >= 2 }

        /// False for a parameter that came before.
        mutating func note(_ item: CanonicalQuery.Item, of query: CanonicalQuery) throws(SigV4Error) -> Bool {
            switch item.split - item.nameStart {
            case 9 where query.name(of: item, is: "Signature"): version2Parts += 1
            case 14 where query.name(of: item, is: "AWSAccessKeyId"): version2Parts += 1
            case 10 where query.name(of: item, is: "X-Amz-Date"): return Self.set(&date, item)
            case 13 where query.name(of: item, is: "X-Amz-Expires"): return Self.set(&expires, item)
            case 15 where query.name(of: item, is: "X-Amz-Algorithm"): return Self.set(&algorithm, item)
            case 15 where query.name(of: item, is: "X-Amz-Signature"): return Self.set(&signature, item)
            case 16 where query.name(of: item, is: "X-Amz-Credential"): return Self.set(&credential, item)
            case 19 where query.name(of: item, is: "X-Amz-SignedHeaders"): return Self.set(&signedHeaders, item)
            case 20 where query.name(of: item, is: "X-Amz-Security-Token"): return Self.set(&securityToken, item)
            case 20 where query.name(of: item, is: "X-Amz-Content-Sha256"): return Self.set(&contentSHA256, item)
            default: break
            }
            return true
        }

        private static func set(_ place: inout CanonicalQuery.Item?, _ item: CanonicalQuery.Item) -> Bool {
            guard place == nil else { return false }
            place = item
            return true
        }
    }

    private static func check(algorithm: [UInt8]) throws(SigV4Error) {
        if HeaderText.equals(algorithm, SigV4.algorithm) { return }
        if HeaderText.equals(algorithm, "AWS4-ECDSA-P256-SHA256") { throw .unsupportedMechanism }
        throw .malformedQuery(message: "X-Amz-Algorithm only supports \"AWS4-HMAC-SHA256\"")
    }

    private static func seconds(_ text: [UInt8]) throws(SigV4Error) -> Int64 {
        let isNegative = text.first == UInt8(ascii: "-")
        let digits = isNegative ? text[1...] : text[...]
        guard !digits.isEmpty, digits.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else {
            throw .malformedQuery(message: "X-Amz-Expires should be a number")
        }
        if isNegative { throw .invalidExpires(message: "X-Amz-Expires must be non-negative") }
        var value: Int64 = 0
        for digit in digits {
            value = value * 10 + Int64(digit - UInt8(ascii: "0"))
            guard value <= SigV4.expiresSecondsMax else {
                throw .invalidExpires(
                    message: "X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires "
                        + "must be less than 604800 seconds")
            }
        }
        return value
    }
}
