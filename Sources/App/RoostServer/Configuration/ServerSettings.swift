import Edge
import Logging
import Model
import Objects
import S3
import Webhooks

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// What `roost serve` was told, checked.
package struct ServerSettings: Sendable {
    package enum TLSMode: Sendable, Equatable {
        case off
        /// Kept in the data folder, made again when it runs out.
        case selfMade
        case files(certificate: String, key: String)
    }

    package let dataFolder: String
    package let host: String
    package let port: Int
    package let account: AccountID
    package let region: Region
    /// For a new data folder; nil lets it make its own.
    package let rootKeys: RootKeys?
    package let masterKeys: MasterKeySource
    /// Keys of the local key service that are to be there.
    package let serviceKeys: [String]
    /// Or objects are kept in the clear whose client and bucket ask for nothing.
    package let encryptsByDefault: Bool
    package let requiresTLSForCustomerKeys: Bool
    package let tls: TLSMode
    /// Lower-case; with a port where clients send one in their signed `Host`.
    package let hostNames: [String]
    /// Lower-case, without a port.
    package let websiteDomains: [String]
    package let bucketLogInterval: Duration
    package let requestLog: RequestLog.Mode
    package let logFormat: LogFormat
    package let logLevel: Logger.Level
    package let dialect: S3Dialect
    /// What is allowed is kept for explanations too, not only refusals.
    package let explainsAll: Bool
    package let limits: EdgeLimits
    package let lifecycleClock: LifecycleClock
    /// Endpoints for the functions that buckets may notify.
    package let functions: [WebhookTarget]

    init(_ value: @escaping (ServerOption) -> String?) throws(ConfigurationError) {
        let read = SettingReader(value: value)
        dataFolder = Self.absolute(try read.required(.data))
        (host, port) = try read.parsed(.listen, "HOST:PORT", Self.address)
        account = try read.parsed(.accountID, "12 digits") { AccountID($0) }
        region = try read.parsed(.region, "a region's name such as us-east-1") { Region($0) }
        rootKeys = try Self.rootKeys(id: value(.accessKeyID), secret: value(.secretAccessKey))
        masterKeys = try Self.masterKeys(value, beside: dataFolder)
        serviceKeys = Self.list(value(.kmsKeys))
        encryptsByDefault = try read.parsed(.defaultEncryption, "AES256 or none") { ["AES256": true, "none": false][$0] }
        requiresTLSForCustomerKeys = try read.parsed(.sseCustomerTLS, "true or false") { Bool($0) }
        tls = try Self.tls(read)
        hostNames = Self.list(value(.hostNames)).map { $0.lowercased() }
        websiteDomains = Self.list(value(.websiteDomains)).map { $0.lowercased() }
        bucketLogInterval = .seconds(try read.parsed(.bucketLogInterval, "seconds from 1 to 86400") { Self.number($0, in: 1...86_400) })
        requestLog = try read.parsed(.requestLog, "off, errors or all") { RequestLog.Mode(rawValue: $0) }
        logFormat = try read.parsed(.logFormat, "logfmt or json") { LogFormat(rawValue: $0) }
        logLevel = try read.parsed(.logLevel, "trace, debug, info, notice, warning or error") { Logger.Level(rawValue: $0) }
        dialect = try read.parsed(.dialect, "aws or ceph") { S3Dialect(rawValue: $0) }
        explainsAll = try read.parsed(.explain, "refusals or all") { ["refusals": false, "all": true][$0] }
        var limits = EdgeLimits()
        limits.connectionsMax = try read.parsed(.connectionsMax, "a number from 1 to 1000000") { Self.number($0, in: 1...1_000_000) }
        let seconds = "seconds from 1 to 86400"
        limits.idleTimeout = .seconds(try read.parsed(.idleTimeout, seconds) { Self.number($0, in: 1...86_400) })
        limits.shutdownDrain = .seconds(try read.parsed(.drainTimeout, seconds) { Self.number($0, in: 1...86_400) })
        self.limits = limits
        lifecycleClock = LifecycleClock(day: .seconds(try read.parsed(.lifecycleDay, seconds) { Self.number($0, in: 1...86_400) }))
        functions =
            try value(.functions).map { text throws(ConfigurationError) in
                try FunctionDeclarations.read(text, secret: value(.functionSecret))
            } ?? []
    }

    /// What is printed and stored names the folder from anywhere.
    private static func absolute(_ path: String) -> String {
        if path.hasPrefix("/") { return path }
        let current = FileManager.default.currentDirectoryPath
        return path == "." ? current : "\(current)/\(path.hasPrefix("./") ? String(path.dropFirst(2)) : path)"
    }

    /// `host:port`, `[v6]:port` or `:port` (all interfaces). Nil when it is none of them.
    static func address(_ text: String) -> (String, Int)? {
        guard let colon = text.lastIndex(of: ":"), let port = number(String(text[text.index(after: colon)...]), in: 0...65535) else {
            return nil
        }
        var host = String(text[..<colon])
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = String(host.dropFirst().dropLast())
        } else if host.contains(":") || host.contains("/") {
            return nil
        }
        return (host.isEmpty ? "0.0.0.0" : host, port)
    }

    private static func number(_ text: String, in range: ClosedRange<Int>) -> Int? {
        guard text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }), let number = Int(text) else { return nil }
        return range.contains(number) ? number : nil
    }

    private static func list(_ text: String?) -> [String] {
        (text ?? "").split(separator: ",").map { trimmed($0) }.filter { !$0.isEmpty }
    }

    private static func masterKeys(_ value: (ServerOption) -> String?, beside folder: String) throws(ConfigurationError) -> MasterKeySource
    {
        let (text, command, named) = (value(.masterKey), value(.masterKeyCommand), value(.masterKeyFile))
        guard [text, command, named].compactMap(\.self).count <= 1 else {
            throw ConfigurationError("ROOST_MASTER_KEY, --master-key-command and --master-key-file exclude each other: give one")
        }
        if let text { return .text(text) }
        if let command { return .command(command) }
        var path = folder
        while path.utf8.count > 1, path.hasSuffix("/") { path.removeLast() }
        let file = absolute(named ?? "\(path).master-key")
        guard !file.hasPrefix("\(path)/") else {
            throw ConfigurationError("--master-key-file \(file): must lie outside of the data folder, or who has the one has the other")
        }
        return .file(file)
    }

    private static func trimmed(_ text: Substring) -> String {
        String(text.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
    }

    private static func rootKeys(id: String?, secret: String?) throws(ConfigurationError) -> RootKeys? {
        guard let id, let secret else {
            if id == nil, secret == nil { return nil }
            throw ConfigurationError("ROOST_ACCESS_KEY_ID and ROOST_SECRET_ACCESS_KEY go together: one of them is missing")
        }
        guard let keys = RootKeys(accessKeyID: id, secretAccessKey: secret) else {
            throw ConfigurationError(
                "ROOST_ACCESS_KEY_ID must be 3 to 128 letters, digits, '_' or '-', and ROOST_SECRET_ACCESS_KEY at least 8 characters")
        }
        return keys
    }

    private static func tls(_ read: SettingReader) throws(ConfigurationError) -> TLSMode {
        switch try read.required(.tls) {
        case "off": return .off
        case "self-made": return .selfMade
        case "files":
            guard let certificate = read.value(.tlsCertificate), let key = read.value(.tlsKey) else {
                throw ConfigurationError("--tls files needs --tls-certificate FILE and --tls-key FILE")
            }
            return .files(certificate: certificate, key: key)
        case let other: throw ConfigurationError("--tls \(other): must be off, self-made or files")
        }
    }
}

private struct SettingReader {
    let value: (ServerOption) -> String?

    func required(_ option: ServerOption) throws(ConfigurationError) -> String {
        guard let text = value(option), !text.isEmpty else { throw ConfigurationError("--\(option.name) is empty") }
        return text
    }

    func parsed<Value>(_ option: ServerOption, _ expected: String, _ parse: (String) -> Value?) throws(ConfigurationError) -> Value {
        let text = try required(option)
        guard let parsed = parse(text) else { throw ConfigurationError("--\(option.name) \(text): must be \(expected)") }
        return parsed
    }
}
