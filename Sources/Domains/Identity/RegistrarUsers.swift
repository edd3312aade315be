import Model
import StoragePorts
import SwiftProtobuf

extension Registrar {
    /// By name. Throws `.noSuchAccount`.
    package func users(of account: AccountID) throws(IdentityError) -> [User] {
        guard directory.account(account) != nil else { throw .noSuchAccount(account) }
        return directory.users(of: account).sorted { $0.name < $1.name }
    }

    /// Throws `.noSuchAccount`, `.userExists`, `.invalid`, `.limitExceeded`.
    package func createUser(
        _ name: String, path: String = "/", of account: AccountID, _ origin: IdentityOrigin
    ) async throws(IdentityError) -> User {
        try FieldRules.check(.userName, name)
        try FieldRules.check(.path, path)
        let (folded, id) = (Directory.UserName(account, name), "AIDA" + code(17))
        return try await change(reading: [IdentityKeys.account(account), IdentityKeys.user(folded)]) { [self] transaction in
            var owner = try record(of: account, in: transaction)
            guard try transaction.get(IdentityKeys.user(folded)) == nil else { throw IdentityError.userExists(name) }
            guard owner.userCount < IdentityLimits.usersPerAccountMax else { throw IdentityError.limitExceeded(.usersPerAccount) }
            owner.userCount += 1
            let record = PBUserRecord.with {
                $0.name = name
                $0.path = path
                $0.userID = id
                $0.createdMs = transaction.now.milliseconds
            }
            try transaction.put(IdentityKeys.account(account), owner)
            try transaction.put(IdentityKeys.user(folded), record)
            try transaction.emit(
                IdentityFactKind.userCreated,
                PBUserCreated.with {
                    $0.account = account.rawValue
                    $0.userName = name
                    $0.path = path
                    $0.userID = id
                    $0.origin = origin.record
                })
            let user = User(account, record)
            return (user, [.user(folded, user)])
        }
    }

    /// Throws `.noSuchUser`, `.userHasAccessKeys`.
    package func deleteUser(_ name: String, of account: AccountID, _ origin: IdentityOrigin) async throws(IdentityError) {
        let folded = Directory.UserName(account, name)
        try await change(reading: [IdentityKeys.account(account), IdentityKeys.user(folded)]) { [self] transaction in
            var owner = try record(of: account, in: transaction)
            let user = try record(of: folded, in: transaction)
            guard user.keyCount == 0 else { throw IdentityError.userHasAccessKeys(name) }
            precondition(owner.userCount > 0, "an account's count covers each of its users")
            owner.userCount -= 1
            try transaction.put(IdentityKeys.account(account), owner)
            transaction.delete(IdentityKeys.user(folded))
            try transaction.emit(
                IdentityFactKind.userDeleted,
                PBUserDeleted.with {
                    $0.account = account.rawValue
                    $0.userName = user.name
                    $0.userID = user.userID
                    $0.origin = origin.record
                })
            return ((), [.user(folded, nil)])
        }
    }

    /// Sets one of a user's own policies; a `document` of nil removes it. The caller has checked that it is a policy.
    /// Throws `.noSuchUser`, `.noSuchPolicy`, `.invalid`, `.limitExceeded`.
    package func setPolicy(
        _ policy: String, of name: String, in account: AccountID, to document: String?, _ origin: IdentityOrigin
    ) async throws(IdentityError) {
        try FieldRules.check(.policyName, policy)
        if let document { try FieldRules.check(.policyDocument, document) }
        let folded = Directory.UserName(account, name)
        try await change(reading: [IdentityKeys.user(folded)]) { [self] transaction in
            var record = try record(of: folded, in: transaction)
            guard document != nil || record.policies[policy] != nil else { throw IdentityError.noSuchPolicy(policy) }
            record.policies[policy] = document
            guard record.policies.count <= IdentityLimits.policiesPerUserMax else { throw IdentityError.limitExceeded(.policiesPerUser) }
            try transaction.put(IdentityKeys.user(folded), record)
            try transaction.emit(
                IdentityFactKind.userPolicyChanged,
                PBUserPolicyChanged.with {
                    $0.account = account.rawValue
                    $0.userName = record.name
                    $0.policyName = policy
                    $0.isSet = document != nil
                    $0.origin = origin.record
                })
            return ((), [.user(folded, User(account, record))])
        }
    }
}
