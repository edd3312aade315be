import Envelope
import Environment
import Model
import StoragePorts

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Makes and changes accounts, users and access keys: in the ledger, and then in the memory that `Identity` answers from.
///
/// Every changing method returns after its commit is synced and in force: the next request sees it. When one throws, nothing changed,
/// except where the error is `.ledger(.poisoned)`: then the next start tells.
package final class Registrar: Sendable {
    package let identity: Identity
    let ledger: any Ledger
    let random: any RandomSource
    let masterKeys: MasterKeys?

    var directory: Directory { identity.directory }

    /// Without `masterKeys` no access key can be made. One registrar serves an identity and its ledger.
    package init(identity: Identity, ledger: any Ledger, random: any RandomSource, masterKeys: MasterKeys?) {
        self.identity = identity
        self.ledger = ledger
        self.random = random
        self.masterKeys = masterKeys
    }

    /// Reads everything into memory; call before the first request. Throws `.secretUnreadable` when the master keys are not those that
    /// wrapped the secrets, or there are none.
    package func load() async throws(IdentityError) {
        do {
            let (stored, position) = try await ledger.read { snapshot in (try StoredDirectory(snapshot), snapshot.lsn) }
            var changes = stored.accounts.map { Directory.Change.account($0) }
            changes += stored.users.map { .user(Directory.UserName($0.account, $0.name), $0) }
            changes += try stored.keys.map { .key($0.key.id, Directory.HeldKey(key: $0.key, secret: try open($0.wrapped, $0.key))) }
            changes += stored.urlsRevoked.map { .urlsRevoked(key: $0.key, until: $0.value) }
            directory.apply(changes, at: position)
        } catch {
            throw IdentityError(error)
        }
    }

    // MARK: Secrets

    private static func context(_ id: String, _ account: AccountID) -> WrapContext {
        WrapContext("access key", account.rawValue, id)
    }

    func wrapped(_ secret: String, of id: String, _ account: AccountID) throws(IdentityError) -> [UInt8] {
        guard let masterKeys else { throw .noMasterKey }
        return masterKeys.wrap(Array(secret.utf8), Self.context(id, account))
    }

    /// In every commit that stores a wrap, so that a start without the key is refused.
    func noteMasterKey(in transaction: Transaction) throws {
        guard let masterKeys else { throw IdentityError.noMasterKey }
        try transaction.noteMasterKey(masterKeys.currentID.rawValue)
    }

    private func open(_ wrapped: [UInt8], _ key: AccessKey) throws(IdentityError) -> String {
        guard let masterKeys else { throw .secretUnreadable("access key \(key.id) needs a master key, and none was given") }
        do {
            return String(decoding: try masterKeys.unwrap(wrapped, Self.context(key.id, key.account)), as: UTF8.self)
        } catch {
            switch error {
            case .masterKeyAbsent(let id):
                throw .secretUnreadable("access key \(key.id) was wrapped by master key \(id), which was not given")
            case .notAuthentic, .malformed: throw .secretUnreadable("the stored secret of access key \(key.id) is damaged")
            }
        }
    }

    /// Wraps every secret anew that an older master key wrapped; returns how many. Interrupted, it goes on where it is called again.
    package func rewrap() async throws(IdentityError) -> Int {
        guard let masterKeys else { throw .noMasterKey }
        do {
            let stored = try await ledger.read { try StoredDirectory($0) }
            var count = 0
            for (key, wrapped) in stored.keys {
                guard let renewed = try masterKeys.rewrap(wrapped, Self.context(key.id, key.account)) else { continue }
                _ = try await ledger.commit(reading: [IdentityKeys.accessKey(key.id)]) { transaction in
                    guard var record = try transaction.message(PBAccessKeyRecord.self, at: IdentityKeys.accessKey(key.id)),
                        record.wrappedSecret.elementsEqual(wrapped)
                    else { return }
                    record.wrappedSecret = .init(renewed)
                    try transaction.put(IdentityKeys.accessKey(key.id), record)
                    try transaction.noteMasterKey(masterKeys.currentID.rawValue)
                }
                count += 1
            }
            return count
        } catch {
            throw IdentityError(error)
        }
    }

    // MARK: Commits

    /// Commits, and applies what the closure says that it changed.
    func change<Value: Sendable>(
        reading keys: [[UInt8]], _ body: @escaping @Sendable (Transaction) throws -> (Value, [Directory.Change])
    ) async throws(IdentityError) -> Value {
        directory.begin()
        defer { directory.end() }
        do {
            let committed = try await ledger.commit(reading: keys, body)
            directory.apply(committed.value.1, at: committed.lsn)
            return committed.value.0
        } catch {
            throw IdentityError(error)
        }
    }

    /// The record of an account; for the server's own, before any command changed it, what is implied. Throws `.noSuchAccount`.
    func record(of account: AccountID, in reader: any KeyValueReader) throws -> PBAccountRecord {
        if let record = try reader.message(PBAccountRecord.self, at: IdentityKeys.account(account)) { return record }
        guard account == identity.account else { throw IdentityError.noSuchAccount(account) }
        return PBAccountRecord(Identity.defaultAccount(account))
    }

    func record(of name: Directory.UserName, in reader: any KeyValueReader) throws -> PBUserRecord {
        guard let record = try reader.message(PBUserRecord.self, at: IdentityKeys.user(name)) else {
            throw IdentityError.noSuchUser(name.folded)
        }
        return record
    }

    /// `count` characters of an alphabet of 32.
    func code(_ count: Int) -> String {
        let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")
        return String((0..<count).map { _ in letters[Int(random.next() >> 59)] })
    }
}
