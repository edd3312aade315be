import Model

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// The access key of the account's root.
package struct RootKeys: Sendable, Equatable {
    package let accessKeyID: String
    package let secretAccessKey: String

    /// Nil when clients could not send them: the id is 3 to 128 letters, digits, `_` or `-`; the secret 8 to 256 printable
    /// characters without spaces.
    package init?(accessKeyID: String, secretAccessKey: String) {
        let idIsValid = (3...128).contains(accessKeyID.utf8.count) && accessKeyID.utf8.allSatisfy(Self.isNameByte)
        let secretIsValid = (8...256).contains(secretAccessKey.utf8.count) && secretAccessKey.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }
        guard idIsValid, secretIsValid else { return nil }
        self.accessKeyID = accessKeyID
        self.secretAccessKey = secretAccessKey
    }

    /// New ones: 20 characters of Base32 and 40 of Base64's letters and digits, from the system's secure source.
    package static func made() -> RootKeys {
        var source = SystemRandomNumberGenerator()
        func text(_ alphabet: String, _ count: Int) -> String {
            let letters = Array(alphabet)
            return String((0..<count).map { _ in letters[Int.random(in: 0..<letters.count, using: &source)] })
        }
        let id = "ROOST" + text("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 15)
        let secret = text("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", 40)
        guard let keys = RootKeys(accessKeyID: id, secretAccessKey: secret) else { preconditionFailure("made keys are valid") }
        return keys
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
            || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "-")
    }
}

/// `root-credentials.json` in the data folder: whose it is, and the root's keys. Readable by the server's user only.
package struct RootCredentials: Sendable, Equatable {
    package static let fileName = "root-credentials.json"

    package let account: AccountID
    package let keys: RootKeys
    /// The file was written just now: the only time its secret may be shown.
    package let isNew: Bool

    private struct Stored: Codable {
        let accountID: String
        let accessKeyID: String
        let secretAccessKey: String
    }

    /// Reads the file, or writes it with `keys` (or new ones) for a new folder. Blocks.
    ///
    /// Throws `ConfigurationError` when the folder belongs to another account or other keys are asked for: changing either
    /// behind the back of clients would look like lost data.
    package static func settle(in folder: String, account: AccountID, keys: RootKeys?) throws -> RootCredentials {
        let path = folder + "/" + fileName
        if let found = try read(folder: folder) {
            guard found.account == account else {
                throw ConfigurationError("'\(folder)' belongs to account \(found.account): start with --account-id \(found.account)")
            }
            guard keys == nil || keys == found.keys else {
                throw ConfigurationError(
                    "'\(folder)' has other root keys than ROOST_ACCESS_KEY_ID and ROOST_SECRET_ACCESS_KEY: see \(path)")
            }
            return found
        }
        let made = keys ?? .made()
        let stored = Stored(accountID: account.rawValue, accessKeyID: made.accessKeyID, secretAccessKey: made.secretAccessKey)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        try PrivateFile.write([UInt8](encoder.encode(stored)) + [UInt8(ascii: "\n")], to: path)
        return RootCredentials(account: account, keys: made, isNew: true)
    }

    /// Nil when the folder has none yet. Blocks.
    package static func read(folder: String) throws -> RootCredentials? {
        let path = folder + "/" + fileName
        guard let bytes = try PrivateFile.read(path) else { return nil }
        guard let stored = try? JSONDecoder().decode(Stored.self, from: Data(bytes)), let account = AccountID(stored.accountID),
            let keys = RootKeys(accessKeyID: stored.accessKeyID, secretAccessKey: stored.secretAccessKey)
        else {
            throw ConfigurationError("'\(path)' is damaged: it should hold accountID, accessKeyID and secretAccessKey")
        }
        return RootCredentials(account: account, keys: keys, isNew: false)
    }
}
