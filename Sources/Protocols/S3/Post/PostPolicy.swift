import Bytes
import HTTPTypes
import JSON
import Model
import NIOCore

/// The policy of a browser's form: until when it may be sent and what its fields must hold.
///
/// Source: https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTConstructPolicy.html
package struct PostPolicy: Sendable {
    private enum Test: Sendable {
        case equals
        case startsWith
    }

    private struct Condition: Sendable {
        /// In lower case.
        let field: String
        let test: Test
        let value: String

        /// As AWS shows it when it fails, whichever way it was written.
        var text: String {
            PostPolicy.text([.string(test == .equals ? "eq" : "starts-with"), .string("$" + field), .string(value)])
        }

        func holds(_ text: String) -> Bool {
            switch test {
            case .equals: return text == value
            case .startsWith where field == "content-type":
                return text.split(separator: ",", omittingEmptySubsequences: false).allSatisfy { $0.trimmed.utf8.starts(with: value.utf8) }
            case .startsWith: return text.utf8.starts(with: value.utf8)
            }
        }
    }

    private let expiration: Timestamp
    private var conditions: [Condition] = []
    private var lengthRanges: [ClosedRange<Int64>] = []
    /// The first condition that means nothing, so that no form meets it.
    private var impossible: String?

    /// `encoded` is the field's text: Base64 of JSON. Throws `InvalidPolicyDocument`.
    package init(encoded: String) throws(S3Error) {
        let text = encoded.filter { !$0.isWhitespace }
        guard let bytes = Base64.decode(text) else { throw .invalidPolicyDocument("Invalid Base64 Encoding.") }
        let limits = JSONLimits(bytesMax: S3Limits.configurationBytesMax)
        guard let document = try? JSONValue.parse(ByteBuffer(bytes: Self.withoutDollarEscapes(bytes)), limits: limits),
            let object = document.object
        else { throw .invalidPolicyDocument("Invalid JSON.") }
        guard let expiration = object["expiration"] else { throw .invalidPolicyDocument("Policy missing expiration.") }
        guard let time = expiration.string.flatMap(ISO8601.parse) else {
            throw .invalidPolicyDocument("Invalid 'expiration' value: '\(expiration.string ?? "")'")
        }
        guard let list = object["conditions"] else { throw .invalidPolicyDocument("Policy missing conditions.") }
        guard let items = list.array else { throw .invalidPolicyDocument("Invalid 'conditions' value: must be a List.") }
        for member in object.members where member.name != "expiration" && member.name != "conditions" {
            throw .invalidPolicyDocument("Unexpected: '\(member.name)'")
        }
        self.expiration = time
        for item in items { try add(item) }
    }

    private mutating func add(_ item: JSONValue) throws(S3Error) {
        if let object = item.object {
            guard object.members.count == 1, let member = object.members.first else {
                throw .invalidPolicyDocument("Invalid Simple-Condition: Simple-Conditions must have exactly one property specified.")
            }
            guard let value = member.value.string else {
                throw .invalidPolicyDocument("Invalid Simple-Condition: value must be a string.")
            }
            conditions.append(Condition(field: member.name.lowercased(), test: .equals, value: value))
            return
        }
        guard let parts = item.array, let name = parts.first?.string else {
            throw .invalidPolicyDocument("Invalid Condition: must be a List or an Object.")
        }
        switch name.lowercased() {
        case "eq": try addCondition(.equals, parts)
        case "starts-with": try addCondition(.startsWith, parts)
        case "content-length-range": try addRange(parts)
        default: throw .invalidPolicyDocument("Invalid Condition: unknown operation '\(name)'.")
        }
    }

    private mutating func addCondition(_ test: Test, _ parts: [JSONValue]) throws(S3Error) {
        guard parts.count == 3, let field = parts[1].string, let value = parts[2].string else {
            throw .invalidPolicyDocument("Invalid Condition: it must have three parts, the second a field's name after a '$'.")
        }
        guard field.hasPrefix("$"), field.utf8.count > 1 else {
            impossible = impossible ?? Self.text(parts)
            return
        }
        conditions.append(Condition(field: field.dropFirst().lowercased(), test: test, value: value))
    }

    private mutating func addRange(_ parts: [JSONValue]) throws(S3Error) {
        guard parts.count == 3 else {
            throw .invalidPolicyDocument("Invalid Content-Length-Range: it must have two numbers, the lower one first.")
        }
        guard let least = Self.number(parts[1]), let most = Self.number(parts[2]) else {
            impossible = impossible ?? Self.text(parts)
            return
        }
        guard least >= 0, least <= most else {
            throw .invalidPolicyDocument("Invalid Content-Length-Range: it must have two numbers, the lower one first.")
        }
        lengthRanges.append(least...most)
    }

    /// `["eq", "$key", "value"]`
    private static func text(_ parts: [JSONValue]) -> String {
        "[" + parts.map { String(buffer: $0.bytes) }.joined(separator: ", ") + "]"
    }

    private static func number(_ value: JSONValue) -> Int64? { value.int64 ?? value.string.flatMap { Int64($0) } }

    /// AWS's policies escape a dollar sign as `\$`, which JSON does not know.
    private static func withoutDollarEscapes(_ bytes: [UInt8]) -> [UInt8] {
        let (backslash, dollar) = (UInt8(ascii: "\\"), UInt8(ascii: "$"))
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count)
        var isEscaped = false
        for byte in bytes {
            if isEscaped, byte == dollar { result.removeLast() }
            result.append(byte)
            isEscaped = !isEscaped && byte == backslash
        }
        return result
    }

    /// `fields` by their names in lower case, in the form's order, the bucket among them. Throws `AccessDenied` for a policy that is past,
    /// a condition that fails and a field without a condition. At AWS a condition on a field that the form has not fails; at Ceph the
    /// field counts as empty.
    package func check(_ fields: [PostField], now: Timestamp, dialect: S3Dialect = .aws) throws(S3Error) {
        guard now < expiration else { throw .postPolicyDenied("Policy expired.") }
        for condition in conditions {
            let value = fields.first { $0.name == condition.field }?.value ?? (dialect == .ceph ? "" : nil)
            guard let value, condition.holds(value) else { throw .postPolicyDenied("Policy Condition failed: \(condition.text)") }
        }
        if let impossible { throw .postPolicyDenied("Policy Condition failed: \(impossible)") }
        let known = Set(conditions.map(\.field))
        let extra = fields.map(\.name).filter { !known.contains($0) && !PostField.needsNoCondition($0) }
        guard extra.isEmpty else { throw .postPolicyDenied("Extra input fields: \(extra.joined(separator: ", "))") }
    }

    /// The most bytes that the file may have.
    package var lengthMax: Int64 { lengthRanges.map(\.upperBound).min() ?? .max }
    package var lengthMin: Int64 { lengthRanges.map(\.lowerBound).max() ?? 0 }
}

/// A field of a form.
package struct PostField: Hashable, Sendable {
    /// In lower case.
    package let name: String
    package let value: String

    package init(name: String, value: String) {
        self.name = name
        self.value = value
    }

    /// What proves the policy, what is to be ignored, and what only makes the bytes more certain.
    static func needsNoCondition(_ name: String) -> Bool {
        switch name {
        case "awsaccesskeyid", "signature", "x-amz-signature", "policy", "file": true
        default: name.hasPrefix("x-ignore-") || name.hasPrefix("x-amz-checksum-")
        }
    }
}

extension S3Error {
    fileprivate static func invalidPolicyDocument(_ reason: String) -> S3Error {
        S3Error(.badRequest, "InvalidPolicyDocument", "Invalid Policy: \(reason)")
    }

    fileprivate static func postPolicyDenied(_ reason: String) -> S3Error {
        S3Error(.forbidden, "AccessDenied", "Invalid according to Policy: \(reason)")
    }
}
