/// A policy, compiled: immutable, safe on any thread, decided without allocating (but for long texts with variables).
package struct PolicyDocument: Hashable, Sendable {
    package let version: PolicyVersion
    package let id: String?
    /// At least one.
    package let statements: [PolicyStatement]

    /// Compiles a text. Whatever is wrong with it, and what `rules` refuse, is thrown.
    package init(parsing text: some Collection<UInt8>, rules: some PolicyRules) throws(PolicyError) {
        self = try PolicyParser(rules: rules).parse(text)
    }

    init(version: PolicyVersion, id: String?, statements: [PolicyStatement]) {
        self.version = version
        self.id = id
        self.statements = statements
    }

    /// What the policy says to a request: an explicit deny before every allow.
    package func evaluate<Context: PolicyContext>(_ request: PolicyRequest, _ context: Context) -> PolicyOutcome {
        var best: (statement: Int, grant: PolicyGrant)?
        // By index here and below: an element taken out of its array is copied, and its own arrays are counted, which takes
        // longer than the comparison.
        for index in statements.indices {
            let isDeny = statements[index].effect == .deny
            if let best, !isDeny, best.grant == .direct { continue }
            guard let grant = statements[index].grant(request, context) else { continue }
            if isDeny { return .explicitDeny(statement: index) }
            if best.map({ $0.grant < grant }) ?? true { best = (index, grant) }
        }
        return best.map { .allow(statement: $0.statement, $0.grant) } ?? .noMatch
    }
}

package enum PolicyVersion: String, Hashable, Sendable {
    case v2008 = "2008-10-17"
    /// The version that knows variables.
    case v2012 = "2012-10-17"
}

extension PolicyStatement {
    /// How the statement reaches the caller when all its elements match.
    fileprivate func grant<Context: PolicyContext>(_ request: PolicyRequest, _ context: Context) -> PolicyGrant? {
        guard request.action.withBytes({ matches(action: $0, context) }) else { return nil }
        guard request.resource.withBytes({ matches(resource: $0, context) }) else { return nil }
        guard let grant = grant(to: request.principal) else { return nil }
        for index in conditions.indices where !conditions[index].holds(context) { return nil }
        return grant
    }
}
