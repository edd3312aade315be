import Bytes
import Crypto
import Model

/// Proves to a receiver that a request comes from this server, is whole and is recent.
///
/// The signature is the HMAC-SHA256, keyed with the target's secret, of the time in seconds as text, a full stop and the body.
package enum WebhookSignature {
    package static let timestampHeader = "x-roost-timestamp"
    package static let signatureHeader = "x-roost-signature"

    /// Empty without a secret.
    package static func headers(secret: [UInt8], time: Timestamp, body: [UInt8]) -> [(name: String, value: String)] {
        guard !secret.isEmpty else { return [] }
        let seconds = String(time.seconds)
        var code = HMAC<SHA256>(key: SymmetricKey(data: secret))
        code.update(data: Array((seconds + ".").utf8))
        code.update(data: body)
        return [(timestampHeader, seconds), (signatureHeader, "v1=" + Hex.encode(Array(code.finalize())))]
    }
}
