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
    package static let region = ServerOption(
        "region", "NAME", default: "us-east-1", "The server's own region; requests for any of AWS's are taken, too.")
    package static let accessKeyID = ServerOption(
        "access-key-id", "KEY", isSecret: true, "The root's access key of a new data folder; made when it is not given.")
    package static let secretAccessKey = ServerOption(
        "secret-access-key", "SECRET", isSecret: true, "The root's secret of a new data folder; at least 8 characters.")
    package static let masterKey = ServerOption(
        "master-key", "BASE64", isSecret: true,
        "The master key itself, 32 bytes in Base64; more, separated by commas, only unwrap. Instead of a file.")
    package static let masterKeyFile = ServerOption(
        "master-key-file", "FILE",
        "Where the master key is, or will be made; outside of the data folder. Without it: the data folder's path and .master-key.")
    package static let masterKeyCommand = ServerOption(
        "master-key-command", "COMMAND", "Run by /bin/sh at the start; prints the master keys as the file has them. Instead of a file.")
    package static let kmsKeys = ServerOption(
        "kms-keys", "A,B", "Ids of keys for SSE-KMS; those that the local key service does not have yet are made at the start.")
    package static let defaultEncryption = ServerOption(
        "default-encryption", "MODE", default: "AES256",
        "AES256 or none: whether objects get SSE-S3 whose client asks for nothing, in buckets without default encryption of their own, and new "
            + "queues SSE-SQS.")
    package static let sseCustomerTLS = ServerOption(
        "sse-c-requires-tls", "BOOLEAN", default: "false", "Refuse customers' keys on connections in the clear, as AWS does.")
    package static let tls = ServerOption(
        "tls", "MODE", default: "off", "off, self-made (a certificate kept in the data folder) or files.")
    package static let tlsCertificate = ServerOption("tls-certificate", "FILE", "The certificate and its chain, PEM; with --tls files.")
    package static let tlsKey = ServerOption("tls-key", "FILE", "The certificate's private key, PEM; with --tls files.")
    package static let hostNames = ServerOption(
        "host-names", "A,B",
        "Names under which clients reach this server, also through proxies: BUCKET.NAME is that bucket, and signatures made for one are valid."
    )
    package static let websiteDomains = ServerOption(
        "website-domains", "A,B",
        "Names below which buckets are websites: BUCKET.NAME. Always so are s3-website.localhost and s3-website.NAME of each host name.")
    package static let bucketLogInterval = ServerOption(
        "bucket-log-interval", "SECONDS", default: "60", "Logs of requests to buckets are delivered to their target buckets after this.")
    package static let requestLog = ServerOption("request-log", "MODE", default: "errors", "off, errors or all.")
    package static let logFormat = ServerOption("log-format", "FORMAT", default: "logfmt", "logfmt or json.")
    package static let logLevel = ServerOption("log-level", "LEVEL", default: "info", "trace, debug, info, notice, warning or error.")
    package static let connectionsMax = ServerOption(
        "connections-max", "COUNT", default: "4096", "Open connections; more wait to be accepted.")
    package static let idleTimeout = ServerOption(
        "idle-timeout", "SECONDS", default: "75", "A connection without a request is closed after this.")
    package static let drainTimeout = ServerOption(
        "drain-timeout", "SECONDS", default: "25", "On SIGTERM, requests under way get this long to finish.")
    package static let lifecycleDay = ServerOption(
        "lifecycle-day", "SECONDS", default: "86400",
        "How long a day of a bucket's lifecycle rules is. Shorter ones are for trying rules out; expiration headers name civil days.")

    package static let dialect = ServerOption(
        "dialect", "NAME", default: "aws",
        "aws or ceph: whose habits hold where the two differ (docs/ceph.md). With ceph lists of grants count in new buckets and nothing is blocked."
    )
    package static let explain = ServerOption(
        "explain", "MODE", default: "refusals", "refusals or all: which decisions about access are kept for roost explain."
    )
    package static let functions = ServerOption(
        "functions", "ARN=URL,...",
        "The HTTP endpoints that bucket notifications for Lambda functions and event buses go to; or a JSON file of them.")
    package static let functionSecret = ServerOption(
        "function-secret", "SECRET", isSecret: true, "Signs the requests to functions that declare no secret of their own.")

    package static let all: [ServerOption] = [
        config, data, listen, accountID, region, accessKeyID, secretAccessKey, masterKey, masterKeyFile, masterKeyCommand, kmsKeys,
        defaultEncryption, sseCustomerTLS, tls, tlsCertificate, tlsKey, hostNames, websiteDomains, bucketLogInterval, requestLog,
        logFormat, logLevel, dialect, explain, connectionsMax, idleTimeout, drainTimeout, lifecycleDay, functions, functionSecret,
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
