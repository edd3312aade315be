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

    /// Takes whole chunks off `bytes`, and at the end all of them, and returns them sealed.
    mutating func seal(_ bytes: inout ByteBuffer, isEnd: Bool) -> ByteBuffer {
        let capacity = PayloadCipher.sealedBytes(UInt64(bytes.readableBytes))
        var output = ByteBufferAllocator().buffer(capacity: Int(capacity))
        while bytes.readableBytes > PayloadCipher.chunkBytes || (isEnd && bytes.readableBytes > 0) {
            let count = min(bytes.readableBytes, PayloadCipher.chunkBytes)
            let isLast = count == bytes.readableBytes
            bytes.withUnsafeReadableBytes { bytes in
                cipher.seal(UnsafeRawBufferPointer(rebasing: bytes[..<count]), index: nextIndex, isLast: isLast, into: &output)
            }
            bytes.moveReaderIndex(forwardBy: count)
            nextIndex += 1
        }
        bytes.discardReadBytes()
        return output
    }
}
