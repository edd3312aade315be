/// What the operator reads at the start.
package enum Welcome {
    /// The endpoint, and at the first start the keys with lines to copy; later, and when the operator chose the keys, only where they stand.
    package static func text(endpoint: String, settings: ServerSettings, credentials: RootCredentials, version: String) -> String {
        var lines = ["Roost \(version) listens on \(endpoint)", "data: \(settings.dataFolder)   account: \(credentials.account)"]
        if credentials.isNew, settings.rootKeys == nil {
            lines += [
                "", "These are the root's keys. The secret is shown only now; both are kept in",
                "\(settings.dataFolder)/\(RootCredentials.fileName). To use them:", "",
                "  export AWS_ENDPOINT_URL=\(endpoint)", "  export AWS_ACCESS_KEY_ID=\(credentials.keys.accessKeyID)",
                "  export AWS_SECRET_ACCESS_KEY=\(credentials.keys.secretAccessKey)", "  export AWS_DEFAULT_REGION=\(settings.region)",
            ]
            if settings.tls == .selfMade {
                lines.append("  export AWS_CA_BUNDLE=\(settings.dataFolder)/\(SelfMadeCertificate.certificateFile)")
            }
            // By the name that started it, which need not be on the path.
            let program = CommandLine.arguments.first ?? "roost"
            lines += [
                "", "Then, in another terminal:", "", "  \(program) demo    # the whole story in a few seconds", "  aws s3 mb s3://first",
            ]
        } else {
            lines.append("root keys: \(credentials.keys.accessKeyID), secret in \(settings.dataFolder)/\(RootCredentials.fileName)")
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// The URL that clients on this machine use.
    package static func endpoint(settings: ServerSettings, port: Int) -> String {
        let scheme = settings.tls == .off ? "http" : "https"
        let anyHost = settings.host == "0.0.0.0" || settings.host == "::"
        let host = anyHost ? "127.0.0.1" : settings.host.contains(":") ? "[\(settings.host)]" : settings.host
        return "\(scheme)://\(host):\(port)"
    }
}
