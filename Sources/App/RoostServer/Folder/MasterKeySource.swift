import Envelope
import Environment
import Model

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Where the master keys come from: the environment, a command's output, or a file outside of the data folder.
package enum MasterKeySource: Sendable, Equatable {
    /// The text itself, from `ROOST_MASTER_KEY`.
    case text(String)
    /// Run by `/bin/sh -c`; its output is the text.
    case command(String)
    /// Made at the first start.
    case file(String)
}

/// Master keys as a start found them.
package struct LoadedMasterKeys: Sendable {
    package let keys: MasterKeys
    /// The file that was made just now: the operator has to be told of it.
    package let madeFile: String?
}

extension MasterKeySource {
    /// The most that a source may hold: some hundred keys with comments.
    private static let bytesMax = 64 * 1024

    /// The ring. `needed` are the keys that wrapped what the data folder holds: without one of them, or without a file where there has
    /// been one, the start is refused, because nothing that they wrapped could be read. Blocks. Throws `ConfigurationError`.
    package func load(needed: [MasterKeyID], random: any RandomSource) throws -> LoadedMasterKeys {
        var made: String?
        let text: String
        switch self {
        case .text(let given): text = given
        case .command(let command): text = try Self.output(of: command)
        case .file(let path):
            if let found = try Self.read(path) {
                text = found
            } else {
                if let id = needed.first {
                    throw ConfigurationError(
                        "the master key file '\(path)' is not there, and the data folder holds what master key \(id) wrapped: "
                            + "put the file back or name it with --master-key-file")
                }
                text = MasterKeyText.made(random: random)
                try Self.make(path, text)
                made = path
            }
        }
        let keys: MasterKeys
        do {
            keys = try MasterKeyText.parse(text, random: random)
        } catch .empty {
            throw ConfigurationError("\(name) holds no master key: 32 bytes in Base64 are needed, as openssl rand -base64 32 makes them")
        } catch .badLine(let line) {
            throw ConfigurationError("\(name), line \(line): a master key is 32 bytes in Base64, as openssl rand -base64 32 makes them")
        }
        if let absent = needed.first(where: { !keys.holds($0) }) {
            throw ConfigurationError(
                "the data folder holds what master key \(absent) wrapped, and \(name) has other keys: add that key, below the first one")
        }
        return LoadedMasterKeys(keys: keys, madeFile: made)
    }

    private var name: String {
        switch self {
        case .text: "ROOST_MASTER_KEY"
        case .command: "the output of --master-key-command"
        case .file(let path): "the master key file '\(path)'"
        }
    }

    private static func make(_ path: String, _ text: String) throws {
        do {
            try PrivateFile.write(Array(text.utf8), to: path)
        } catch {
            throw ConfigurationError("the master key file cannot be made (\(error)): name another place with --master-key-file")
        }
    }

    /// Nil when there is none.
    private static func read(_ path: String) throws -> String? {
        var status = stat()
        guard stat(path, &status) == 0 else {
            if errno == ENOENT { return nil }
            throw ConfigurationError("cannot read the master key file '\(path)': \(String(cString: strerror(errno)))")
        }
        guard status.st_mode & 0o077 == 0 else {
            throw ConfigurationError("the master key file '\(path)' can be read by others: chmod 600 '\(path)'")
        }
        guard status.st_size <= bytesMax, let bytes = try PrivateFile.read(path) else {
            throw ConfigurationError("the master key file '\(path)' is too large")
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func output(of command: String) throws -> String {
        guard let stream = popen(command, "r") else {
            throw ConfigurationError("--master-key-command cannot be run: \(String(cString: strerror(errno)))")
        }
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 4096)
        while bytes.count <= bytesMax {
            let count = fread(&piece, 1, piece.count, stream)
            if count == 0 { break }
            bytes.append(contentsOf: piece[..<count])
        }
        let status = pclose(stream)
        guard status == 0, bytes.count <= bytesMax else {
            throw ConfigurationError("--master-key-command failed (status \(status >> 8))")
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
