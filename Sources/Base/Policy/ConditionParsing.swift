import JSON

extension PolicyParser {
    /// An object of operators, each an object of keys, each with one value or a list.
    func conditions(_ value: JSONValue?, variables: Bool) throws(PolicyError) -> [PolicyCondition] {
        guard let value else { return [] }
        guard let operators = value.object else { throw .syntax("Condition") }
        var conditions: [PolicyCondition] = []
        for member in operators.members {
            guard let comparison = ConditionOperator(member.name) else { throw .invalidConditionType(member.name) }
            guard let keys = member.value.object else { throw .syntax("Condition") }
            for key in keys.members {
                let number = try number(of: ConditionKey(key.name))
                let values = try conditionValues(key.value)
                let test = try ConditionTest(comparison.comparison, values, variables: variables, number: rules.number)
                conditions.append(
                    PolicyCondition(comparison: comparison, key: ConditionKey(key.name, number: number), values: values, test: test))
            }
        }
        return conditions
    }

    /// Every key is `service:name`.
    private func number(of key: ConditionKey) throws(PolicyError) -> Int {
        let parts = key.family.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, parts.allSatisfy({ !$0.isEmpty }), let number = rules.number(ofKey: key.family) else {
            throw .invalidConditionKey
        }
        return number
    }

    /// Numbers and truth values may stand without quotes.
    private func conditionValues(_ value: JSONValue) throws(PolicyError) -> [String] {
        var texts: [String] = []
        for element in value.array ?? [value] {
            switch element {
            case .string(let text), .number(let text): texts.append(text)
            case .bool(let bool): texts.append(bool ? "true" : "false")
            default: throw .syntax("Condition")
            }
        }
        return texts
    }
}
