import Model

/// Who, what and whereto: what a policy is asked about. What else is known of the request stands in a `PolicyContext`.
package struct PolicyRequest: Sendable {
    package let principal: PolicyPrincipal
    /// As policies name it, in any case: `s3:GetObject`.
    package let action: String
    /// The resource's ARN: `arn:aws:s3:::bucket/key`.
    package let resource: String

    package init(principal: PolicyPrincipal, action: String, resource: String) {
        self.principal = principal
        self.action = action
        self.resource = resource
    }
}

/// The caller, as the Principal element and the combination of policies see it.
package struct PolicyPrincipal: Hashable, Sendable {
    package enum Kind: Hashable, Sendable {
        /// Did not sign. Belongs to no account, whatever `account` says.
        case anonymous
        /// The root of its account: may do everything that its account may, without an identity policy.
        case root
        case user
        /// `arn` is the session's: `arn:aws:sts::ACCOUNT:assumed-role/ROLE/SESSION`.
        case assumedRole
        /// `arn` is `arn:aws:sts::ACCOUNT:federated-user/NAME`.
        case federatedUser
        /// One who came through an identity provider; `arn` is the provider, as a `Federated` principal names it.
        case federated
        /// A service of our own that acts for an account; `arn` is the service's name: `logging.s3.amazonaws.com`.
        case service
    }

    package let kind: Kind
    /// Twelve digits. Not looked at for an anonymous caller and a service.
    package let account: String
    package let arn: String
    /// S3's canonical user id of the account, or nil when the caller has none.
    package let canonicalID: String?

    package init(kind: Kind, account: String, arn: String, canonicalID: String? = nil) {
        self.kind = kind
        self.account = account
        self.arn = arn
        self.canonicalID = canonicalID
    }
}

extension PolicyPrincipal {
    /// The caller of a request. Makes the ARN's text, so it is best made once per request.
    package init(_ principal: Principal) {
        let kind: Kind
        if principal.isAnonymous {
            kind = .anonymous
        } else if principal.isRoot {
            kind = .root
        } else if principal.arn.service == "sts" {
            kind = principal.arn.resource.hasPrefix("federated-user/") ? .federatedUser : .assumedRole
        } else {
            kind = .user
        }
        self.init(kind: kind, account: principal.account.rawValue, arn: principal.arn.description, canonicalID: principal.canonicalID)
    }
}
