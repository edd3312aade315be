import Identity
import Model
import Objects
import Policy

/// May this caller do this to that? Pure: all that it looks at is given.
///
/// An explicit deny wins over everything but the root's right to its bucket's policy. Then the root of the account that owns the thing
/// may do it. All others need an allow of the owning account: a statement of the bucket's policy, or a grant where lists count; and
/// those who act for an account without being its root need one of their own account too.
///
/// Sources: https://docs.aws.amazon.com/AmazonS3/latest/userguide/how-s3-evaluates-access-control.html,
/// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
struct AccessQuestion {
    let caller: Principal
    /// Without the service: `GetObject`.
    let action: String
    /// `arn:aws:s3:::bucket/key`.
    let resource: String
    let access: BucketAccess
    /// Whose the object is that the action is about; nil where that does not matter.
    let objectOwner: Owner?
    let objectACL: AccessControlList?
    /// Whose the object is that would be deleted; nil when there is none.
    let deletedOwner: Owner?
    let isAboutObject: Bool
    let identityPolicies: [NamedPolicy]
    /// The request has `x-amz-request-payer: requester`.
    let saysRequesterPays: Bool

    /// A policy of a user.
    struct NamedPolicy: Sendable {
        let name: String
        let document: PolicyDocument
        /// A condition asks for the tags of the object that the request is about.
        let asksForObjectTags: Bool
    }

    private var owner: AccountID { objectOwner?.account ?? access.bucket.owner.account }
    private var isOfOwner: Bool { !caller.isAnonymous && caller.account == owner }

    func verdict(_ context: some PolicyContext) -> AccessVerdict {
        let request = PolicyRequest(principal: PolicyPrincipal(caller), action: "s3:\(action)", resource: resource)
        let outcome = access.policy?.document.evaluate(request, context) ?? .noMatch
        let isBucketOwnersRoot = caller.isRoot && caller.account == access.bucket.owner.account
        if case .explicitDeny(let statement) = outcome, !(isBucketOwnersRoot && AccessRules.isNeverLockedOut(action)) {
            return .refused(.policyDenies(statement: statement))
        }
        let own = ownSide(request, context)
        if case .refused(let reason) = own { return .refused(reason) }
        let verdict = decided(outcome, own)
        guard verdict.isAllowed, access.payment == .requester, caller.account != access.bucket.owner.account || caller.isAnonymous,
            !saysRequesterPays || caller.isAnonymous
        else { return verdict }
        return .refused(.requesterDoesNotPay)
    }

    private enum OwnSide {
        case allowed(AccessVerdict.Reason)
        case silent
        case refused(AccessVerdict.Reason)
    }

    /// What the caller's own account says. Its root needs nobody's leave.
    private func ownSide(_ request: PolicyRequest, _ context: some PolicyContext) -> OwnSide {
        if caller.isRoot { return .allowed(.rootOfOwner) }
        var allow: AccessVerdict.Reason?
        for policy in identityPolicies {
            switch policy.document.evaluate(request, context) {
            case .explicitDeny(let statement): return .refused(.identityPolicyDenies(name: policy.name, statement: statement))
            case .allow(let statement, _): allow = allow ?? .identityPolicyAllows(name: policy.name, statement: statement)
            case .noMatch: break
            }
        }
        return allow.map { .allowed($0) } ?? .silent
    }

    private func decided(_ outcome: PolicyOutcome, _ own: OwnSide) -> AccessVerdict {
        if isOfOwner, case .allowed(let reason) = own { return .allowed(reason) }
        var refusal: AccessVerdict.Reason = caller.isAnonymous ? .nothingForEverybody : .noAllow
        if case .allow(let statement, let grant) = outcome {
            if let withheld = withheld(statement) {
                refusal = withheld
            } else if mayUse(grant, own) {
                return .allowed(.policyAllows(statement: statement))
            } else {
                refusal = .noIdentityAllow
            }
        }
        if let (grant, list) = grantFound() {
            if caller.isAnonymous || grant.isPublic { return .allowed(.grantAllows(grant, list: list)) }
            if case .allowed = own { return .allowed(.grantAllows(grant, list: list)) }
            refusal = .noIdentityAllow
        }
        return .refused(refusal)
    }

    /// Why an Allow of the bucket's policy does not count; nil when it does.
    private func withheld(_ statement: Int) -> AccessVerdict.Reason? {
        if owner != access.bucket.owner.account { return .objectOfAnotherOwner(statement: statement) }
        guard !isOfOwner, access.publicAccessBlock.restrictsPublicBuckets, access.policy?.document.isPublic == true else { return nil }
        return .publicPolicyRestricted(statement: statement)
    }

    /// Within the owning account a statement that names the caller or everybody is enough; one that names the account leaves the
    /// decision to the account's own policies. Somebody of another account always needs his own account's leave.
    private func mayUse(_ grant: PolicyGrant, _ own: OwnSide) -> Bool {
        if caller.isAnonymous { return true }
        if case .allowed = own { return true }
        return isOfOwner && grant >= .everyone
    }

    private func grantFound() -> (Grant, AccessVerdict.ListKind)? {
        if access.hasListsDisabled { return nil }
        let ignoring = access.publicAccessBlock.ignoresPublicACLs
        if let permission = AccessRules.bucketPermission(action) {
            if let deletedOwner, deletedOwner.canonicalID != caller.canonicalID { return nil }
            return access.acl?.grant(of: permission, to: caller, ignoringPublic: ignoring).map { ($0, .bucket) }
        }
        guard isAboutObject, let permission = AccessRules.objectPermission(action) else { return nil }
        return objectACL?.grant(of: permission, to: caller, ignoringPublic: ignoring).map { ($0, .object) }
    }
}

extension PolicyPrincipal {
    init(_ caller: Principal) {
        self.init(
            kind: caller.isAnonymous ? .anonymous : caller.isRoot ? .root : .user, account: caller.account.rawValue,
            arn: caller.arn.description, canonicalID: caller.isAnonymous ? nil : caller.canonicalID)
    }
}
