import Bytes

/// The values of a policy's condition in the form in which they are compared: one test, whether it is negated or not.
enum ConditionTest: Hashable, Sendable {
    enum Order: Hashable, Sendable {
        case equal, less, lessOrEqual, greater, greaterOrEqual

        func holds<Value: Comparable>(_ a: Value, _ b: Value) -> Bool {
            switch self {
            case .equal: a == b
            case .less: a < b
            case .lessOrEqual: a <= b
            case .greater: a > b
            case .greaterOrEqual: a >= b
            }
        }
    }

    case texts([WildcardPattern])
    case numbers([PolicyNumber], Order)
    /// Milliseconds since 1970.
    case dates([Int64], Order)
    case bools([Bool])
    case binaries([[UInt8]])
    case addresses([AddressRange])
    case arns([ARNPattern])
    /// Whether the key should be missing.
    case null([Bool])

    /// Whether the request's value at `index` compares with one of the policy's values. What cannot be read as the operator's
    /// type compares with none.
    func compares<Context: PolicyContext>(_ values: ConditionValues, at index: Int, _ context: Context) -> Bool {
        switch self {
        case .texts(let patterns):
            return values.text(at: index).withBytes { patterns.matches($0, context) }
        case .arns(let patterns):
            return values.text(at: index).withBytes { bytes in
                for pattern in patterns where pattern.matches(bytes, context) { return true }
                return false
            }
        case .numbers(let wanted, let order):
            guard let number = values.number(at: index) else { return false }
            return wanted.contains { order.holds(number, $0) }
        case .dates(let wanted, let order):
            guard let date = values.date(at: index) else { return false }
            return wanted.contains { order.holds(date, $0) }
        case .bools(let wanted):
            guard let bool = values.bool(at: index) else { return false }
            return wanted.contains(bool)
        case .binaries(let wanted):
            guard let bytes = Base64.decode(values.text(at: index)) else { return false }
            return wanted.contains(bytes)
        case .addresses(let ranges):
            guard let address = AddressRange(values.text(at: index)) else { return false }
            return ranges.contains { $0.contains(address) }
        case .null(let wanted): return wanted.contains(false)
        }
    }
}

extension ConditionTest {
    /// Compiles the texts of one key. `variables` is whether the policy's version knows them.
    init(_ comparison: ConditionOperator.Comparison, _ texts: [String], variables: Bool, number: @escaping (String) -> Int?)
        throws(PolicyError)
    {
        let plain: PatternSyntax = variables ? .variables : []
        switch comparison {
        case .stringEquals, .stringNotEquals:
            self = .texts(texts.map { WildcardPattern($0, plain, number: number) })
        case .stringEqualsIgnoreCase, .stringNotEqualsIgnoreCase:
            self = .texts(texts.map { WildcardPattern($0, plain.union(.ignoringCase), number: number) })
        case .stringLike, .stringNotLike:
            self = .texts(texts.map { WildcardPattern($0, plain.union(.wildcards), number: number) })
        case .arnEquals, .arnNotEquals, .arnLike, .arnNotLike:
            self = .arns(texts.map { ARNPattern($0, plain.union(.wildcards), number: number) })
        case .numericEquals, .numericNotEquals: self = .numbers(try Self.numbers(texts), .equal)
        case .numericLessThan: self = .numbers(try Self.numbers(texts), .less)
        case .numericLessThanEquals: self = .numbers(try Self.numbers(texts), .lessOrEqual)
        case .numericGreaterThan: self = .numbers(try Self.numbers(texts), .greater)
        case .numericGreaterThanEquals: self = .numbers(try Self.numbers(texts), .greaterOrEqual)
        case .dateEquals, .dateNotEquals: self = .dates(try Self.dates(texts), .equal)
        case .dateLessThan: self = .dates(try Self.dates(texts), .less)
        case .dateLessThanEquals: self = .dates(try Self.dates(texts), .lessOrEqual)
        case .dateGreaterThan: self = .dates(try Self.dates(texts), .greater)
        case .dateGreaterThanEquals: self = .dates(try Self.dates(texts), .greaterOrEqual)
        case .bool: self = .bools(try Self.bools(texts))
        case .null: self = .null(try Self.bools(texts))
        case .binaryEquals:
            self = .binaries(try Self.parse(texts, Base64.decode) { .invalidConditionValue(type: "binary", $0) })
        case .ipAddress, .notIPAddress:
            self = .addresses(try Self.parse(texts, AddressRange.init) { _ in .invalidAddress })
        }
    }

    private static func numbers(_ texts: [String]) throws(PolicyError) -> [PolicyNumber] {
        try parse(texts, PolicyNumber.init) { .invalidConditionValue(type: "numeric", $0) }
    }

    private static func dates(_ texts: [String]) throws(PolicyError) -> [Int64] {
        try parse(texts, PolicyDate.milliseconds) { .invalidConditionValue(type: "date", $0) }
    }

    private static func bools(_ texts: [String]) throws(PolicyError) -> [Bool] {
        try parse(texts, ConditionValues.bool) { .invalidConditionValue(type: "boolean", $0) }
    }

    private static func parse<Value>(
        _ texts: [String], _ read: (String) -> Value?, _ error: (String) -> PolicyError
    ) throws(PolicyError) -> [Value] {
        var values: [Value] = []
        for text in texts {
            guard let value = read(text) else { throw error(text) }
            values.append(value)
        }
        return values
    }
}
