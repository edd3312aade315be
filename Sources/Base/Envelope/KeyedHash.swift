import Crypto

/// HMAC-SHA-256 under one key, held as its two hashes after their key blocks (RFC 2104, section 2), so that each use costs two blocks less
/// and no walk over the key.
struct KeyedHash: Sendable {
    private let inner: SHA256
    private let outer: SHA256

    init(_ key: DataKey) {
        var inner = SHA256()
        var outer = SHA256()
        withUnsafeTemporaryAllocation(byteCount: SHA256.blockByteCount, alignment: 1) { block in
            block.initializeMemory(as: UInt8.self, repeating: 0x36)
            key.symmetric.withUnsafeBytes { bytes in
                for index in 0..<DataKey.byteCount { block[index] ^= bytes[index] }
            }
            inner.update(bufferPointer: UnsafeRawBufferPointer(block))
            for index in block.indices { block[index] ^= 0x36 ^ 0x5C }
            outer.update(bufferPointer: UnsafeRawBufferPointer(block))
            block.initializeMemory(as: UInt8.self, repeating: 0)
        }
        self.inner = inner
        self.outer = outer
    }

    /// See `DataKey.tag`.
    func tag(_ label: StaticString, _ text: [UInt8]) -> SHA256Digest {
        precondition(label.utf8CodeUnitCount < 256)
        var inner = inner
        withUnsafeBytes(of: UInt8(label.utf8CodeUnitCount)) { inner.update(bufferPointer: $0) }
        label.withUTF8Buffer { inner.update(bufferPointer: UnsafeRawBufferPointer($0)) }
        text.withUnsafeBytes { inner.update(bufferPointer: $0) }
        var outer = outer
        inner.finalize().withUnsafeBytes { outer.update(bufferPointer: $0) }
        return outer.finalize()
    }

    /// See `DataKey.derived`.
    func derived(_ label: StaticString, salt: [UInt8]) -> DataKey { DataKey(SymmetricKey(data: tag(label, salt))) }
}
