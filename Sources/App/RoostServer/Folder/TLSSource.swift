import Edge
import Model

/// Where the listener's certificate comes from.
enum TLSSource {
    /// Nil for plain HTTP. Blocks.
    static func load(_ settings: ServerSettings, now: Timestamp) throws -> EdgeConfiguration.TLS? {
        switch settings.tls {
        case .off: return nil
        case .selfMade:
            return try SelfMadeCertificate.settle(in: settings.dataFolder, names: [settings.host] + settings.hostNames, now: now)
        case .files(let certificate, let key):
            guard let chain = try PrivateFile.read(certificate) else {
                throw ConfigurationError("--tls-certificate: there is no file '\(certificate)'")
            }
            guard let key = try PrivateFile.read(key) else { throw ConfigurationError("--tls-key: there is no file '\(key)'") }
            return EdgeConfiguration.TLS(certificateChainPEM: chain, privateKeyPEM: key)
        }
    }
}
