/// One setting of `roost serve`: as a flag, in the environment and in the file. The only list: help, documentation, parser
/// and loader all read it.
package struct ServerOption: Sendable {
    /// As in the file and, with two dashes, on the command line.
    package let name: String
    /// What stands for the value in the help.
    package let value: String
    package let fallback: String?
    package let help: String
    /// Secrets come from the environment or a file: a command line is readable by everybody on the machine.
    package let isSecret: Bool

    /// `ROOST_` and the name in capitals.
    package var environmentName: String {
        "ROOST_" + name.uppercased().map { $0 == "-" ? "_" : $0 }
    }

    private init(_ name: String, _ value: String, default fallback: String? = nil, isSecret: Bool = false, _ help: String) {
        self.name = name
        self.value = value
        self.fallback = fallback
        self.isSecret = isSecret
        self.help = help
    }

    package static let config = ServerOption(
        "config", "FILE", "A JSON file with any of these settings, by their names without dashes in front. Flags and environment win.")
    package static let data = ServerOption("data", "DIR", default: "data", "The data folder; made when it is not there.")
    package static let listen = ServerOption("listen", "HOST:PORT", default: "127.0.0.1:9000", "Where to listen; [::1]:9000 for IPv6.")
    package static let accountID = ServerOption(
        "account-id", "12DIGITS", default: "000000000000", "The account that owns everything in a new data folder.")
    package static let region = ServerOption("region", "NAME", default: "us-east-1", "The region that signatures name.")
    package static let accessKeyID = ServerOption(
        "access-key-id", "KEY", isSecret: true, "The root's access key of a new data folder; made when it is not given.")
    package static let secretAccessKey = ServerOption(
        "secret-access-key", "SECRET", isSecret: true, "The root's secret of a new data folder; at least 8 characters.")
    package static let masterKeyFile = ServerOption(
        "master-key-file", "FILE",
        "The master keys that wrap every stored secret, one on a line; outside of the data folder and readable by the server's user only. "
            + "Made when it is missing and nothing is wrapped yet.")
    package static let masterKeys = ServerOption(
        "master-keys", "KEYS", isSecret: true,
        "The master keys themselves, 32 bytes in Base64 each, with commas between; instead of a file.")
    package static let tls = ServerOption(
        "tls", "MODE", default: "off", "off, self-made (a certificate kept in the data folder) or files.")
    package static let tlsCertificate = ServerOption("tls-certificate", "FILE", "The certificate and its chain, PEM; with --tls files.")
    package static let tlsKey = ServerOption("tls-key", "FILE", "The certificate's private key, PEM; with --tls files.")
    package static let hostNames = ServerOption(
        "host-names", "A,B",
        "Names under which clients reach this server, also through proxies: BUCKET.NAME is that bucket, and signatures made for one are valid."
    )
    package static let requestLog = ServerOption("request-log", "MODE", default: "errors", "off, errors or all.")
    package static let logFormat = ServerOption("log-format", "FORMAT", default: "logfmt", "logfmt or json.")
    package static let logLevel = ServerOption("log-level", "LEVEL", default: "info", "trace, debug, info, notice, warning or error.")
    package static let connectionsMax = ServerOption(
        "connections-max", "COUNT", default: "4096", "Open connections; more wait to be accepted.")
    package static let idleTimeout = ServerOption(
        "idle-timeout", "SECONDS", default: "75", "A connection without a request is closed after this.")
    package static let drainTimeout = ServerOption(
        "drain-timeout", "SECONDS", default: "25", "On SIGTERM, requests under way get this long to finish.")

    package static let all: [ServerOption] = [
        config, data, listen, accountID, region, accessKeyID, secretAccessKey, masterKeyFile, masterKeys, tls, tlsCertificate, tlsKey,
        hostNames, requestLog,
        logFormat, logLevel, connectionsMax, idleTimeout, drainTimeout,
    ]

    /// Columns of a help text.
    private static let helpWidth = 78

    /// The settings for `roost serve --help`, one paragraph each.
    package static var helpText: String {
        all.map { option in
            let title = option.isSecret ? "  \(option.environmentName)" : "  --\(option.name) \(option.value)"
            let origin = option.isSecret ? " Not a flag: others could read it." : " [\(option.environmentName)]"
            let fallback = option.fallback.map { " Default: \($0)." } ?? ""
            return "\(title)\n\(wrapped("\(option.help)\(fallback)\(origin)", indent: "      "))"
        }.joined(separator: "\n")
    }

    private static func wrapped(_ text: String, indent: String) -> String {
        var lines: [String] = []
        var line = indent
        for word in text.split(separator: " ") {
            if line.count + word.count + 1 > helpWidth, line != indent {
                lines.append(line)
                line = indent
            }
            line += (line == indent ? "" : " ") + word
        }
        return (lines + [line]).joined(separator: "\n")
    }

    /// The same as a table for docs/operations.md.
    package static var markdownTable: String {
        let rows = all.map { option in
            let flag = option.isSecret ? "" : "`--\(option.name) \(option.value)`"
            return "| \(flag) | `\(option.environmentName)` | \(option.fallback.map { "`\($0)`" } ?? "") | \(option.help) |"
        }
        return (["| flag | environment | default | meaning |", "|---|---|---|---|"] + rows).joined(separator: "\n")
    }
}
