import Crypto
import Environment
import NIOCore

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Names a sealed payload for good: random, drawn for each payload. It is no secret.
package struct PayloadIdentity: Hashable, Sendable {
    package static let byteCount = 16
    package let bytes: [UInt8]

    package init(random: any RandomSource) { bytes = DataKey.randomBytes(Self.byteCount, random) }

    /// Nil when it is not `byteCount` bytes.
    package init?(bytes: some Collection<UInt8>) {
        guard bytes.count == Self.byteCount else { return nil }
        self.bytes = Array(bytes)
    }
}

/// Seals a payload in chunks, so that a range of it can be opened without the rest:
///
///     chunk i:  65,520 bytes of the payload (the last: 1 to 65,520), AES-256-GCM, then 16 bytes of tag
///
/// A sealed chunk fills one block of the blob store, so a range costs no more checksums than in the clear. The key is
/// `derived("roost payload", identity, part)` of the object's key and seals nothing else. Nonce: 4 zero bytes, then the chunk's index
/// in 8 bytes, big-endian. Additional data: the identity, the index as in the nonce, then 1 for the last chunk and 0 for others. So a
/// chunk that was moved, cut off, added or taken from another payload is not authentic.
package struct PayloadCipher: Sendable {
    /// Payload bytes of a whole chunk.
    package static let chunkBytes = sealedChunkBytes - tagBytes
    package static let sealedChunkBytes = 65_536
    private static let tagBytes = 16

    private let key: SymmetricKey
    private let identity: PayloadIdentity

    /// `part` is the part's number, 0 for a payload that is a whole object.
    package init(objectKey: DataKey, identity: PayloadIdentity, part: Int) {
        let number = withUnsafeBytes(of: UInt32(part).bigEndian) { Array($0) }
        key = objectKey.derived("roost payload", salt: identity.bytes + number).symmetric
        self.identity = identity
    }

    /// How long `size` payload bytes are when they are sealed.
    package static func sealedBytes(_ size: UInt64) -> UInt64 {
        size + (size + UInt64(chunkBytes) - 1) / UInt64(chunkBytes) * UInt64(tagBytes)
    }

    /// Appends a sealed chunk to `output`. All but the last one are whole; an empty payload has none.
    package func seal(_ chunk: UnsafeRawBufferPointer, index: UInt64, isLast: Bool, into output: inout ByteBuffer) {
        precondition(chunk.count == Self.chunkBytes || (isLast && chunk.count > 0 && chunk.count < Self.chunkBytes))
        do {
            let box = try AES.GCM.seal(
                chunk, using: key, nonce: try Self.nonce(index), authenticating: additionalData(index, isLast: isLast))
            box.ciphertext.withUnsafeBytes { _ = output.writeBytes($0) }
            box.tag.withUnsafeBytes { _ = output.writeBytes($0) }
        } catch {
            preconditionFailure("AES-GCM seals a chunk: \(error)")
        }
    }

    /// The payload bytes of a sealed chunk. Throws `.notAuthentic`, `.malformed`.
    package func open(_ sealed: UnsafeRawBufferPointer, index: UInt64, isLast: Bool) throws(EnvelopeError) -> Data {
        guard sealed.count > Self.tagBytes, sealed.count <= Self.sealedChunkBytes else { throw .malformed }
        let end = sealed.count - Self.tagBytes
        do {
            let box = try AES.GCM.SealedBox(
                nonce: try Self.nonce(index), ciphertext: UnsafeRawBufferPointer(rebasing: sealed[..<end]),
                tag: UnsafeRawBufferPointer(rebasing: sealed[end...]))
            return try AES.GCM.open(box, using: key, authenticating: additionalData(index, isLast: isLast))
        } catch {
            throw .notAuthentic
        }
    }

    private static func nonce(_ index: UInt64) throws -> AES.GCM.Nonce {
        try AES.GCM.Nonce(data: [0, 0, 0, 0] + bigEndian(index))
    }

    private func additionalData(_ index: UInt64, isLast: Bool) -> [UInt8] {
        identity.bytes + Self.bigEndian(index) + [isLast ? 1 : 0]
    }

    private static func bigEndian(_ number: UInt64) -> [UInt8] {
        withUnsafeBytes(of: number.bigEndian) { Array($0) }
    }
}
