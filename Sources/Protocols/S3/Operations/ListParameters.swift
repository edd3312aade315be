import AWSWire
import Objects

/// Parameters that all listings share.
struct ListParameters {
    let prefix: [UInt8]
    let delimiter: [UInt8]
    /// As the answer shows it: what was asked for, at most 1,000.
    let countMax: Int
    let text: ListText

    /// `countName` is what this listing calls its page size. Throws `InvalidArgument`.
    init(_ call: S3Call, countName: StaticString) throws(S3Error) {
        prefix = Array((call.query.value("prefix") ?? "").utf8)
        delimiter = Array((call.query.value("delimiter") ?? "").utf8)
        countMax = try Self.count(call, countName)
        text = try ListText(call)
    }

    /// A page size: 0 up, at most 1,000 of which are given. Throws `InvalidArgument`.
    static func count(_ call: S3Call, _ name: StaticString) throws(S3Error) -> Int {
        try checked(call.query.value(name), "\(name)").map { min($0, ObjectsLimits.pageMax) } ?? ObjectsLimits.pageMax
    }

    /// Takes memory for a page of so many entries, as they are found and written.
    static func reserve(_ call: S3Call, entries: Int) async throws {
        let bytes = entries * S3Limits.entryMemoryBytes
        if bytes > S3Limits.unreservedBytesMax { _ = try await call.body.reserve(bytes, least: bytes) }
    }

    /// A position among numbers, 0 when it is absent. Throws `InvalidArgument`.
    static func number(_ call: S3Call, _ name: StaticString) throws(S3Error) -> Int {
        try checked(call.query.value(name), "\(name)") ?? 0
    }

    /// Nil when absent or empty. Throws `InvalidArgument`.
    static func checked(_ text: String?, _ name: String) throws(S3Error) -> Int? {
        guard let text, !text.isEmpty else { return nil }
        guard let number = Int32(text) else {
            throw .invalidArgument("Provided \(name) not an integer or within integer range", name: name, value: text)
        }
        guard number >= 0 else {
            throw .invalidArgument("Argument \(name) must be an integer between 0 and 2147483647", name: name, value: text)
        }
        return Int(number)
    }

    func query(after: [UInt8]?) -> ListQuery {
        ListQuery(prefix: prefix, delimiter: delimiter, after: after, countMax: countMax)
    }
}
