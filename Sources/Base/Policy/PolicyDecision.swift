/// The answer of all policies together, and what gave it.
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

/// What decided. The texts of `description` are for logs, audit and explanations, not for clients.
package enum PolicyReason: Hashable, Sendable, CustomStringConvertible {
    /// A statement of the resource's policy.
    case resourcePolicy(statement: Int)
    /// A statement of an identity policy, by its place in the list.
    case identityPolicy(policy: Int, statement: Int)
    /// A grant beside policies: an ACL.
    case otherGrant
    /// The caller is the root of the account that owns the resource.
    case rootOfOwner
    /// The resource's side would allow, but the caller's own policies do not, and they are needed.
    case noIdentityAllow
    /// Nothing on the resource's side allows the action to a caller of another account or of none.
    case noResourceAllow
    /// The caller is of the owning account and nothing allows the action.
    case noAllow

    package var description: String {
        switch self {
        case .resourcePolicy(let statement): "statement \(statement) of the resource's policy"
        case .identityPolicy(let policy, let statement): "statement \(statement) of identity policy \(policy)"
        case .otherGrant: "a grant beside policies"
        case .rootOfOwner: "the caller is the root of the owning account"
        case .noIdentityAllow: "no identity policy of the caller allows the action, and one is needed"
        case .noResourceAllow: "nothing on the resource's side allows the action to this caller"
        case .noAllow: "no statement allows the action"
        }
    }
}

/// All policies that speak of one resource and one caller, and how they are combined.
///
/// An explicit deny of any policy wins. Within the owning account one allow suffices: of an identity policy, or of the resource's
/// policy when it names the caller or everybody. A statement that names the account only lets the account decide, so that
/// the caller's identity policies are needed as well. Between accounts both sides must allow. Root needs no identity
/// policy: its own account's side always allows. Whoever has no account needs the resource's side only.
///
/// Source: IAM User Guide, "Policy evaluation logic", "Cross-account policy evaluation logic".
package struct PolicySet: Sendable {
    /// The account that owns the resource.
    package var owner: String
    package var resourcePolicy: PolicyDocument?
    /// Those of the caller and of its groups.
    package var identityPolicies: [PolicyDocument]

    package init(owner: String, resourcePolicy: PolicyDocument?, identityPolicies: [PolicyDocument] = []) {
        self.owner = owner
        self.resourcePolicy = resourcePolicy
        self.identityPolicies = identityPolicies
    }

    /// `otherGrant` is what something besides policies (an ACL) gives to the caller, asked only when no policy denies and the
    /// answer can matter.
    package func decide<Context: PolicyContext>(
        _ request: PolicyRequest, _ context: Context, otherGrant: @autoclosure () -> PolicyGrant? = nil
    ) -> PolicyDecision {
        let resource = resourcePolicy?.evaluate(request, context) ?? .noMatch
        if case .explicitDeny(let statement) = resource { return .deny(.resourcePolicy(statement: statement)) }
        var identityAllow: PolicyReason?
        for (index, policy) in identityPolicies.enumerated() {
            switch policy.evaluate(request, context) {
            case .explicitDeny(let statement): return .deny(.identityPolicy(policy: index, statement: statement))
            case .allow(let statement, _): identityAllow = identityAllow ?? .identityPolicy(policy: index, statement: statement)
            case .noMatch: break
            }
        }
        return combine(request.principal, resource, identityAllow, otherGrant)
    }

    /// When nothing denies.
    private func combine(
        _ caller: PolicyPrincipal, _ resource: PolicyOutcome, _ identityAllow: PolicyReason?, _ otherGrant: () -> PolicyGrant?
    ) -> PolicyDecision {
        let isOfOwner = caller.isOfAnAccount && caller.account == owner
        if isOfOwner, caller.kind == .root { return .allow(.rootOfOwner) }
        if isOfOwner, let identityAllow { return .allow(identityAllow) }
        var side: (grant: PolicyGrant, reason: PolicyReason)?
        if case .allow(let statement, let grant) = resource { side = (grant, .resourcePolicy(statement: statement)) }
        // An ACL can still give to everybody what the policy gives to the account only.
        if side == nil || (isOfOwner && side?.grant == .account), let grant = otherGrant(), grant > side?.grant ?? .account || side == nil {
            side = (grant, .otherGrant)
        }
        guard let side else { return .deny(isOfOwner ? .noAllow : .noResourceAllow) }
        if isOfOwner { return side.grant == .account ? .deny(.noIdentityAllow) : .allow(side.reason) }
        if caller.isOfAnAccount, caller.kind != .root, identityAllow == nil { return .deny(.noIdentityAllow) }
        return .allow(side.reason)
    }
}
