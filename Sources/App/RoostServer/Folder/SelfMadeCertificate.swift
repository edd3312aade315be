import Crypto
import Edge
import Model
import SwiftASN1
import X509

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// A certificate that the server signs itself, for TLS without an authority: kept in the data folder as
/// `tls-certificate.pem` and `tls-key.pem`, made again when it has run out or other names are wanted.
package enum SelfMadeCertificate {
    package static let certificateFile = "tls-certificate.pem"
    package static let keyFile = "tls-key.pem"
    /// The longest that clients accept from an authority, so that no client finds it odd.
    static let lifetimeDays = 397
    /// It is made again when it ends within this time: a server may run for long.
    static let renewalDays = 30
    /// Clients whose clocks run behind.
    static let backdate: TimeInterval = 3600
    private static let day: TimeInterval = 86_400

    /// `names`: host names and IP addresses besides `localhost`, `127.0.0.1` and `::1`. Blocks.
    package static func settle(in folder: String, names: [String], now: Timestamp) throws -> EdgeConfiguration.TLS {
        let wanted = allNames(names)
        let time = Date(timeIntervalSince1970: TimeInterval(now.milliseconds) / 1000)
        if let standing = try read(folder), isUsable(standing.certificateChainPEM, names: wanted, at: time) { return standing }
        let (certificate, key) = try make(names: wanted, at: time)
        // The key first: a certificate without its key would be used by nobody, a new key with the old certificate is replaced below.
        try PrivateFile.write(key, to: "\(folder)/\(keyFile)")
        try PrivateFile.write(certificate, to: "\(folder)/\(certificateFile)")
        return EdgeConfiguration.TLS(certificateChainPEM: certificate, privateKeyPEM: key)
    }

    private static func allNames(_ names: [String]) -> [String] {
        var result: [String] = []
        for name in ["localhost", "127.0.0.1", "::1"] + names where !result.contains(name) && name != "0.0.0.0" && name != "::" {
            result.append(name)
        }
        return result
    }

    private static func read(_ folder: String) throws -> EdgeConfiguration.TLS? {
        guard let certificate = try PrivateFile.read("\(folder)/\(certificateFile)"), let key = try PrivateFile.read("\(folder)/\(keyFile)")
        else { return nil }
        return EdgeConfiguration.TLS(certificateChainPEM: certificate, privateKeyPEM: key)
    }

    private static func isUsable(_ pem: [UInt8], names: [String], at time: Date) -> Bool {
        guard let certificate = try? Certificate(pemEncoded: String(decoding: pem, as: UTF8.self)),
            let alternatives = try? certificate.extensions.subjectAlternativeNames
        else { return false }
        let isFresh = certificate.notValidBefore <= time && certificate.notValidAfter > time + TimeInterval(renewalDays) * day
        return isFresh && Array(alternatives) == names.map(generalName)
    }

    private static func make(names: [String], at time: Date) throws -> (certificate: [UInt8], key: [UInt8]) {
        let key = P256.Signing.PrivateKey()
        let signer = Certificate.PrivateKey(key)
        let subject = try DistinguishedName { CommonName("Roost") }
        let certificate = try Certificate(
            version: .v3, serialNumber: Certificate.SerialNumber(), publicKey: signer.publicKey, notValidBefore: time - backdate,
            notValidAfter: time + TimeInterval(lifetimeDays) * day, issuer: subject, subject: subject,
            signatureAlgorithm: .ecdsaWithSHA256,
            extensions: try Certificate.Extensions {
                Critical(BasicConstraints.isCertificateAuthority(maxPathLength: 0))
                Critical(KeyUsage(digitalSignature: true, keyCertSign: true))
                try ExtendedKeyUsage([.serverAuth])
                SubjectAlternativeNames(names.map(generalName))
            },
            issuerPrivateKey: signer)
        let pem = try certificate.serializeAsPEM().pemString
        return (Array((pem + "\n").utf8), Array((key.pemRepresentation + "\n").utf8))
    }

    private static func generalName(_ name: String) -> GeneralName {
        guard let address = addressBytes(name) else { return .dnsName(name) }
        return .ipAddress(ASN1OctetString(contentBytes: address[...]))
    }
}
