import Model
import StoragePorts
import Synchronization

/// Accounts, users and access keys in memory: what requests are answered from. The ledger is the truth, this its image.
///
/// Invariants: a change is applied after its commit is durable and before its caller is told; of two changes of one thing the one with the
/// later position stays, in whichever order they arrive; a key's credential says what account, user and key say now.
final class Directory: Sendable {
    /// One thing that a commit changes.
    enum Subject: Hashable, Sendable {
        case account(AccountID)
        case user(UserName)
        case key(String)
        case urlsOf(key: String)
    }

    /// A user's name as it is looked up: the case of letters does not count.
    struct UserName: Hashable, Sendable {
        let account: AccountID
        let folded: String

        init(_ account: AccountID, _ name: String) {
            self.account = account
            self.folded = name.lowercased()
        }
    }

    /// A thing's new state; nil removes it.
    enum Change: Sendable {
        case account(Account)
        case accountRemoved(AccountID)
        case user(UserName, User?)
        case key(String, HeldKey?)
        case urlsRevoked(key: String, until: Timestamp)

        var subject: Subject {
            switch self {
            case .account(let account): .account(account.id)
            case .accountRemoved(let id): .account(id)
            case .user(let name, _): .user(name)
            case .key(let id, _): .key(id)
            case .urlsRevoked(let key, _): .urlsOf(key: key)
            }
        }
    }

    /// A key with its secret in clear.
    struct HeldKey: Sendable {
        let key: AccessKey
        let secret: String
    }

    private struct State {
        var accounts: [AccountID: Account] = [:]
        var byCanonicalID: [String: AccountID] = [:]
        var byEmail: [String: AccountID] = [:]
        var users: [UserName: User] = [:]
        var keys: [String: HeldKey] = [:]
        var urlsRevoked: [String: Timestamp] = [:]
        /// Of active keys.
        var credentials: [String: Credential] = [:]
        /// Changes begun and not ended, and until there is none the position of each change applied.
        var underWay = 0
        var positions: [Subject: LSN] = [:]
    }

    private let state: Mutex<State>
    private let rootKeys: [AccessKeyPair]
    private let defaultAccount: AccountID

    /// `rootKeys` are those of `account` that the configuration gives: they are always active, and no change touches them.
    init(account: Account, rootKeys: [AccessKeyPair]) {
        self.rootKeys = rootKeys
        self.defaultAccount = account.id
        var state = State()
        Self.set(account, &state)
        self.state = Mutex(state)
        self.state.withLock { addRootCredentials(&$0) }
    }

    // MARK: Reading

    func credential(_ accessKeyID: String) -> Credential? { state.withLock { $0.credentials[accessKeyID] } }
    func account(_ id: AccountID) -> Account? { state.withLock { $0.accounts[id] } }
    func account(canonicalID: String) -> Account? {
        state.withLock { state in state.byCanonicalID[canonicalID].flatMap { state.accounts[$0] } }
    }
    func account(email: String) -> Account? { state.withLock { state in state.byEmail[email.lowercased()].flatMap { state.accounts[$0] } } }
    func user(_ name: UserName) -> User? { state.withLock { $0.users[name] } }
    func held(_ id: String) -> HeldKey? { state.withLock { $0.keys[id] } }
    var accounts: [Account] { state.withLock { Array($0.accounts.values) } }
    var accountCount: Int { state.withLock { $0.accounts.count } }

    func users(of account: AccountID) -> [User] { state.withLock { $0.users.values.filter { $0.account == account } } }
    func keys(of account: AccountID) -> [AccessKey] { state.withLock { $0.keys.values.map(\.key).filter { $0.account == account } } }

    func isRootKey(_ id: String) -> Bool { rootKeys.contains { $0.accessKeyID == id } }

    // MARK: Changing

    /// Call before a commit that changes something, and `end` after its changes were applied or it failed.
    func begin() { state.withLock { $0.underWay += 1 } }

    func end() {
        state.withLock { state in
            precondition(state.underWay > 0, "a change ends once")
            state.underWay -= 1
            if state.underWay == 0 { state.positions.removeAll() }
        }
    }

    /// What a commit at `position` changed.
    func apply(_ changes: [Change], at position: LSN) {
        state.withLock { state in
            for change in changes {
                if let last = state.positions[change.subject], last > position { continue }
                if state.underWay > 0 { state.positions[change.subject] = position }
                apply(change, &state)
            }
        }
    }

    private func apply(_ change: Change, _ state: inout State) {
        switch change {
        case .account(let account):
            Self.set(account, &state)
            for held in state.keys.values where held.key.account == account.id { Self.renew(held.key.id, &state) }
        case .accountRemoved(let id):
            Self.forget(id, &state)
            for held in state.keys.values where held.key.account == id { Self.renew(held.key.id, &state) }
        case .user(let name, let user):
            state.users[name] = user
            for held in state.keys.values where held.key.account == name.account && held.key.userName != nil {
                Self.renew(held.key.id, &state)
            }
        case .key(let id, let held):
            state.keys[id] = held
            if held == nil { state.urlsRevoked[id] = nil }
            Self.renew(id, &state)
        case .urlsRevoked(let key, let until):
            state.urlsRevoked[key] = until
            Self.renew(key, &state)
        }
        addRootCredentials(&state)
    }

    private static func forget(_ id: AccountID, _ state: inout State) {
        guard let before = state.accounts.removeValue(forKey: id) else { return }
        state.byCanonicalID[before.canonicalID] = nil
        if let email = before.email { state.byEmail[email] = nil }
    }

    private static func set(_ account: Account, _ state: inout State) {
        forget(account.id, &state)
        state.accounts[account.id] = account
        state.byCanonicalID[account.canonicalID] = account.id
        if let email = account.email { state.byEmail[email] = account.id }
    }

    /// A key without its account or user gives no credential.
    private static func renew(_ id: String, _ state: inout State) {
        guard let held = state.keys[id], held.key.isActive, let principal = principal(of: held.key, state) else {
            state.credentials[id] = nil
            return
        }
        state.credentials[id] = Credential(
            accessKeyID: id, secretAccessKey: held.secret, principal: principal, urlsRevokedUntil: state.urlsRevoked[id])
    }

    private static func principal(of key: AccessKey, _ state: State) -> Principal? {
        guard let account = state.accounts[key.account] else { return nil }
        guard let name = key.userName else { return account.root(accessKeyID: key.id) }
        return state.users[UserName(key.account, name)]?.principal(in: account, accessKeyID: key.id)
    }

    /// After every change: no stored key may stand in the place of a configured one.
    private func addRootCredentials(_ state: inout State) {
        guard let account = state.accounts[defaultAccount] else { preconditionFailure("the default account is always there") }
        for pair in rootKeys {
            state.credentials[pair.accessKeyID] = Credential(
                accessKeyID: pair.accessKeyID, secretAccessKey: pair.secretAccessKey,
                principal: account.root(accessKeyID: pair.accessKeyID), urlsRevokedUntil: state.urlsRevoked[pair.accessKeyID])
        }
    }
}
