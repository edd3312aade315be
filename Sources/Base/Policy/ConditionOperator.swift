/// What a Condition's operator says: `ForAnyValue:StringNotLikeIfExists`.
///
/// Source: IAM User Guide, "IAM JSON policy elements: Condition operators".
package struct ConditionOperator: Hashable, Sendable, CustomStringConvertible {
    package enum Comparison: String, Hashable, Sendable, CaseIterable {
        case stringEquals = "StringEquals"
        case stringNotEquals = "StringNotEquals"
        case stringEqualsIgnoreCase = "StringEqualsIgnoreCase"
        case stringNotEqualsIgnoreCase = "StringNotEqualsIgnoreCase"
        case stringLike = "StringLike"
        case stringNotLike = "StringNotLike"
        case numericEquals = "NumericEquals"
        case numericNotEquals = "NumericNotEquals"
        case numericLessThan = "NumericLessThan"
        case numericLessThanEquals = "NumericLessThanEquals"
        case numericGreaterThan = "NumericGreaterThan"
        case numericGreaterThanEquals = "NumericGreaterThanEquals"
        case dateEquals = "DateEquals"
        case dateNotEquals = "DateNotEquals"
        case dateLessThan = "DateLessThan"
        case dateLessThanEquals = "DateLessThanEquals"
        case dateGreaterThan = "DateGreaterThan"
        case dateGreaterThanEquals = "DateGreaterThanEquals"
        case bool = "Bool"
        case binaryEquals = "BinaryEquals"
        case ipAddress = "IpAddress"
        case notIPAddress = "NotIpAddress"
        case arnEquals = "ArnEquals"
        case arnLike = "ArnLike"
        case arnNotEquals = "ArnNotEquals"
        case arnNotLike = "ArnNotLike"
        case null = "Null"
    }

    /// How a key of several values is judged.
    package enum Quantifier: String, Hashable, Sendable {
        /// Every value of the request must hold; none at all holds.
        case forAllValues = "ForAllValues"
        /// One value of the request must hold; none at all does not hold.
        case forAnyValue = "ForAnyValue"
    }

    package let comparison: Comparison
    package let quantifier: Quantifier?
    /// A key that the request does not have makes the condition hold.
    package let ifExists: Bool

    /// Nil for what is no operator. Null knows no IfExists. Names are compared with their case.
    package init?(_ text: String) {
        var name = text[...]
        var quantifier: Quantifier?
        if let colon = text.firstIndex(of: ":") {
            guard let found = Quantifier(rawValue: String(text[..<colon])) else { return nil }
            quantifier = found
            name = text[text.index(after: colon)...]
        }
        let suffix = "IfExists"
        self.quantifier = quantifier
        if let comparison = Comparison(rawValue: String(name)) {
            self.comparison = comparison
            self.ifExists = false
        } else if name.hasSuffix(suffix), let comparison = Comparison(rawValue: String(name.dropLast(suffix.count))), comparison != .null {
            self.comparison = comparison
            self.ifExists = true
        } else {
            return nil
        }
    }

    package var description: String {
        (quantifier.map { $0.rawValue + ":" } ?? "") + comparison.rawValue + (ifExists ? "IfExists" : "")
    }
}

extension ConditionOperator.Comparison {
    /// Whether the operator holds when no value of the policy compares: `StringNotEquals`.
    package var isNegated: Bool {
        switch self {
        case .stringNotEquals, .stringNotEqualsIgnoreCase, .stringNotLike, .numericNotEquals, .dateNotEquals, .notIPAddress, .arnNotEquals,
            .arnNotLike:
            true
        default: false
        }
    }
}
