import Environment
import Model
import StoragePorts
import SwiftProtobuf

extension Registrar {
    /// All, by their numbers.
    package var accounts: [Account] { directory.accounts.sorted { $0.id.rawValue < $1.id.rawValue } }

    /// Makes an account. What is nil is made up: the number by chance, the canonical id of the number (`Identity.canonicalID(of:)`).
    /// Throws `.accountExists`, `.canonicalIDTaken`, `.emailTaken`, `.invalid`, `.limitExceeded`.
    package func createAccount(
        id: String?, canonicalID: String?, displayName: String, email: String?, _ origin: IdentityOrigin
    ) async throws(IdentityError) -> Account {
        let id = if let id { id } else { try newAccountID() }
        try FieldRules.check(.accountID, id)
        guard let account = AccountID(id) else { throw .invalid(.accountID) }
        if let canonicalID { try FieldRules.check(.canonicalID, canonicalID) }
        try FieldRules.check(.displayName, displayName)
        if let email { try FieldRules.check(.email, email) }
        guard directory.accountCount < IdentityLimits.accountsMax else { throw .limitExceeded(.accounts) }
        let canonical = canonicalID ?? Identity.canonicalID(of: account)
        let (defaultAccount, folded) = (identity.account, email?.lowercased())
        let keys = [IdentityKeys.account(account), IdentityKeys.canonicalID(canonical)]
        return try await change(reading: keys) { transaction in
            guard try transaction.get(IdentityKeys.account(account)) == nil, account != defaultAccount else {
                throw IdentityError.accountExists(account)
            }
            guard try transaction.get(IdentityKeys.canonicalID(canonical)) == nil, canonical != Identity.canonicalID(of: defaultAccount)
            else {
                throw IdentityError.canonicalIDTaken(canonical)
            }
            let made = Account(
                id: account, canonicalID: canonical, displayName: displayName, email: folded, created: transaction.now)
            try transaction.put(IdentityKeys.account(account), PBAccountRecord(made))
            transaction.put(IdentityKeys.canonicalID(canonical), Array(account.rawValue.utf8))
            if let folded { try Self.claim(folded, for: account, in: transaction) }
            try transaction.emit(
                IdentityFactKind.accountCreated,
                PBAccountCreated.with {
                    $0.account = account.rawValue
                    $0.canonicalID = canonical
                    $0.displayName = displayName
                    $0.email = folded ?? ""
                    $0.origin = origin.record
                })
            return (made, [.account(made)])
        }
    }

    /// Changes what is not nil; an empty e-mail address removes it. Owners of buckets made before keep the name that they had then.
    /// Throws `.noSuchAccount`, `.emailTaken`, `.invalid`.
    package func updateAccount(
        _ account: AccountID, displayName: String?, email: String?, _ origin: IdentityOrigin
    ) async throws(IdentityError) -> Account {
        if let displayName { try FieldRules.check(.displayName, displayName) }
        if let email, !email.isEmpty { try FieldRules.check(.email, email) }
        return try await change(reading: [IdentityKeys.account(account)]) { [self] transaction in
            var record = try record(of: account, in: transaction)
            if let displayName { record.displayName = displayName }
            if let folded = email?.lowercased(), folded != record.email {
                if !record.email.isEmpty { transaction.delete(IdentityKeys.email(record.email)) }
                if !folded.isEmpty { try Self.claim(folded, for: account, in: transaction) }
                record.email = folded
            }
            try transaction.put(IdentityKeys.account(account), record)
            try transaction.emit(
                IdentityFactKind.accountChanged,
                PBAccountChanged.with {
                    $0.account = account.rawValue
                    $0.displayName = record.displayName
                    $0.email = record.email
                    $0.origin = origin.record
                })
            let changed = Account(account, record)
            return (changed, [.account(changed)])
        }
    }

    /// Ends an account with its users and access keys; `owned` says within the commit what it still owns, nil when that is nothing. Objects
    /// and grants elsewhere that name it keep doing so. Throws `.noSuchAccount`, `.accountIsOwn`, `.accountOwns`.
    package func deleteAccount(
        _ account: AccountID, owned: @escaping @Sendable (AccountID, any KeyValueReader) throws -> String?, _ origin: IdentityOrigin
    ) async throws(IdentityError) {
        guard account != identity.account else { throw .accountIsOwn(account) }
        try await change(reading: [IdentityKeys.account(account)]) { [self] transaction in
            let record = try record(of: account, in: transaction)
            if let owned = try owned(account, transaction) { throw IdentityError.accountOwns(account, owned) }
            var changes = try endUsers(of: account, in: transaction) + endKeys(of: account, in: transaction)
            transaction.delete(IdentityKeys.account(account))
            transaction.delete(IdentityKeys.canonicalID(record.canonicalID))
            if !record.email.isEmpty { transaction.delete(IdentityKeys.email(record.email)) }
            try transaction.emit(
                IdentityFactKind.accountDeleted,
                PBAccountDeleted.with {
                    $0.account = account.rawValue
                    $0.canonicalID = record.canonicalID
                    $0.origin = origin.record
                })
            changes.append(.accountRemoved(account))
            return ((), changes)
        }
    }

    private func endUsers(of account: AccountID, in transaction: Transaction) throws -> [Directory.Change] {
        var changes: [Directory.Change] = []
        try transaction.scan(.prefix(IdentityKeys.users(of: account)), .forward) { key, value in
            changes.append(.user(Directory.UserName(account, try PBUserRecord(stored: value).name), nil))
            return .next
        }
        for case .user(let name, _) in changes { transaction.delete(IdentityKeys.user(name)) }
        return changes
    }

    /// A key's id says nothing of its account: all keys are looked at.
    private func endKeys(of account: AccountID, in transaction: Transaction) throws -> [Directory.Change] {
        var changes: [Directory.Change] = []
        try transaction.scan(IdentityKeys.allAccessKeys, .forward) { key, value in
            if try PBAccessKeyRecord(stored: value).account == account.rawValue { changes.append(.key(IdentityKeys.text(key), nil)) }
            return .next
        }
        for case .key(let id, _) in changes {
            transaction.delete(IdentityKeys.accessKey(id))
            transaction.delete(IdentityKeys.revocation(ofKey: id))
        }
        return changes
    }

    private static func claim(_ email: String, for account: AccountID, in transaction: Transaction) throws {
        guard try transaction.get(IdentityKeys.email(email)) == nil else { throw IdentityError.emailTaken(email) }
        transaction.put(IdentityKeys.email(email), Array(account.rawValue.utf8))
    }

    /// Twelve digits that no account has; the commit decides should two be made at once.
    private func newAccountID() throws(IdentityError) -> String {
        for _ in 0..<100 {
            let text = String(100_000_000_000 + random.next() % 899_999_999_999)
            if let id = AccountID(text), id != Identity.anonymousAccount, directory.account(id) == nil { return text }
        }
        throw .failed("no free account number was found")
    }
}
