/// The answer of all policies together, and which of them gave it.
package enum PolicyDecision: Hashable, Sendable {
    case allow(PolicyReason)
    case deny(PolicyReason)

    package var isAllowed: Bool { if case .allow = self { true } else { false } }
    package var reason: PolicyReason {
        switch self {
        case .allow(let reason), .deny(let reason): reason
        }
    }
}

package enum PolicyReason: Hashable, Sendable {
    /// A statement of the resource's policy.
    case resourcePolicy(statement: Int)
    /// A statement of an identity policy, by its place in the list.
    case identityPolicy(policy: Int, statement: Int)
    /// Both are needed and both allow.
    case bothPolicies(policy: Int, statement: Int, resourceStatement: Int)
    /// The caller is the root of the account that owns the resource.
    case rootOfOwner
    /// The caller is another account's root, whom a statement of the resource's policy allows.
    case otherGrant
    /// No policy of the caller's allows the action, and the resource's policy does not grant it directly.
    case noIdentityAllow
    /// Nothing on the resource's side allows the action to this caller.
    case noResourceAllow
}

/// What decides when several policies speak of one request.
///
/// Source: IAM User Guide, "Policy evaluation logic" and "Cross-account policy evaluation logic".
package struct PolicySet: Sendable {
    /// The policies of the caller and of the groups it is in.
    package var identityPolicies: [PolicyDocument]
    package var resourcePolicy: PolicyDocument?
    /// The account that owns the resource.
    package var owner: String

    package init(owner: String, resourcePolicy: PolicyDocument?, identityPolicies: [PolicyDocument] = []) {
        self.owner = owner
        self.resourcePolicy = resourcePolicy
        self.identityPolicies = identityPolicies
    }

    /// `otherGrant` is whether something besides policies allows the action on the resource's side (an ACL); asked only when no
    /// policy denies or allows.
    package func decide<Context: PolicyContext>(
        _ request: PolicyRequest, _ context: borrowing Context, otherGrant: @autoclosure () -> Bool = false
    ) -> PolicyDecision {
        .deny(.noResourceAllow)
    }
}
