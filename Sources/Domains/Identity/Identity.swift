import Bytes
import Crypto
import Model

/// Who callers are and what they may do: one answer for every door.
///
/// Every call is synchronous, takes well under a microsecond and is safe on any thread; `credential` and `authorize` are on the path of
/// each request. `Registrar` makes and changes what is read here.
package final class Identity: Sendable {
    /// The account of the root keys that the configuration gives.
    package let account: AccountID
    /// The region that signatures must name and ARNs carry.
    package let region: Region
    /// The root of `account`.
    package let root: Principal
    /// Whoever does not sign. Owns nothing.
    package let anonymous: Principal

    let directory: Directory

    /// The root of `account` as it acts with one of its keys.
    package func root(accessKeyID: String) -> Principal {
        (directory.account(account) ?? Self.defaultAccount(account)).root(accessKeyID: accessKeyID)
    }

    /// `rootKeys` are the key pairs of the account's root; of two with the same id the last one counts.
    package init(account: AccountID, region: Region, rootKeys: [AccessKeyPair]) {
        let record = Self.defaultAccount(account)
        self.account = account
        self.region = region
        self.root = record.root(accessKeyID: nil)
        self.anonymous = Self.makeAnonymous()
        self.directory = Directory(account: record, rootKeys: rootKeys)
    }

    /// The secret and the principal behind an active access key id, or nil when there is no such key.
    package func credential(for accessKeyID: String) -> Credential? {
        directory.credential(accessKeyID)
    }

    /// Nil when there is no such account.
    package func account(id: AccountID) -> Account? { directory.account(id) }

    /// The account that ACL grants name by this id; nil when there is none.
    package func account(canonicalID: String) -> Account? { directory.account(canonicalID: canonicalID) }

    /// The account with this e-mail address, whatever the case of its letters; nil when there is none.
    package func account(email: String) -> Account? { directory.account(email: email) }

    /// Nil when there is no such user. The case of letters does not count.
    package func user(_ name: String, of account: AccountID) -> User? { directory.user(Directory.UserName(account, name)) }

    /// The user behind a principal, with its policies; nil for a root, for anonymous callers, and for a user that is gone.
    package func user(for principal: Principal) -> User? {
        guard let name = principal.userName, let user = user(name, of: principal.account), user.id == principal.userID else { return nil }
        return user
    }

    /// The server's own account as it is before any command changed it.
    static func defaultAccount(_ id: AccountID) -> Account {
        Account(id: id, canonicalID: canonicalID(of: id), displayName: "root", email: nil, created: nil)
    }

    /// Whether `principal` may do `action` to `resource`, and why. The root of the owning account may do everything; nobody
    /// else may do anything.
    package func authorize(
        _ principal: Principal, _ action: Action, on resource: Resource, _ context: AuthorizationContext
    ) -> Decision {
        if principal.isAnonymous { return .deny(.anonymous) }
        guard principal.account == resource.owner else { return .deny(.otherAccount(principal.account)) }
        return principal.isRoot ? .allow(.rootOfOwner) : .deny(.noStatementAllows)
    }

    /// S3's canonical user id of an account: SHA-256 of its 12 digits, as 64 lower-case hexadecimal digits. The same in
    /// every data folder, so that grants and backups keep their meaning.
    package static func canonicalID(of account: AccountID) -> String {
        Hex.encode(Array(SHA256.hash(data: Array(account.rawValue.utf8))))
    }

    /// No account may have this number.
    static let anonymousAccount: AccountID = {
        guard let nobody = AccountID("999999999999") else { preconditionFailure("twelve digits are an account id") }
        return nobody
    }()

    /// The canonical id is AWS's for anonymous callers; the account owns nothing.
    private static func makeAnonymous() -> Principal {
        let nobody = anonymousAccount
        return Principal(
            account: nobody, arn: ARN(service: "iam", region: "", account: nobody.rawValue, resource: "anonymous"),
            accessKeyID: nil, canonicalID: "65a011a29cdf8ec533ec3d1ccaae921c", displayName: "anonymous", userID: "anonymous",
            isAnonymous: true)
    }
}
