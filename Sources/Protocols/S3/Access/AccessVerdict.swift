import Model
import Objects

/// How a question about access was decided.
struct AccessVerdict: Sendable {
    /// What decided. `statement` is the place of a statement in the bucket's policy.
    enum Reason: Sendable, Hashable {
        /// The caller is the root of the account that owns what is asked for.
        case rootOfOwner
        case policyAllows(statement: Int)
        /// A policy of the caller's own user.
        case identityPolicyAllows(name: String, statement: Int)
        case grantAllows(Grant, list: ListKind)
        /// The caller began the upload.
        case initiator

        case policyDenies(statement: Int)
        case identityPolicyDenies(name: String, statement: Int)
        /// The caller did not sign and nothing is allowed to everybody.
        case nothingForEverybody
        /// Nothing on the side of the owning account allows it.
        case noAllow
        /// The owning account allows it, the caller's own account does not.
        case noIdentityAllow
        /// The policy's Allow does not count: it is public, and public buckets are restricted.
        case publicPolicyRestricted(statement: Int)
        /// The policy's Allow does not count: the object belongs to another account than the bucket.
        case objectOfAnotherOwner(statement: Int)
        /// The bucket's requesters pay, and this one did not say that it does.
        case requesterDoesNotPay
        /// It may be done, but there is no such key, and the caller may not know.
        case keyIsHidden
        /// A public list or policy, which the bucket's public access block refuses.
        case publicAccessBlocked(setting: String)
    }

    enum ListKind: String, Sendable {
        case bucket
        case object
    }

    let isAllowed: Bool
    let reason: Reason

    static func allowed(_ reason: Reason) -> AccessVerdict { AccessVerdict(isAllowed: true, reason: reason) }
    static func refused(_ reason: Reason) -> AccessVerdict { AccessVerdict(isAllowed: false, reason: reason) }
}

extension AccessVerdict.Reason {
    /// Somebody said no, rather than nobody yes.
    var isExplicit: Bool {
        switch self {
        case .policyDenies, .identityPolicyDenies, .requesterDoesNotPay, .publicAccessBlocked: true
        default: false
        }
    }
}

extension AccessVerdict.Reason: CustomStringConvertible {
    var description: String {
        switch self {
        case .rootOfOwner: "the caller is the root of the owning account"
        case .policyAllows(let number): "statement \(number + 1) of the bucket's policy allows it"
        case .identityPolicyAllows(let name, let number): "statement \(number + 1) of the user's policy \(name) allows it"
        case .grantAllows(let grant, let list): "the \(list.rawValue)'s list grants \(grant.permission.rawValue) to \(grant.grantee)"
        case .initiator: "the caller began the upload"
        case .policyDenies(let number): "statement \(number + 1) of the bucket's policy denies it"
        case .identityPolicyDenies(let name, let number): "statement \(number + 1) of the user's policy \(name) denies it"
        case .nothingForEverybody: "the caller did not sign, and nothing allows it to everybody"
        case .noAllow: "no statement of the bucket's policy and no grant allows it to the caller"
        case .noIdentityAllow: "no policy of the caller's own account allows it"
        case .publicPolicyRestricted(let number):
            "statement \(number + 1) of the bucket's policy allows it, but the policy is public and RestrictPublicBuckets is on"
        case .objectOfAnotherOwner(let number):
            "statement \(number + 1) of the bucket's policy allows it, but the object belongs to another account than the bucket, and "
                + "no grant of the object's list allows it"
        case .requesterDoesNotPay: "the bucket's requesters pay, and the request lacks x-amz-request-payer: requester"
        case .keyIsHidden: "there is no such key, and the caller may not know because s3:ListBucket is not allowed to it"
        case .publicAccessBlocked(let setting): "the request makes something public, and \(setting) is on"
        }
    }
}

extension Grant.Grantee: CustomStringConvertible {
    package var description: String {
        switch self {
        case .account(let canonicalID, let displayName): "\(displayName) (canonical id \(canonicalID))"
        case .group(let group): group.rawValue
        }
    }
}
