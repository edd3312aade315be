import Model
import StoragePorts
import SwiftProtobuf

/// All that the ledger holds of accounts, users and keys, secrets still wrapped.
struct StoredDirectory: Sendable {
    private(set) var accounts: [Account] = []
    private(set) var users: [User] = []
    private(set) var keys: [(key: AccessKey, wrapped: [UInt8])] = []
    private(set) var urlsRevoked: [String: Timestamp] = [:]

    /// Throws `LedgerError.damaged`.
    init(_ reader: any KeyValueReader) throws {
        try reader.scan(IdentityKeys.allAccounts, .forward) { key, value in
            accounts.append(try Account(IdentityKeys.text(key), PBAccountRecord(stored: value)))
            return .next
        }
        try reader.scan(IdentityKeys.allUsers, .forward) { key, value in
            guard let account = IdentityKeys.account(ofUserKey: key) else { throw LedgerError.damaged("key of a user") }
            users.append(User(account, try PBUserRecord(stored: value)))
            return .next
        }
        try reader.scan(IdentityKeys.allAccessKeys, .forward) { key, value in
            let record = try PBAccessKeyRecord(stored: value)
            keys.append((try AccessKey(IdentityKeys.text(key), record), Array(record.wrappedSecret)))
            return .next
        }
        try reader.scan(IdentityKeys.allRevocationsOfKeys, .forward) { key, value in
            guard value.count == 8 else { throw LedgerError.damaged("withdrawal of an access key's URLs") }
            urlsRevoked[IdentityKeys.text(key, from: 2)] = Timestamp(milliseconds: Int64(StorageKeys.decodeCount(Array(value))))
            return .next
        }
    }
}

extension Account {
    init(_ id: String, _ record: PBAccountRecord) throws {
        guard let id = AccountID(id) else { throw LedgerError.damaged("key of an account") }
        self.init(id, record)
    }

    init(_ id: AccountID, _ record: PBAccountRecord) {
        self.init(
            id: id, canonicalID: record.canonicalID, displayName: record.displayName, email: record.email.isEmpty ? nil : record.email,
            created: record.createdMs == 0 ? nil : Timestamp(milliseconds: record.createdMs))
    }
}

extension PBAccountRecord {
    init(_ account: Account) {
        self = .with {
            $0.canonicalID = account.canonicalID
            $0.displayName = account.displayName
            $0.email = account.email ?? ""
            $0.createdMs = account.created?.milliseconds ?? 0
        }
    }
}

extension User {
    init(_ account: AccountID, _ record: PBUserRecord) {
        self.init(
            account: account, name: record.name, path: record.path, id: record.userID,
            created: Timestamp(milliseconds: record.createdMs), policies: record.policies)
    }
}

extension AccessKey {
    init(_ id: String, _ record: PBAccessKeyRecord) throws {
        guard let account = AccountID(record.account) else { throw LedgerError.damaged("access key \(id)") }
        self.init(
            id: id, account: account, userName: record.userName.isEmpty ? nil : record.userName, isActive: !record.isInactive,
            created: Timestamp(milliseconds: record.createdMs), secretEnding: record.secretEnding)
    }
}
