import Model

/// The values of condition keys and variables, looked up only when a statement asks for them.
package protocol PolicyContext {
    /// The key's values in this request, `.absent` when it has none. Called once for each condition and variable that is
    /// looked at, so it should cost little; equal keys must get equal answers during one evaluation.
    func values(of key: ConditionKey) -> ConditionValues
}

/// What a context answers. A value is given in the form in which the caller has it; operators convert.
package enum ConditionValues: Sendable {
    /// The request has no such key: negated operators hold, others do not.
    case absent
    case text(String)
    case time(Timestamp)
    case integer(Int64)
    case bool(Bool)
    /// A key of several values (`aws:TagKeys`, `s3:RequestObjectTagKeys`). None is the same as `absent`.
    case texts([String])
}

/// The name of a condition key, as a Condition or a variable has it.
package struct ConditionKey: Hashable, Sendable, CustomStringConvertible {
    /// As it is written. What follows the first `/` is a tag's key.
    package let text: String
    /// In lower case (ASCII), the form in which keys are compared.
    package let name: String
    /// The part of `name` before the first `/`, or all of it: `s3:existingobjecttag`.
    package let family: String
    /// What follows the first `/`, as it is written, for keys that name a tag: `security`.
    package let tag: String?
    /// What `PolicyRules.number` gave the key when the policy was compiled, so that a context can switch over it.
    package let number: Int

    package init(_ text: String, number: Int = 0) {
        let slash = text.utf8.firstIndex(of: UInt8(ascii: "/"))
        self.text = text
        self.name = text.asciiLowercased
        self.family = text[..<(slash ?? text.endIndex)].asciiLowercased
        self.tag = slash.map { String(text[text.utf8.index(after: $0)...]) }
        self.number = number
    }

    package var description: String { text }
}

/// A context of fixed values, for tests, simulations and callers who have few.
package struct FixedPolicyContext: PolicyContext, Sendable {
    private var entries: [String: ConditionValues] = [:]

    /// Names in any case.
    package init(_ entries: [String: ConditionValues] = [:]) {
        for (name, values) in entries { self.entries[name.asciiLowercased] = values }
    }

    package func values(of key: ConditionKey) -> ConditionValues { entries[key.name] ?? .absent }
}

extension StringProtocol {
    /// With `A` to `Z` in lower case and all else kept, whatever the locale.
    var asciiLowercased: String {
        String(decoding: utf8.map(\.asciiLowercased), as: UTF8.self)
    }
}

extension UInt8 {
    var asciiLowercased: UInt8 { self &- UInt8(ascii: "A") < 26 ? self | 0x20 : self }
}
