import Bytes
import HTTPTypes
import Identity
import JSON
import Model
import Policy
import StoragePorts

/// Accounts, users, access keys and presigned URLs over the admin door.
struct AdminIdentity: Sendable {
    let registrar: Registrar
    let urls: PresignedURLs
    /// Whose things are meant when a command names no account.
    let account: AccountID
    /// What an account owns, within a commit; nil when that is nothing.
    let owned: @Sendable (AccountID, any KeyValueReader) throws -> String?

    func add(to operations: inout AdminOperations) {
        addAccounts(to: &operations)
        addUsers(to: &operations)
        addKeys(to: &operations)
        operations["RevokeURLs"] = revokeURLs
    }

    private func addAccounts(to operations: inout AdminOperations) {
        operations["CreateAccount"] = { call in
            let account = try await registrar.createAccount(
                id: call.string("accountId"), canonicalID: call.string("canonicalId"), displayName: call.required("displayName"),
                email: call.string("email"), call.origin)
            return ["account": account.json]
        }
        operations["UpdateAccount"] = { call in
            let account = try await registrar.updateAccount(
                account(call), displayName: call.string("displayName"), email: call.string("email"), call.origin)
            return ["account": account.json]
        }
        operations["DeleteAccount"] = { call in
            guard let account = AccountID(try call.required("accountId")) else {
                throw AdminError.validation(IdentityField.accountID.rawValue)
            }
            try await registrar.deleteAccount(account, owned: owned, call.origin)
            return [:]
        }
        operations["ListAccounts"] = { _ in ["accounts": .array(registrar.accounts.map(\.json))] }
    }

    private func addUsers(to operations: inout AdminOperations) {
        operations["CreateUser"] = { call in
            let user = try await registrar.createUser(
                call.required("userName"), path: call.string("path") ?? "/", of: account(call), call.origin)
            return ["user": user.json]
        }
        operations["ListUsers"] = { call in ["users": .array(try registrar.users(of: account(call)).map(\.json))] }
        operations["DeleteUser"] = { call in
            try await registrar.deleteUser(call.required("userName"), of: account(call), call.origin)
            return [:]
        }
        operations["PutUserPolicy"] = { call in
            let document = try call.required("policyDocument")
            do throws(PolicyError) {
                _ = try PolicyDocument(parsing: document.utf8, rules: IdentityPolicyRules(textBytesMax: IdentityLimits.policyBytesMax))
            } catch {
                throw AdminError(.badRequest, "MalformedPolicyDocument", error.message)
            }
            try await registrar.setPolicy(
                call.required("policyName"), of: call.required("userName"), in: account(call), to: document, call.origin)
            return [:]
        }
        operations["DeleteUserPolicy"] = { call in
            try await registrar.setPolicy(
                call.required("policyName"), of: call.required("userName"), in: account(call), to: nil, call.origin)
            return [:]
        }
    }

    private func addKeys(to operations: inout AdminOperations) {
        operations["CreateAccessKey"] = { call in
            let made = try await registrar.createAccessKey(
                of: account(call), user: call.string("userName"), id: call.string("accessKeyId"), secret: call.string("secretAccessKey"),
                call.origin)
            var key = made.key.json
            key["secretAccessKey"] = .string(made.secret)
            return ["accessKey": .object(key)]
        }
        operations["ListAccessKeys"] = { call in
            let keys = try registrar.accessKeys(of: account(call), user: call.string("userName"))
            return ["accessKeys": .array(keys.map { .object($0.json) })]
        }
        operations["UpdateAccessKey"] = { call in
            guard let isActive = try call.bool("active") else { throw AdminError.validation("active is missing") }
            let key = try await registrar.setAccessKey(call.required("accessKeyId"), isActive: isActive, call.origin)
            return ["accessKey": .object(key.json)]
        }
        operations["RotateAccessKey"] = { call in
            let made = try await registrar.rotateAccessKey(
                call.required("accessKeyId"), keepsOld: try call.bool("keepOld") ?? false, call.origin)
            var key = made.key.json
            key["secretAccessKey"] = .string(made.secret)
            return ["accessKey": .object(key)]
        }
        operations["DeleteAccessKey"] = { call in
            try await registrar.deleteAccessKey(call.required("accessKeyId"), call.origin)
            return [:]
        }
    }

    /// Either those with a URL id, or those of an access key.
    @Sendable private func revokeURLs(_ call: AdminCall) async throws -> JSONObject {
        let until: Timestamp
        switch (try call.string("urlId"), try call.string("accessKeyId")) {
        case (let name?, nil):
            guard let id = PresignedURLID(account: try account(call), name: name) else {
                throw AdminError.validation(IdentityField.urlID.rawValue)
            }
            until = try await urls.revoke(id, call.origin)
        case (nil, let key?):
            let time = try call.string("madeUntil").map { text in
                guard let time = ISO8601.parse(text) else { throw AdminError.validation("madeUntil must be like 2026-01-02T03:04:05Z") }
                return time
            }
            until = try await registrar.revokeURLs(ofKey: key, until: time, call.origin)
        default: throw AdminError.validation("give either urlId or accessKeyId")
        }
        return ["revokedUntil": .string(ISO8601.format(until))]
    }

    private func account(_ call: AdminCall) throws -> AccountID {
        guard let text = try call.string("accountId") else { return account }
        guard let id = AccountID(text) else { throw AdminError.validation(IdentityField.accountID.rawValue) }
        return id
    }
}

extension Account {
    fileprivate var json: JSONValue {
        var object: JSONObject = [
            "accountId": .string(id.rawValue), "canonicalId": .string(canonicalID), "displayName": .string(displayName),
        ]
        object["email"] = email.map { .string($0) }
        object["created"] = created.map { .string(ISO8601.format($0)) }
        return .object(object)
    }
}

extension User {
    fileprivate var json: JSONValue {
        .object([
            "userName": .string(name), "userId": .string(id), "arn": .string(arn.description), "path": .string(path),
            "created": .string(ISO8601.format(created)),
            "policies": .object(JSONObject(policies.sorted { $0.key < $1.key }.map { .init($0.key, .string($0.value)) })),
        ])
    }
}

extension AccessKey {
    fileprivate var json: JSONObject {
        var object: JSONObject = ["accessKeyId": .string(id), "accountId": .string(account.rawValue)]
        object["userName"] = userName.map { .string($0) }
        object["status"] = .string(isActive ? "Active" : "Inactive")
        object["secretEnding"] = .string(secretEnding)
        object["created"] = .string(ISO8601.format(created))
        return object
    }
}
