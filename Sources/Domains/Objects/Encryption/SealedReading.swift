import Envelope
import NIOCore
import StoragePorts

/// Reads payload bytes out of a sealed extent.
enum SealedReading {
    private static let sealed = UInt64(PayloadCipher.sealedChunkBytes)
    private static let plain = UInt64(PayloadCipher.chunkBytes)
    /// Chunks that one read of the blob store gives.
    private static let chunksMax = UInt64(BlobLimits.pieceBytesMax / PayloadCipher.sealedChunkBytes)

    /// At least one payload byte from `offset`, at most `countMax`. Throws `BlobError.damaged` when the bytes are not what was sealed.
    static func read(
        _ reader: any BlobReader, _ cipher: PayloadCipher, from offset: UInt64, countMax: UInt64
    ) async throws -> ByteBuffer {
        let length = reader.extent.length
        let first = offset / plain
        let last = min(first + chunksMax, (offset + countMax - 1) / plain + 1) - 1
        let end = min(length, (last + 1) * sealed)
        let bytes = try await fetch(reader, first * sealed..<end)
        let wanted = offset..<min(offset + countMax, (last + 1) * plain)
        var output = ByteBufferAllocator().buffer(capacity: Int(min(wanted.upperBound - wanted.lowerBound, end - first * sealed)))
        let problem = bytes.withUnsafeReadableBytes { bytes -> EnvelopeError? in
            do throws(EnvelopeError) {
                for index in first...last {
                    let start = Int((index - first) * sealed)
                    let chunk = UnsafeRawBufferPointer(rebasing: bytes[start..<min(start + PayloadCipher.sealedChunkBytes, bytes.count)])
                    try cipher.open(
                        chunk, index: index, isLast: (index + 1) * sealed >= length, from: index == first ? Int(offset - first * plain) : 0,
                        to: Int(wanted.upperBound - index * plain), into: &output)
                }
                return nil
            } catch {
                return error
            }
        }
        if let problem { throw BlobError.damaged("\(reader.extent) at \(first * sealed) is not what was sealed: \(problem)") }
        return output
    }

    /// All of the range, which is at most a piece.
    private static func fetch(_ reader: any BlobReader, _ range: Range<UInt64>) async throws -> ByteBuffer {
        let count = Int(range.upperBound - range.lowerBound)
        var bytes = try await reader.read(from: range.lowerBound, countMax: count)
        while bytes.readableBytes < count {
            var more = try await reader.read(from: range.lowerBound + UInt64(bytes.readableBytes), countMax: count - bytes.readableBytes)
            bytes.writeBuffer(&more)
        }
        return bytes
    }
}
