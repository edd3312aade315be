import Environment
import Model
import StoragePorts
import SwiftProtobuf

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// A key as its making answers: the only time that its secret is told.
package struct NewAccessKey: Sendable {
    package let key: AccessKey
    package let secret: String
}

extension Registrar {
    /// Those of an account, or of one user of it, by their ids. Throws `.noSuchAccount`, `.noSuchUser`.
    package func accessKeys(of account: AccountID, user: String? = nil) throws(IdentityError) -> [AccessKey] {
        guard directory.account(account) != nil else { throw .noSuchAccount(account) }
        var keys = directory.keys(of: account)
        if let user {
            guard let found = directory.user(Directory.UserName(account, user)) else { throw .noSuchUser(user) }
            keys = keys.filter { $0.userName == found.name }
        }
        return keys.sorted { $0.id < $1.id }
    }

    /// Makes a key for a user, or for the account's root when `user` is nil. What is nil of `id` and `secret` is made by chance.
    /// Throws `.noSuchAccount`, `.noSuchUser`, `.accessKeyExists`, `.invalid`, `.limitExceeded`, `.noMasterKey`.
    package func createAccessKey(
        of account: AccountID, user: String?, id: String? = nil, secret: String? = nil, _ origin: IdentityOrigin
    ) async throws(IdentityError) -> NewAccessKey {
        let (id, secret) = (id ?? "ROOST" + code(15), secret ?? newSecret())
        try FieldRules.check(.accessKeyID, id)
        try FieldRules.check(.secret, secret)
        guard !directory.isRootKey(id) else { throw .accessKeyExists(id) }
        let wrapped = try wrapped(secret, of: id, account)
        let holder = user.map { Directory.UserName(account, $0) }
        let reading = [IdentityKeys.accessKey(id), holder.map(IdentityKeys.user) ?? IdentityKeys.account(account)]
        let key = try await change(reading: reading) { [self] transaction in
            guard try transaction.get(IdentityKeys.accessKey(id)) == nil else { throw IdentityError.accessKeyExists(id) }
            let name = try count(1, ofKeysOf: holder, in: account, transaction)
            let record = PBAccessKeyRecord.with {
                $0.account = account.rawValue
                $0.userName = name
                $0.wrappedSecret = .init(wrapped)
                $0.secretEnding = String(secret.suffix(4))
                $0.createdMs = transaction.now.milliseconds
            }
            try transaction.put(IdentityKeys.accessKey(id), record)
            try noteMasterKey(in: transaction)
            try emit(IdentityFactKind.accessKeyCreated, id, record, origin, transaction)
            let key = try AccessKey(id, record)
            return (key, [.key(id, Directory.HeldKey(key: key, secret: secret))])
        }
        return NewAccessKey(key: key, secret: secret)
    }

    /// A key that is not active is unknown to every door from the next request on. Setting what is set succeeds.
    /// Throws `.noSuchAccessKey`, `.keyIsConfigured`.
    package func setAccessKey(_ id: String, isActive: Bool, _ origin: IdentityOrigin) async throws(IdentityError) -> AccessKey {
        guard !directory.isRootKey(id) else { throw .keyIsConfigured(id) }
        guard let held = directory.held(id) else { throw .noSuchAccessKey(id) }
        return try await change(reading: [IdentityKeys.accessKey(id)]) { [self] transaction in
            var record = try record(ofKey: id, in: transaction)
            // One that was deleted and made again meanwhile is not the one that was meant, and has another secret.
            guard record.createdMs == held.key.created.milliseconds, record.secretEnding == held.key.secretEnding else {
                throw IdentityError.noSuchAccessKey(id)
            }
            record.isInactive = !isActive
            try transaction.put(IdentityKeys.accessKey(id), record)
            try emit(
                isActive ? IdentityFactKind.accessKeyActivated : IdentityFactKind.accessKeyDeactivated, id, record, origin, transaction)
            let key = try AccessKey(id, record)
            return (key, [.key(id, Directory.HeldKey(key: key, secret: held.secret))])
        }
    }

    /// Throws `.noSuchAccessKey`, `.keyIsConfigured`.
    package func deleteAccessKey(_ id: String, _ origin: IdentityOrigin) async throws(IdentityError) {
        guard !directory.isRootKey(id) else { throw .keyIsConfigured(id) }
        try await change(reading: [IdentityKeys.accessKey(id)]) { [self] transaction in
            let record = try record(ofKey: id, in: transaction)
            let key = try AccessKey(id, record)
            _ = try count(-1, ofKeysOf: key.userName.map { Directory.UserName(key.account, $0) }, in: key.account, transaction)
            transaction.delete(IdentityKeys.accessKey(id))
            transaction.delete(IdentityKeys.revocation(ofKey: id))
            try emit(IdentityFactKind.accessKeyDeleted, id, record, origin, transaction)
            return ((), [.key(id, nil)])
        }
    }

    /// Makes another key for the holder of this one, in one commit; unless `keepsOld` the old one is deactivated in it.
    /// Throws `.noSuchAccessKey`, `.keyIsConfigured`, `.limitExceeded`, `.noMasterKey`.
    package func rotateAccessKey(_ id: String, keepsOld: Bool, _ origin: IdentityOrigin) async throws(IdentityError) -> NewAccessKey {
        guard !directory.isRootKey(id) else { throw .keyIsConfigured(id) }
        guard let held = directory.held(id) else { throw .noSuchAccessKey(id) }
        let (newID, secret) = ("ROOST" + code(15), newSecret())
        let wrapped = try wrapped(secret, of: newID, held.key.account)
        let key = try await change(reading: [IdentityKeys.accessKey(id), IdentityKeys.accessKey(newID)]) { [self] transaction in
            var old = try record(ofKey: id, in: transaction)
            guard try transaction.get(IdentityKeys.accessKey(newID)) == nil else { throw IdentityError.accessKeyExists(newID) }
            let holder = old.userName.isEmpty ? nil : Directory.UserName(held.key.account, old.userName)
            let record = PBAccessKeyRecord.with {
                $0.account = old.account
                $0.userName = old.userName
                $0.wrappedSecret = .init(wrapped)
                $0.secretEnding = String(secret.suffix(4))
                $0.createdMs = transaction.now.milliseconds
            }
            _ = try count(1, ofKeysOf: holder, in: held.key.account, transaction)
            try transaction.put(IdentityKeys.accessKey(newID), record)
            try noteMasterKey(in: transaction)
            try emit(IdentityFactKind.accessKeyCreated, newID, record, origin, transaction)
            let key = try AccessKey(newID, record)
            var changes: [Directory.Change] = [.key(newID, Directory.HeldKey(key: key, secret: secret))]
            if !keepsOld {
                old.isInactive = true
                try transaction.put(IdentityKeys.accessKey(id), old)
                try emit(IdentityFactKind.accessKeyDeactivated, id, old, origin, transaction)
                changes.append(.key(id, Directory.HeldKey(key: try AccessKey(id, old), secret: held.secret)))
            }
            return (key, changes)
        }
        return NewAccessKey(key: key, secret: secret)
    }

    /// Withdraws every presigned URL of the key that was made at `time` or earlier; nil means now. An earlier withdrawal stays when it goes
    /// further. Returns until when. Throws `.noSuchAccessKey`.
    package func revokeURLs(ofKey id: String, until time: Timestamp?, _ origin: IdentityOrigin) async throws(IdentityError) -> Timestamp {
        let isConfigured = directory.isRootKey(id)
        return try await change(reading: [IdentityKeys.accessKey(id), IdentityKeys.revocation(ofKey: id)]) { [self] transaction in
            if !isConfigured { _ = try record(ofKey: id, in: transaction) }
            let key = IdentityKeys.revocation(ofKey: id)
            let before = try transaction.get(key).map { Timestamp(milliseconds: Int64(StorageKeys.decodeCount($0))) }
            let until = max(time ?? transaction.now, before ?? Timestamp(milliseconds: 0))
            transaction.put(key, StorageKeys.encodeCount(UInt64(until.milliseconds)))
            try transaction.emit(
                IdentityFactKind.presignedURLsOfKeyRevoked,
                PBPresignedURLsOfKeyRevoked.with {
                    $0.accessKeyID = id
                    $0.untilMs = until.milliseconds
                    $0.origin = origin.record
                })
            return (until, [.urlsRevoked(key: id, until: until)])
        }
    }

    private func record(ofKey id: String, in transaction: Transaction) throws -> PBAccessKeyRecord {
        guard let record = try transaction.message(PBAccessKeyRecord.self, at: IdentityKeys.accessKey(id)) else {
            throw IdentityError.noSuchAccessKey(id)
        }
        return record
    }

    /// Adds to the number of keys that a user, or the account's root, has. Returns the user's name as it was given, "" for the root.
    private func count(_ difference: Int, ofKeysOf holder: Directory.UserName?, in account: AccountID, _ transaction: Transaction) throws
        -> String
    {
        func sum(_ count: UInt32) throws -> UInt32 {
            let sum = Int(count) + difference
            precondition(sum >= 0, "a key is counted before it goes")
            guard sum <= IdentityLimits.keysPerHolderMax else { throw IdentityError.limitExceeded(.keysPerHolder) }
            return UInt32(sum)
        }
        guard let holder else {
            var record = try record(of: account, in: transaction)
            record.keyCount = try sum(record.keyCount)
            try transaction.put(IdentityKeys.account(account), record)
            return ""
        }
        var record = try record(of: holder, in: transaction)
        record.keyCount = try sum(record.keyCount)
        try transaction.put(IdentityKeys.user(holder), record)
        return record.name
    }

    private func emit(
        _ kind: Fact.Kind, _ id: String, _ record: PBAccessKeyRecord, _ origin: IdentityOrigin, _ transaction: Transaction
    ) throws {
        try transaction.emit(
            kind,
            PBAccessKeyChanged.with {
                $0.accessKeyID = id
                $0.account = record.account
                $0.userName = record.userName
                $0.origin = origin.record
            })
    }

    /// 40 letters and digits: 238 bits.
    private func newSecret() -> String {
        let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789")
        var secret = ""
        while secret.utf8.count < 40 {
            let six = Int(random.next() >> 58)
            // Numbers beyond the letters are thrown away, so that each letter is as likely.
            if six < letters.count { secret.append(letters[six]) }
        }
        return secret
    }
}
