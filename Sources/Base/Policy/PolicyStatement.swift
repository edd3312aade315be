/// One statement of a policy, compiled.
package struct PolicyStatement: Sendable {
    package enum Effect: String, Sendable {
        case allow = "Allow"
        case deny = "Deny"
    }

    /// Whom a Principal or NotPrincipal names.
    package enum Principal: Hashable, Sendable {
        /// `*` or `{"AWS": "*"}`.
        case everyone
        /// An account, by number or by its root's ARN.
        case account(String)
        /// A user, a role, a session, by ARN.
        case arn(account: String, String)
        case canonicalUser(String)
        case federated(String)
        case service(String)
    }

    package let index: Int
    package let sid: String?
    package let effect: Effect
    /// Empty in identity policies.
    package let principals: [Principal]
    /// Whether the statement is for all but `principals`, `actions`, `resources`.
    package let excludesPrincipals: Bool
    package let actions: [WildcardPattern]
    package let excludesActions: Bool
    package let resources: [WildcardPattern]
    package let excludesResources: Bool
}
