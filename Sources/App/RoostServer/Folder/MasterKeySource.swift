import Envelope
import Environment
import StoragePorts

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Where the operator keeps the master keys: nowhere, in a file, or in the environment.
package enum MasterKeySource: Sendable, Equatable {
    case absent
    /// Absolute, outside of the data folder.
    case file(String)
    /// As `MasterKeyText` reads it.
    case text(String)

    /// Throws when both are given, and for a file inside of the data folder, where a copy of the data would take the keys along.
    init(file: String?, text: String?, dataFolder: String) throws(ConfigurationError) {
        switch (file, text) {
        case (nil, nil): self = .absent
        case (nil, let text?): self = .text(text)
        case (let file?, nil):
            guard !file.hasPrefix(dataFolder + "/") else {
                throw ConfigurationError(
                    "--master-key-file \(file) lies in the data folder, whose secrets it is to protect: keep it elsewhere")
            }
            self = .file(file)
        case (_?, _?): throw ConfigurationError("give either --master-key-file or ROOST_MASTER_KEYS")
        }
    }

    /// The keys, checked against what the ledger's wraps need; nil when there are none and none is needed. A file that is missing is made
    /// while nothing is wrapped. Throws `ConfigurationError`. Blocks for moments.
    func settle(_ ledger: any Ledger, random: any RandomSource) async throws -> MasterKeys? {
        let needed = try await ledger.read { try $0.notedMasterKeys() }.map(MasterKeyID.init)
        let keys = try read(random, mayMake: needed.isEmpty)
        for id in needed where keys?.holds(id) != true {
            throw ConfigurationError(
                "the data folder's secrets were wrapped by master key \(id), which was not given: start with the --master-key-file or "
                    + "ROOST_MASTER_KEYS that it was served with before")
        }
        return keys
    }

    private func read(_ random: any RandomSource, mayMake: Bool) throws -> MasterKeys? {
        switch self {
        case .absent: return nil
        case .text(let text): return try Self.parse(text, "ROOST_MASTER_KEYS", random)
        case .file(let path):
            if let bytes = try PrivateFile.read(path) {
                try Self.checkAccess(path)
                return try Self.parse(String(decoding: bytes, as: UTF8.self), path, random)
            }
            guard mayMake else { throw ConfigurationError("--master-key-file \(path) is not there, and the data folder's secrets need it") }
            let text = MasterKeyText.made(random: random)
            try PrivateFile.write(Array(text.utf8), to: path)
            return try Self.parse(text, path, random)
        }
    }

    private static func parse(_ text: String, _ origin: String, _ random: any RandomSource) throws(ConfigurationError) -> MasterKeys {
        do {
            return try MasterKeyText.parse(text, random: random)
        } catch {
            switch error {
            case .empty: throw ConfigurationError("\(origin) holds no master key")
            case .badLine(let line): throw ConfigurationError("\(origin): key \(line) is not 32 bytes in Base64")
            }
        }
    }

    private static func checkAccess(_ path: String) throws(ConfigurationError) {
        var status = stat()
        guard stat(path, &status) == 0, status.st_mode & 0o077 == 0 else {
            throw ConfigurationError("\(path) can be read by others: chmod 600 \(path)")
        }
    }
}
