import Model

/// What an action is done to: its name in policies, and the account that owns it.
package struct Resource: Hashable, Sendable {
    package let arn: ARN
    /// S3's ARNs name no account, so the owner stands beside the name.
    package let owner: AccountID

    package init(arn: ARN, owner: AccountID) {
        self.arn = arn
        self.owner = owner
    }
}

/// What is known of the request beside who, what and whereto: the values that policy conditions ask for.
package struct AuthorizationContext: Sendable {
    /// `aws:SourceIp`: the client's address as text.
    package let sourceAddress: String
    /// `aws:SecureTransport`.
    package let isSecure: Bool
    /// `aws:CurrentTime`.
    package let time: Timestamp
    /// The service's own condition keys (`s3:prefix`), lower-case, with their values; a key that is absent has no entry.
    package let keys: [String: [String]]

    package init(sourceAddress: String, isSecure: Bool, time: Timestamp, keys: [String: [String]] = [:]) {
        self.sourceAddress = sourceAddress
        self.isSecure = isSecure
        self.time = time
        self.keys = keys
    }
}

/// An answer of `Identity.authorize`, with what decided it.
package enum Decision: Hashable, Sendable {
    case allow(Reason)
    case deny(Reason)

    /// What decided. The texts of `description` are for logs, audit and explanations, not for clients.
    package enum Reason: Hashable, Sendable, CustomStringConvertible {
        /// The caller is the root of the account that owns the resource.
        case rootOfOwner
        /// The caller is anonymous and nothing allows the action to everybody.
        case anonymous
        /// The caller belongs to another account and nothing allows the action to it.
        case otherAccount(AccountID)
        /// The caller belongs to the owning account, is not its root, and nothing allows the action to it.
        case noStatementAllows

        package var description: String {
            switch self {
            case .rootOfOwner: "the caller is the root of the owning account"
            case .anonymous: "the caller is anonymous and no statement allows the action to everybody"
            case .otherAccount(let account): "the caller belongs to account \(account) and no statement allows the action to it"
            case .noStatementAllows: "no statement allows the action to the caller"
            }
        }
    }

    package var isAllowed: Bool {
        switch self {
        case .allow: true
        case .deny: false
        }
    }

    package var reason: Reason {
        switch self {
        case .allow(let reason), .deny(let reason): reason
        }
    }
}
