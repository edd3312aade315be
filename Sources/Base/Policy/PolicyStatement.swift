/// One statement of a policy, compiled.
package struct PolicyStatement: Hashable, Sendable {
    package enum Effect: String, Hashable, Sendable {
        case allow = "Allow"
        case deny = "Deny"
    }

    /// Whom a Principal or NotPrincipal names.
    package enum Principal: Hashable, Sendable {
        /// `*` or `{"AWS": "*"}`.
        case everyone
        /// An account, by its number or its root's ARN.
        case account(String)
        /// A role and all its sessions.
        case role(arn: String, account: String, name: String)
        /// A user, or one session of a role or of a federated user.
        case arn(String, account: String)
        /// An account, by its canonical user id.
        case canonicalUser(String)
        /// An identity provider.
        case federated(String)
        /// A service, by its name.
        case service(String)
    }

    /// From 0.
    package let index: Int
    package let sid: String?
    package let effect: Effect
    /// Empty in identity policies.
    package let principals: [Principal]
    /// Whether the statement is for all but `principals`.
    package let excludesPrincipals: Bool
    package let actions: [WildcardPattern]
    package let excludesActions: Bool
    package let resources: [WildcardPattern]
    package let excludesResources: Bool
    package let conditions: [PolicyCondition]
}

extension PolicyStatement {
    /// Whether the statement speaks of an action, whatever its principals, resources and conditions.
    package func appliesTo(action: String) -> Bool {
        actions.contains { $0.canMatch(action) } != excludesActions
    }

    func matches<Context: PolicyContext>(action: UnsafeBufferPointer<UInt8>, _ context: Context) -> Bool {
        actions.matches(action, context) != excludesActions
    }

    /// A variable without a value makes a pattern match nothing. Under a NotResource of an Allow that would open everything, so
    /// such a statement does not match at all.
    func matches<Context: PolicyContext>(resource: UnsafeBufferPointer<UInt8>, _ context: Context) -> Bool {
        if resources.matches(resource, context) { return !excludesResources }
        guard excludesResources else { return false }
        if effect == .deny { return true }
        for pattern in resources where !pattern.hasValues(context) { return false }
        return true
    }
}

extension Array<WildcardPattern> {
    /// Whether one of them matches.
    func matches<Context: PolicyContext>(_ text: UnsafeBufferPointer<UInt8>, _ context: Context) -> Bool {
        for index in indices where self[index].matches(text, context) { return true }
        return false
    }
}

extension WildcardPattern {
    /// Whether each variable has a value.
    fileprivate func hasValues<Context: PolicyContext>(_ context: Context) -> Bool {
        for variable in variables where variable.fallback == nil && context.values(of: variable.key).singleText == nil { return false }
        return true
    }
}
