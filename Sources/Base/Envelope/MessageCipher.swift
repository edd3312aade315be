import Crypto

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Seals short texts under one key, each by a name that it has for good:
///
///      0   n  the text, AES-256-GCM
///      n  16  its tag
///
/// The cipher's key is `derived("roost message", name)` of the key, and the nonce is zero. So a name must never stand for two different
/// texts; the same text sealed again gives the same bytes.
package struct MessageCipher: Sendable {
    package static let tagBytes = 16

    private let key: KeyedHash

    package init(key: DataKey) {
        self.key = KeyedHash(key)
    }

    package func seal(_ text: [UInt8], name: [UInt8]) -> [UInt8] {
        do {
            let box = try AES.GCM.seal(text, using: cipherKey(name), nonce: .zero)
            var sealed: [UInt8] = []
            sealed.reserveCapacity(text.count + Self.tagBytes)
            sealed.append(contentsOf: box.ciphertext)
            sealed.append(contentsOf: box.tag)
            return sealed
        } catch {
            preconditionFailure("AES-GCM seals whatever is short: \(error)")
        }
    }

    /// Throws `.malformed`, `.notAuthentic` (also for another name).
    package func open(_ sealed: some Collection<UInt8>, name: [UInt8]) throws(EnvelopeError) -> [UInt8] {
        guard sealed.count >= Self.tagBytes else { throw .malformed }
        let sealed = Array(sealed)
        let end = sealed.count - Self.tagBytes
        do {
            let box = try AES.GCM.SealedBox(nonce: .zero, ciphertext: sealed[..<end], tag: sealed[end...])
            return Array(try AES.GCM.open(box, using: cipherKey(name)))
        } catch {
            throw .notAuthentic
        }
    }

    private func cipherKey(_ name: [UInt8]) -> SymmetricKey { key.derived("roost message", salt: name).symmetric }
}

extension AES.GCM.Nonce {
    /// For keys that seal one text only.
    static let zero: AES.GCM.Nonce = {
        guard let nonce = try? AES.GCM.Nonce(data: [UInt8](repeating: 0, count: 12)) else { preconditionFailure("12 bytes are a nonce") }
        return nonce
    }()
}
