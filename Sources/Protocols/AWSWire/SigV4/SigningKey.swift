import Crypto

/// The key derived from a secret for one scope, ready to sign: its two HMAC blocks are hashed already.
package struct SigningKey: Sendable {
    private let keyed: HMAC<SHA256>

    /// Four HMACs; see `SigningKeyCache`.
    package init(secret: String, scope: CredentialScope) {
        var key = SymmetricKey(data: Array("AWS4".utf8) + Array(secret.utf8))
        for part in [scope.date, scope.region, scope.service, CredentialScope.terminator] {
            key = SymmetricKey(data: HMAC<SHA256>.authenticationCode(for: Array(part.utf8), using: key))
        }
        self.keyed = HMAC<SHA256>(key: key)
    }

    /// Appends the signature of `text`: 64 lower-case hexadecimal digits.
    func appendSignature(of text: [UInt8], to output: inout [UInt8]) {
        var keyed = keyed
        keyed.update(data: text)
        HexText.append(keyed.finalize(), to: &output)
    }

    func signature(of text: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(64)
        appendSignature(of: text, to: &result)
        return result
    }
}

/// Comparison in a time that depends on the lengths only.
enum ConstantTime {
    static func equal(_ a: [UInt8], _ b: [UInt8]) -> Bool {
        guard a.count == b.count else { return false }
        var difference: UInt8 = 0
        for index in a.indices {
            difference |= a[index] ^ b[index]
        }
        return difference == 0
    }
}
