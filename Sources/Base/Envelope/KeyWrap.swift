import Crypto
import Environment

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// What a wrapped secret belongs to: its purpose and the names that it is bound to. Unwrapping with any other context fails.
///
/// Encoded as fields one after the other, the purpose first, each with its length in 4 bytes, big-endian.
package struct WrapContext: Sendable, Hashable {
    package let bytes: [UInt8]

    package init(_ purpose: String, _ fields: [[UInt8]]) {
        var bytes: [UInt8] = []
        for field in [Array(purpose.utf8)] + fields {
            withUnsafeBytes(of: UInt32(field.count).bigEndian) { bytes.append(contentsOf: $0) }
            bytes.append(contentsOf: field)
        }
        self.bytes = bytes
    }

    package init(_ purpose: String, _ fields: String...) {
        self.init(purpose, fields.map { Array($0.utf8) })
    }
}

/// A secret wrapped by a key:
///
///      0   1  format: 1
///      1  24  salt, random
///     25   n  the secret, AES-256-GCM
///   25+n  16  its tag
///
/// A master key's wrap has the key's id (8 bytes, see `MasterKeyID`) between format and salt. The cipher's key is
/// `derived("roost wrap", salt)` of the wrapping key, new for every wrap, and so the nonce is zero: random nonces under one
/// key would meet after some billion wraps. Additional data: what comes before the salt, then the context.
package struct PendingWrap: Sendable {
    static let format: UInt8 = 1
    static let saltBytes = 24
    static let tagBytes = 16

    private let secret: [UInt8]
    private let prefix: [UInt8]
    private let salt: [UInt8]
    private let cipherKey: DataKey

    init(_ secret: [UInt8], under key: KeyedHash, prefix: [UInt8], random: any RandomSource) {
        self.secret = secret
        self.prefix = prefix
        salt = DataKey.randomBytes(Self.saltBytes, random)
        cipherKey = Self.cipherKey(key, salt)
    }

    private static func cipherKey(_ key: KeyedHash, _ salt: [UInt8]) -> DataKey { key.derived("roost wrap", salt: salt) }

    /// The wrapped secret. About a microsecond; used at most once, because the cipher's key holds for one text.
    package consuming func sealed(_ context: WrapContext) -> [UInt8] {
        do {
            let box = try AES.GCM.seal(secret, using: cipherKey.symmetric, nonce: .zero, authenticating: prefix + context.bytes)
            return prefix + salt + box.ciphertext + box.tag
        } catch {
            preconditionFailure("AES-GCM seals whatever is short: \(error)")
        }
    }

    static func open(_ wrapped: [UInt8], prefixBytes: Int, under key: KeyedHash, _ context: WrapContext) throws(EnvelopeError) -> [UInt8] {
        let start = prefixBytes + saltBytes
        guard wrapped.count >= start + tagBytes, wrapped[0] == format else { throw .malformed }
        let salt = Array(wrapped[prefixBytes..<start])
        let end = wrapped.count - tagBytes
        do {
            let box = try AES.GCM.SealedBox(nonce: .zero, ciphertext: wrapped[start..<end], tag: wrapped[end...])
            let context = wrapped[..<prefixBytes] + context.bytes
            return Array(try AES.GCM.open(box, using: cipherKey(key, salt).symmetric, authenticating: context))
        } catch {
            throw .notAuthentic
        }
    }
}

extension DataKey {
    /// Begins a wrap whose context is not known yet.
    package func preparingWrap(of secret: [UInt8], random: any RandomSource) -> PendingWrap {
        PendingWrap(secret, under: KeyedHash(self), prefix: [PendingWrap.format], random: random)
    }

    package func wrap(_ secret: [UInt8], _ context: WrapContext, random: any RandomSource) -> [UInt8] {
        preparingWrap(of: secret, random: random).sealed(context)
    }

    package func unwrap(_ wrapped: [UInt8], _ context: WrapContext) throws(EnvelopeError) -> [UInt8] {
        try PendingWrap.open(wrapped, prefixBytes: 1, under: KeyedHash(self), context)
    }
}
