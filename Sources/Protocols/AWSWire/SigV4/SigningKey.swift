import Crypto

/// The key derived from a secret for one scope, ready to sign.
///
/// Held as the two hashes of HMAC after their key blocks, so that a signature costs neither key schedule nor a generic walk over its data.
package struct SigningKey: Sendable {
    private let inner: SHA256
    private let outer: SHA256

    /// Four HMACs; see `SigningKeyCache`.
    package init(secret: String, scope: CredentialScope) {
        var key = SymmetricKey(data: Array("AWS4".utf8) + Array(secret.utf8))
        for part in [scope.date, scope.region, scope.service, CredentialScope.terminator] {
            key = SymmetricKey(data: HMAC<SHA256>.authenticationCode(for: Array(part.utf8), using: key))
        }
        var block = key.withUnsafeBytes { Array($0) }
        block.append(contentsOf: repeatElement(0, count: SHA256.blockByteCount - block.count))
        // RFC 2104, section 2.
        self.inner = Self.begun(with: block.map { $0 ^ 0x36 })
        self.outer = Self.begun(with: block.map { $0 ^ 0x5C })
    }

    private static func begun(with block: [UInt8]) -> SHA256 {
        var hash = SHA256()
        hash.update(data: block)
        return hash
    }

    /// Appends the signature of `text`: 64 lower-case hexadecimal digits.
    func appendSignature(of text: [UInt8], to output: inout [UInt8]) {
        var inner = inner
        text.withUnsafeBytes { inner.update(bufferPointer: $0) }
        var outer = outer
        inner.finalize().withUnsafeBytes { outer.update(bufferPointer: $0) }
        HexText.append(outer.finalize(), to: &output)
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
