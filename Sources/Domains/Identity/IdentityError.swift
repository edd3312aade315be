import Model
import StoragePorts

/// Why a change of accounts, users and keys was refused or failed.
package enum IdentityError: Error, Sendable, Equatable {
    case noSuchAccount(AccountID)
    case noSuchUser(String)
    case noSuchAccessKey(String)
    case noSuchPolicy(String)
    case accountExists(AccountID)
    case canonicalIDTaken(String)
    case emailTaken(String)
    case userExists(String)
    case accessKeyExists(String)
    /// An account goes after what it owns; the text says what that is.
    case accountOwns(AccountID, String)
    /// The server's own account stays.
    case accountIsOwn(AccountID)
    /// A user goes after its access keys.
    case userHasAccessKeys(String)
    /// The key comes from the server's configuration, which alone can change it.
    case keyIsConfigured(String)
    case limitExceeded(IdentityLimits.Kind)
    case invalid(IdentityField)
    /// The server was started without a master key, so no secret can be stored.
    case noMasterKey
    /// Stored secrets were wrapped by a master key that the server was not given, or are damaged. The text says which.
    case secretUnreadable(String)

    /// The ledger's own failure. `.busy`, `.noSpace`: nothing was changed.
    case ledger(LedgerError)
    /// Something unforeseen, for the log and not for clients.
    case failed(String)

    init(_ error: any Error) {
        switch error {
        case let error as IdentityError: self = error
        case let error as LedgerError: self = .ledger(error)
        default: self = .failed(String(describing: error))
        }
    }
}

/// What a command can give, and what makes it valid.
package enum IdentityField: String, Sendable, Equatable, CaseIterable {
    case accountID = "an account id is 12 digits, and not 999999999999, which stands for anonymous callers"
    case canonicalID = "a canonical id is 1 to 128 letters, digits, '$', '-', '_' or '.'"
    case displayName = "a display name is 1 to 128 characters without control characters"
    case email = "an e-mail address is 3 to 254 printable characters with an '@' inside and no spaces"
    case userName = "a user name is 1 to 64 letters, digits or any of _+=,.@-"
    case path = "a path is / or up to 512 printable characters that begin and end with /"
    case policyName = "a policy name is 1 to 128 letters, digits or any of _+=,.@-"
    case policyDocument = "a policy document is 1 to 131072 bytes of text"
    case accessKeyID = "an access key id is 3 to 128 letters, digits, '_' or '-'"
    case secret = "a secret is 8 to 256 printable characters without spaces"
    case urlID = "a URL id is 1 to 128 letters, digits or any of _+=,.@-"
}
