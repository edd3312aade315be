import HTTPTypes
import Identity
import JSON
import Model
import Objects
import StoragePorts

/// One command on its way to its operation: what it gives, and who gives it.
package struct AdminCall: Sendable {
    package let input: JSONObject
    package let origin: IdentityOrigin

    /// Nil when absent or null. Throws `ValidationException` for what is no text.
    func string(_ name: String) throws -> String? {
        guard let value = input[name], !value.isNull else { return nil }
        guard let text = value.string else { throw AdminError.validation("\(name) must be a text") }
        return text
    }

    func required(_ name: String) throws -> String {
        guard let text = try string(name) else { throw AdminError.validation("\(name) is missing") }
        return text
    }

    /// A whole number from 0 on; nil when absent or null.
    func count(_ name: String) throws -> Int64? {
        guard let value = input[name], !value.isNull else { return nil }
        guard let number = value.int64, number >= 0 else { throw AdminError.validation("\(name) must be a whole number from 0 on") }
        return number
    }

    func bool(_ name: String) throws -> Bool? {
        guard let value = input[name], !value.isNull else { return nil }
        guard let bool = value.bool else { throw AdminError.validation("\(name) must be true or false") }
        return bool
    }
}

/// The operations of the admin door, by name. Each takes a JSON object and answers one; what it throws goes through `AdminError`.
package struct AdminOperations: Sendable {
    package typealias Operation = @Sendable (AdminCall) async throws -> JSONObject

    private var operations: [String: Operation] = [:]

    package init() {}

    package var names: [String] { operations.keys.sorted() }

    package subscript(_ name: String) -> Operation? {
        get { operations[name] }
        set { operations[name] = newValue }
    }
}

/// A refusal as the command prints it.
package struct AdminError: Error, Sendable {
    package let status: HTTPResponse.Status
    package let type: String
    package let message: String

    package init(_ status: HTTPResponse.Status, _ type: String, _ message: String) {
        self.status = status
        self.type = type
        self.message = message
    }

    static func validation(_ message: String) -> AdminError { AdminError(.badRequest, "ValidationException", message) }

    init(_ error: any Error) {
        switch error {
        case let error as AdminError: self = error
        case let error as IdentityError: self = Self.of(error)
        case ObjectsError.noSuchBucket(let bucket): self.init(.notFound, "NoSuchBucket", "there is no bucket \(bucket)")
        default: self.init(.internalServerError, "InternalFailure", "\(error)")
        }
    }

    /// Named as IAM names them, where it does.
    private static func of(_ error: IdentityError) -> AdminError {
        func missing(_ text: String) -> AdminError { AdminError(.notFound, "NoSuchEntity", text) }
        func exists(_ text: String) -> AdminError { AdminError(.conflict, "EntityAlreadyExists", text) }
        return switch error {
        case .noSuchAccount(let id): missing("there is no account \(id)")
        case .noSuchUser(let name): missing("there is no user \(name)")
        case .noSuchAccessKey(let id): missing("there is no access key \(id)")
        case .noSuchPolicy(let name): missing("the user has no policy \(name)")
        case .accountExists(let id): exists("account \(id) exists")
        case .canonicalIDTaken(let id): exists("another account has the canonical id \(id)")
        case .emailTaken(let email): exists("another account has the e-mail address \(email)")
        case .userExists(let name): exists("user \(name) exists")
        case .accessKeyExists(let id): exists("access key \(id) exists")
        case .accountOwns(let id, let what): AdminError(.conflict, "DeleteConflict", "account \(id) owns \(what): delete them first")
        case .accountIsOwn(let id): AdminError(.conflict, "UnmodifiableEntity", "account \(id) is the server's own")
        case .userHasAccessKeys(let name): AdminError(.conflict, "DeleteConflict", "user \(name) has access keys: delete them first")
        case .keyIsConfigured(let id):
            AdminError(.conflict, "UnmodifiableEntity", "access key \(id) is the server's own root key, which its configuration sets")
        case .limitExceeded(let kind): AdminError(.conflict, "LimitExceeded", "no more than \(IdentityLimits.limit(kind)) \(kind.text)")
        case .invalid(let field): validation(field.rawValue)
        case .noMasterKey:
            AdminError(.conflict, "NoMasterKey", "the server keeps secrets only under a master key, and was started without one")
        case .secretUnreadable(let text): AdminError(.internalServerError, "SecretUnreadable", text)
        case .ledger(.busy): AdminError(.serviceUnavailable, "SlowDown", "the server is busy: try again")
        case .ledger(let error): AdminError(.internalServerError, "InternalFailure", "\(error)")
        case .failed(let text): AdminError(.internalServerError, "InternalFailure", text)
        }
    }
}

extension IdentityLimits.Kind {
    fileprivate var text: String {
        switch self {
        case .accounts: "accounts"
        case .usersPerAccount: "users in an account"
        case .keysPerHolder: "access keys for a user or an account's root"
        case .policiesPerUser: "policies for a user"
        }
    }
}
