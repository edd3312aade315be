import AWSWire
import Bytes
import HTTPTypes
import Model
import Objects

/// `x-amz-tagging` and its directive.
enum TagHeaders {
    /// The tags that the request gives its object: `key=value&key=value`, form-encoded. Throws `InvalidArgument`, and what
    /// `TagDocument.checked` throws.
    static func tags(_ call: S3Call) throws(S3Error) -> TagSet {
        guard call.groups.contains(.tagging), let text = call.headers[.amzTagging] else { return .empty }
        return try parse(text)
    }

    static func parse(_ text: String) throws(S3Error) -> TagSet {
        if text.isEmpty { return .empty }
        guard let pairs = FormText.pairs(text) else { throw malformed(text) }
        var keys: Set<String> = []
        for pair in pairs where !keys.insert(pair.name).inserted || pair.name.isEmpty { throw malformed(text) }
        let tags = pairs.map { Tag(key: $0.name, value: $0.value) }
        // A comma between pairs, say.
        guard tags.allSatisfy({ TagRules.permits(key: $0.key) && TagRules.permits(value: $0.value) }) else { throw malformed(text) }
        return try TagDocument.checked(tags, of: .object)
    }

    /// Of a copy. Throws `InvalidArgument` for an unknown directive.
    static func directive(_ call: S3Call, mayReadSource: () async throws -> Bool) async throws -> CopyRequest.Tags {
        switch call.headers[.amzTaggingDirective] ?? "COPY" {
        case "COPY": return try await mayReadSource() ? .copied : .withheld
        case "REPLACE": return .replaced(try tags(call))
        case let other:
            throw S3Error.invalidArgument("Unknown tagging directive.", name: "x-amz-tagging-directive", value: other)
        }
    }

    private static func malformed(_ text: String) -> S3Error {
        .invalidArgument(
            "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters without tag name duplicates.",
            name: "x-amz-tagging", value: text)
    }
}

/// `a=b&c=d` as forms encode it: `+` is a space.
enum FormText {
    /// Nil for what is not percent-encoded UTF-8. A pair without `=` has an empty value; empty pairs are skipped.
    static func pairs(_ text: String) -> [(name: String, value: String)]? {
        var pairs: [(name: String, value: String)] = []
        for pair in text.utf8.split(separator: UInt8(ascii: "&")) {
            let halves = pair.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = decode(halves[0]), let value = halves.count > 1 ? decode(halves[1]) : "" else { return nil }
            pairs.append((name, value))
        }
        return pairs
    }

    private static func decode(_ text: Substring.UTF8View) -> String? {
        PercentEncoding.decode(Substring(text), plusIsSpace: true).flatMap { String(validating: $0, as: UTF8.self) }
    }
}
