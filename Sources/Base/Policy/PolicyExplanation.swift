/// Why a policy said what it said: each statement with the first element that kept it from matching. Made by an evaluation of its
/// own, slower than `evaluate` and with the same outcome.
package struct PolicyExplanation: Hashable, Sendable, CustomStringConvertible {
    package let outcome: PolicyOutcome
    package let statements: [StatementExplanation]

    /// The statement that decided, if one did.
    package var deciding: StatementExplanation? {
        switch outcome {
        case .noMatch: nil
        case .allow(let statement, _), .explicitDeny(let statement): statements[statement]
        }
    }

    package var description: String { statements.map(\.description).joined(separator: "\n") }
}

package struct StatementExplanation: Hashable, Sendable, CustomStringConvertible {
    package enum Verdict: Hashable, Sendable {
        case matches(PolicyGrant)
        case otherAction
        case otherResource
        case otherPrincipal
        /// At least one condition does not hold: those of `conditions` that do not.
        case conditionFails
    }

    package let index: Int
    package let sid: String?
    package let effect: PolicyStatement.Effect
    package let verdict: Verdict
    /// Empty when action, resource or principal differ, since then nobody asks for conditions.
    package let conditions: [ConditionExplanation]

    package var description: String {
        let name = "statement \(index)" + (sid.map { " \"\($0)\"" } ?? "") + " (\(effect.rawValue))"
        switch verdict {
        case .matches: return ([name + " matches"] + conditions.map(\.description)).joined(separator: "; ")
        case .otherAction: return name + " is for other actions"
        case .otherResource: return name + " is for other resources"
        case .otherPrincipal: return name + " is for other principals"
        case .conditionFails:
            return name + " does not match: " + conditions.filter { !$0.holds }.map(\.description).joined(separator: "; ")
        }
    }
}

package struct ConditionExplanation: Hashable, Sendable, CustomStringConvertible {
    package let comparison: ConditionOperator
    package let key: String
    package let policyValues: [String]
    /// Empty when the request has no such key.
    package let requestValues: [String]
    package let holds: Bool

    package var description: String {
        func list(_ values: [String]) -> String { values.map { "\"\($0)\"" }.joined(separator: ", ") }
        let request = requestValues.isEmpty ? "which the request does not have" : "which is \(list(requestValues))"
        return "\(comparison) \(key) [\(list(policyValues))] \(holds ? "holds" : "does not hold") for \(key), \(request)"
    }
}

/// Why all policies together decided as they did.
package struct DecisionExplanation: Hashable, Sendable, CustomStringConvertible {
    package let decision: PolicyDecision
    /// Nil when the resource has no policy.
    package let resource: PolicyExplanation?
    /// In the order of `PolicySet.identityPolicies`.
    package let identity: [PolicyExplanation]

    /// The statement that decided, if one did.
    package var deciding: StatementExplanation? {
        switch decision.reason {
        case .resourcePolicy(let statement): resource?.statements[statement]
        case .identityPolicy(let policy, let statement): identity[policy].statements[statement]
        case .otherGrant, .rootOfOwner, .noIdentityAllow, .noResourceAllow, .noAllow: nil
        }
    }

    /// The decision on the first line, then each policy's statements.
    package var description: String {
        var lines = [(decision.isAllowed ? "allowed: " : "denied: ") + decision.reason.description]
        if let resource { lines += ["the resource's policy:", resource.description] }
        for (index, explanation) in identity.enumerated() { lines += ["identity policy \(index):", explanation.description] }
        return lines.joined(separator: "\n")
    }
}

extension PolicySet {
    /// What `decide` answers, with the reasons.
    package func explain<Context: PolicyContext>(
        _ request: PolicyRequest, _ context: Context, otherGrant: @autoclosure () -> PolicyGrant? = nil
    ) -> DecisionExplanation {
        DecisionExplanation(
            decision: decide(request, context, otherGrant: otherGrant()), resource: resourcePolicy?.explain(request, context),
            identity: identityPolicies.map { $0.explain(request, context) })
    }
}

extension PolicyDocument {
    /// What `evaluate` answers, with the reasons.
    package func explain<Context: PolicyContext>(_ request: PolicyRequest, _ context: Context) -> PolicyExplanation {
        var explanations: [StatementExplanation] = []
        for statement in statements { explanations.append(statement.explain(request, context)) }
        return PolicyExplanation(outcome: evaluate(request, context), statements: explanations)
    }
}

extension PolicyStatement {
    fileprivate func explain<Context: PolicyContext>(_ request: PolicyRequest, _ context: Context) -> StatementExplanation {
        func answer(_ verdict: StatementExplanation.Verdict, _ conditions: [ConditionExplanation] = []) -> StatementExplanation {
            StatementExplanation(index: index, sid: sid, effect: effect, verdict: verdict, conditions: conditions)
        }
        guard request.action.withBytes({ matches(action: $0, context) }) else { return answer(.otherAction) }
        guard request.resource.withBytes({ matches(resource: $0, context) }) else { return answer(.otherResource) }
        guard let grant = grant(to: request.principal) else { return answer(.otherPrincipal) }
        var explanations: [ConditionExplanation] = []
        for condition in conditions { explanations.append(condition.explain(context)) }
        return answer(explanations.allSatisfy(\.holds) ? .matches(grant) : .conditionFails, explanations)
    }
}

extension PolicyCondition {
    fileprivate func explain<Context: PolicyContext>(_ context: Context) -> ConditionExplanation {
        let found = context.values(of: key)
        return ConditionExplanation(
            comparison: comparison, key: key.text, policyValues: values, requestValues: found.allTexts, holds: holds(found, context))
    }
}
