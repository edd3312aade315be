/// What one policy says to a request. Within a policy an explicit deny wins over every allow.
package enum PolicyOutcome: Hashable, Sendable {
    /// No statement speaks of the request.
    case noMatch
    /// Index of the first Allow statement that matches, among those of the strongest grant, and to whom it grants.
    case allow(statement: Int, PolicyGrant)
    /// Index of the first Deny statement that matches.
    case explicitDeny(statement: Int)

    package var isDeny: Bool { if case .explicitDeny = self { true } else { false } }
    package var isAllow: Bool { if case .allow = self { true } else { false } }
}

/// How an Allow statement reached the caller, from the weakest to the strongest.
package enum PolicyGrant: Int, Hashable, Comparable, Sendable {
    /// The statement names the caller's account: the account's own identity policies must allow as well, but for its root.
    case account
    /// The statement has no Principal, as those of identity policies.
    case identity
    /// The statement is for everybody, anonymous callers among them.
    case everyone
    /// The statement names the caller.
    case direct

    package static func < (a: PolicyGrant, b: PolicyGrant) -> Bool { a.rawValue < b.rawValue }
}
