/// One key under one operator of a Condition. All conditions of a statement must hold.
package struct PolicyCondition: Hashable, Sendable {
    package let comparison: ConditionOperator
    package let key: ConditionKey
    /// The policy's values as they are written: one of them must compare, for a negated operator none.
    package let values: [String]
    let test: ConditionTest

    func holds<Context: PolicyContext>(_ context: Context) -> Bool {
        holds(context.values(of: key), context)
    }

    /// As AWS has it: a key that the request does not have makes an operator false and a negated one true, `ForAllValues` true
    /// and `ForAnyValue` false; with `IfExists` always true. Several values without a quantifier are judged together: an operator
    /// holds when one compares, a negated one when none does.
    func holds<Context: PolicyContext>(_ values: ConditionValues, _ context: Context) -> Bool {
        let count = values.count
        if case .null(let wanted) = test { return wanted.contains(count == 0) }
        let negated = comparison.comparison.isNegated
        if count == 0 {
            return comparison.ifExists || (comparison.quantifier.map { $0 == .forAllValues } ?? negated)
        }
        switch comparison.quantifier {
        case .forAllValues:
            for index in 0..<count where test.compares(values, at: index, context) == negated { return false }
            return true
        case .forAnyValue:
            for index in 0..<count where test.compares(values, at: index, context) != negated { return true }
            return false
        case nil:
            for index in 0..<count where test.compares(values, at: index, context) { return !negated }
            return negated
        }
    }
}
