import Bytes
import Crypto
import Model

/// Who callers are and what they may do: one answer for every door.
///
/// Immutable, so every call is synchronous, lock-free and safe on any thread; `credential` and `authorize` are on the
/// path of each request.
package final class Identity: Sendable {
    /// The account that owns everything in this data folder.
    package let account: AccountID
    /// The region that signatures must name and ARNs carry.
    package let region: Region
    /// The root of `account`.
    package let root: Principal
    /// Whoever does not sign. Owns nothing.
    package let anonymous: Principal

    private let credentials: [String: Credential]

    /// `rootKeys` are the key pairs of the account's root; of two with the same id the last one counts.
    package init(account: AccountID, region: Region, rootKeys: [AccessKeyPair]) {
        let canonicalID = Self.canonicalID(of: account)
        func root(_ accessKeyID: String?) -> Principal {
            Principal(
                account: account, arn: ARN(service: "iam", region: "", account: account.rawValue, resource: "root"),
                accessKeyID: accessKeyID, canonicalID: canonicalID, displayName: "root")
        }
        self.account = account
        self.region = region
        self.root = root(nil)
        self.anonymous = Self.makeAnonymous()
        var credentials: [String: Credential] = [:]
        for pair in rootKeys {
            credentials[pair.accessKeyID] = Credential(
                accessKeyID: pair.accessKeyID, secretAccessKey: pair.secretAccessKey, principal: root(pair.accessKeyID))
        }
        self.credentials = credentials
    }

    /// The secret and the principal behind an access key id, or nil when there is no such key.
    package func credential(for accessKeyID: String) -> Credential? {
        credentials[accessKeyID]
    }

    /// Whether `principal` may do `action` to `resource`, and why. The root of the owning account may do everything; nobody
    /// else may do anything.
    package func authorize(
        _ principal: Principal, _ action: Action, on resource: Resource, _ context: AuthorizationContext
    ) -> Decision {
        if principal.isAnonymous { return .deny(.anonymous) }
        guard principal.account == resource.owner else { return .deny(.otherAccount(principal.account)) }
        return principal.arn.service == "iam" && principal.arn.resource == "root" ? .allow(.rootOfOwner) : .deny(.noStatementAllows)
    }

    /// S3's canonical user id of an account: SHA-256 of its 12 digits, as 64 lower-case hexadecimal digits. The same in
    /// every data folder, so that grants and backups keep their meaning.
    package static func canonicalID(of account: AccountID) -> String {
        Hex.encode(Array(SHA256.hash(data: Array(account.rawValue.utf8))))
    }

    /// The canonical id is AWS's for anonymous callers; the account is one that owns nothing because no data folder may use it.
    private static func makeAnonymous() -> Principal {
        guard let nobody = AccountID("999999999999") else { preconditionFailure("twelve digits are an account id") }
        return Principal(
            account: nobody, arn: ARN(service: "iam", region: "", account: nobody.rawValue, resource: "anonymous"),
            accessKeyID: nil, canonicalID: "65a011a29cdf8ec533ec3d1ccaae921c", displayName: "anonymous", isAnonymous: true)
    }
}
