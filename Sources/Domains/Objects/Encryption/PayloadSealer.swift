import Envelope
import NIOCore
import StoragePorts

/// Seals a payload that comes piece by piece. The last chunk is marked as such, so one is held back until its successor or the end is known.
struct PayloadSealer {
    /// Payload bytes that are a pack's entry when they are sealed.
    static let packedBytesMax = BlobLimits.packedBytesMax / PayloadCipher.sealedChunkBytes * PayloadCipher.chunkBytes

    private let cipher: PayloadCipher
    private var nextIndex: UInt64 = 0

    init(_ sealing: Sealing) {
        cipher = PayloadCipher(objectKey: sealing.objectKey, identity: sealing.identity, part: sealing.part)
    }

    /// Seals the whole chunks of `bytes`, and at the end all of them. `taken` are those bytes.
    mutating func seal(_ bytes: ByteBuffer, isEnd: Bool) -> (bytes: ByteBuffer, taken: Int) {
        let capacity = PayloadCipher.sealedBytes(UInt64(bytes.readableBytes))
        var output = ByteBufferAllocator().buffer(capacity: Int(capacity))
        var taken = 0
        bytes.withUnsafeReadableBytes { bytes in
            while bytes.count - taken > PayloadCipher.chunkBytes || (isEnd && bytes.count > taken) {
                let end = min(taken + PayloadCipher.chunkBytes, bytes.count)
                let chunk = UnsafeRawBufferPointer(rebasing: bytes[taken..<end])
                cipher.seal(chunk, index: nextIndex, isLast: end == bytes.count, into: &output)
                taken = end
                nextIndex += 1
            }
        }
        return (output, taken)
    }
}
