import Model
import StoragePorts

/// Where the Identity domain keeps what in the ledger. Frozen (docs/FORMAT.md); numbers are big-endian.
///
///     40 account:12                       -> AccountRecord
///     41 account:12 folded-user-name      -> UserRecord; the name in lower case
///     42 access-key-id                    -> AccessKeyRecord
///     43 canonical-id                     -> account:12
///     44 e-mail                           -> account:12; in lower case
///     45 01 access-key-id                 -> time in ms:8; presigned URLs of the key made until then are withdrawn
///     45 02 account:12 url-id             -> PresignedURLRecord
///     45 03 time:8 account:12 url-id      -> (empty) when the record above may go
enum IdentityKeys {
    static let accountTag: UInt8 = 0x40
    static let userTag: UInt8 = 0x41
    static let accessKeyTag: UInt8 = 0x42
    static let canonicalIDTag: UInt8 = 0x43
    static let emailTag: UInt8 = 0x44
    static let revocationTag: UInt8 = 0x45

    private static let ofKey: UInt8 = 1
    private static let ofURL: UInt8 = 2
    private static let expiry: UInt8 = 3

    static let allAccounts = KeyRange.prefix([accountTag])
    static let allUsers = KeyRange.prefix([userTag])
    static let allAccessKeys = KeyRange.prefix([accessKeyTag])
    static let allRevocationsOfKeys = KeyRange.prefix([revocationTag, ofKey])

    static func account(_ id: AccountID) -> [UInt8] { [accountTag] + id.rawValue.utf8 }
    static func users(of account: AccountID) -> [UInt8] { [userTag] + account.rawValue.utf8 }
    static func user(_ name: Directory.UserName) -> [UInt8] { users(of: name.account) + name.folded.utf8 }
    static func accessKey(_ id: String) -> [UInt8] { [accessKeyTag] + id.utf8 }
    static func canonicalID(_ id: String) -> [UInt8] { [canonicalIDTag] + id.utf8 }
    static func email(_ email: String) -> [UInt8] { [emailTag] + email.utf8 }
    static func revocation(ofKey id: String) -> [UInt8] { [revocationTag, ofKey] + id.utf8 }
    static func url(_ url: PresignedURLID) -> [UInt8] { [revocationTag, ofURL] + url.account.rawValue.utf8 + url.name.utf8 }

    static func expiry(of url: PresignedURLID, at time: Timestamp) -> [UInt8] {
        expiries(until: time) + url.account.rawValue.utf8 + url.name.utf8
    }

    /// All that may go before `time`.
    static func expired(before time: Timestamp) -> KeyRange { KeyRange(from: [revocationTag, expiry], to: expiries(until: time)) }

    private static func expiries(until time: Timestamp) -> [UInt8] {
        [revocationTag, expiry] + StorageKeys.bigEndian(UInt64(bitPattern: max(0, time.milliseconds)))
    }

    /// The URL that an expiry's key names.
    static func url(ofExpiry key: [UInt8]) -> PresignedURLID? {
        guard key.count > 22, let account = AccountID(String(decoding: key[10..<22], as: UTF8.self)) else { return nil }
        return PresignedURLID(stored: String(decoding: key[22...], as: UTF8.self), account)
    }

    /// What follows the tag of an account's, user's or access key's ledger key.
    static func text(_ key: UnsafeRawBufferPointer, from offset: Int = 1) -> String { String(decoding: key[offset...], as: UTF8.self) }

    static func account(ofUserKey key: UnsafeRawBufferPointer) -> AccountID? {
        key.count > 13 ? AccountID(String(decoding: key[1..<13], as: UTF8.self)) : nil
    }
}
