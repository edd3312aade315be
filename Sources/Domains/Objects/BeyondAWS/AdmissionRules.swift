import JSON
import Model
import NIOCore

/// What a bucket demands of every new object. All rules whose prefix and suffix the key has must hold.
package struct AdmissionRules: Sendable, Hashable {
    package static let bytesMax = 64 * 1024
    package static let rulesMax = 100
    package static let limits = JSONLimits(bytesMax: bytesMax, valuesMax: 10_000, depthMax: 40)

    package let rules: [AdmissionRule]
    /// The text that the rules were read from.
    package let document: [UInt8]

    /// Throws `AdmissionProblem`.
    package init(document: [UInt8]) throws(AdmissionProblem) {
        let value: JSONValue
        do {
            value = try JSONValue.parse(ByteBuffer(bytes: document), limits: Self.limits)
        } catch {
            throw AdmissionProblem("The rules are no JSON document: \(error).")
        }
        guard let object = value.object, let list = object["rules"]?.array, object.members.count == 1 else {
            throw AdmissionProblem("The document must be an object with a list \"rules\", and nothing else.")
        }
        guard (1...Self.rulesMax).contains(list.count) else { throw AdmissionProblem("A bucket has 1 to \(Self.rulesMax) rules.") }
        var rules: [AdmissionRule] = []
        for (index, entry) in list.enumerated() {
            guard let entry = entry.object else { throw AdmissionProblem("A rule is an object.") }
            rules.append(try AdmissionRule(entry, name: "rule \(index + 1)"))
        }
        self.rules = rules
        self.document = document
    }

    /// The rules for this key.
    package func about(_ key: ObjectKey) -> [AdmissionRule] { rules.filter { $0.isAbout(key) } }
}

extension AdmissionRules: BucketSetting {
    package static let kind = BucketSettingKind.admission

    package init(stored: [UInt8]) throws { try self.init(document: stored) }

    /// The JSON text as it came.
    package func stored() throws -> [UInt8] { document }
}

package struct AdmissionProblem: Error, Hashable, Sendable {
    package let text: String

    init(_ text: String) { self.text = text }
}

/// Asks a declared function.
package struct AdmissionQuestion: Hashable, Sendable {
    package let function: ARN
    package let timeout: Duration
    /// What counts when the function does not answer.
    package let admitsOnFailure: Bool
}

package struct AdmissionRule: Hashable, Sendable {
    private static let timeouts: ClosedRange<Int64> = 1...30_000
    private static let timeoutDefault: Int64 = 2_000

    /// For refusals; "rule 3" without an id of its own.
    package private(set) var name: String
    private var prefix: [UInt8] = []
    private var suffix: [UInt8] = []
    private var sizes: ClosedRange<Int64> = 0...Int64.max
    /// Lower case; `image/*` means all of a kind.
    private var contentTypes: [String]?
    package private(set) var schema: JSONSchema?
    package private(set) var question: AdmissionQuestion?

    init(_ object: JSONObject, name: String) throws(AdmissionProblem) {
        self.name = object["id"]?.string ?? name
        var (least, most) = (Int64(0), Int64.max)
        var (timeout, admitsOnFailure) = (Self.timeoutDefault, false)
        var function: ARN?
        for member in object.members {
            func problem(_ expected: String) -> AdmissionProblem {
                AdmissionProblem("\(self.name): \"\(member.name)\" must be \(expected).")
            }
            func text() throws(AdmissionProblem) -> String {
                guard let text = member.value.string else { throw problem("a text") }
                return text
            }
            func number(_ range: ClosedRange<Int64>) throws(AdmissionProblem) -> Int64 {
                guard let number = member.value.int64, range.contains(number) else {
                    throw problem("a number from \(range.lowerBound) to \(range.upperBound)")
                }
                return number
            }
            switch member.name {
            case "id": _ = try text()
            case "prefix": prefix = Array(try text().utf8)
            case "suffix": suffix = Array(try text().utf8)
            case "sizeMin": least = try number(0...ObjectsLimits.objectBytesMax)
            case "sizeMax": most = try number(0...ObjectsLimits.objectBytesMax)
            case "contentTypes":
                guard let list = member.value.array, !list.isEmpty else { throw problem("a list of content types") }
                contentTypes = list.compactMap { $0.string?.lowercased() }
                guard contentTypes?.count == list.count else { throw problem("a list of content types") }
            case "schema":
                do { schema = try JSONSchema(member.value) } catch { throw AdmissionProblem("\(self.name): \"schema\": \(error).") }
            case "function":
                function = ARN(try text())
                guard function?.service == "lambda" else { throw problem("the ARN of a function") }
            case "timeoutMilliseconds": timeout = try number(Self.timeouts)
            case "onFailure":
                guard let choice = ["refuse": false, "admit": true][try text()] else { throw problem("refuse or admit") }
                admitsOnFailure = choice
            default: throw AdmissionProblem("\(self.name): unknown setting \"\(member.name)\".")
            }
        }
        guard least <= most else { throw AdmissionProblem("\(self.name): \"sizeMin\" is above \"sizeMax\".") }
        sizes = least...most
        question = function.map {
            AdmissionQuestion(function: $0, timeout: .milliseconds(timeout), admitsOnFailure: admitsOnFailure)
        }
    }

    func isAbout(_ key: ObjectKey) -> Bool {
        key.utf8.starts(with: prefix) && key.utf8.reversed().starts(with: suffix.reversed())
    }

    /// Why an object of this size and type may not come in; nil when it may.
    func refusal(size: Int64, contentType: String?) -> String? {
        if size < sizes.lowerBound { return "\(name): an object has at least \(sizes.lowerBound) bytes, not \(size)." }
        if size > sizes.upperBound { return "\(name): an object has at most \(sizes.upperBound) bytes, not \(size)." }
        guard let contentTypes else { return nil }
        let type = (contentType ?? "").prefix { $0 != ";" }.filter { $0 != " " }.lowercased()
        let isAllowed = contentTypes.contains { allowed in
            allowed.hasSuffix("/*") ? type.hasPrefix(allowed.dropLast()) : type == allowed
        }
        return isAllowed ? nil : "\(name): the content type \"\(type)\" is none of those allowed."
    }
}
