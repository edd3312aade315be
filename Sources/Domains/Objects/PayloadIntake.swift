import Hashing
import Model
import NIOCore
import StoragePorts

/// Receives one payload piece by piece and hashes it on the way: its MD5 beside other payloads', run by run while the run is written, and
/// what else is wanted on the caller's thread. One caller.
///
/// Up to `BlobLimits.packedBytesMax` bytes stay in memory, to become part of the commit; a longer payload goes to a file
/// in runs of about `runBytes`.
package final class PayloadIntake {
    /// Few, large writes: each costs a system call and a hop to a thread that may block.
    private static let runBytes = 512 * 1024
    /// Where memory is short.
    private static let frugalRunBytes = 64 * 1024

    /// Bytes received so far.
    package private(set) var size: Int64 = 0

    private let blobs: any Blobs
    private let expectedLength: Int64?
    private let md5: PayloadMD5
    private var digests: Digests
    /// What came and was not yet written.
    private var gathered = ByteBuffer()
    /// Of `gathered`, what is in the MD5: a chunk that could not yet be sealed.
    private var hashedBytes = 0
    private var writer: (any BlobWriter)?
    private let seal: PayloadSeal
    private var sealer: PayloadSealer?
    /// More payload bytes than these go to a file: sealed they would not fit into a pack.
    private let inMemoryMax: Int
    private let runBytes: Int

    /// What receiving so many bytes takes of memory: with full runs, and at the least. Nil when nobody knows how many come.
    package static func memoryBytes(length: Int64?) -> (wanted: Int, least: Int) {
        if let length, length <= BlobLimits.packedBytesMax { return (Int(length), Int(length)) }
        // What was gathered, the piece that comes, and the two buffers of a file's writer; or one of each.
        return (2 * runBytes + 2 * BlobLimits.writerBytes, 2 * frugalRunBytes + BlobLimits.writerBytes)
    }

    init(
        blobs: any Blobs, md5: PayloadMD5, digests: Set<ChecksumAlgorithm>, expectedLength: Int64?, seal: PayloadSeal, isFrugal: Bool
    ) {
        self.blobs = blobs
        self.md5 = md5
        runBytes = isFrugal ? Self.frugalRunBytes : Self.runBytes
        self.expectedLength = expectedLength
        self.digests = Digests(digests)
        self.seal = seal
        sealer = seal.sealing.map { PayloadSealer($0) }
        inMemoryMax = seal.sealing == nil ? BlobLimits.packedBytesMax : PayloadSealer.packedBytesMax
    }

    /// Hashes a piece and keeps or writes it; returns when there is room for more. Throws `.entityTooLarge`, `.blobs`.
    package func write(_ piece: ByteBuffer) async throws(ObjectsError) {
        size += Int64(piece.readableBytes)
        guard size <= ObjectsLimits.singlePayloadBytesMax else {
            throw .entityTooLarge(size: size, limit: ObjectsLimits.singlePayloadBytesMax)
        }
        piece.withUnsafeReadableBytes { digests.update($0) }
        let goesToFile = writer != nil || size > Int64(inMemoryMax)
        if goesToFile, gathered.readableBytes == 0, piece.readableBytes >= runBytes, sealer == nil { return try await sendHashed(piece) }
        gather(piece)
        if goesToFile, writer == nil || gathered.readableBytes >= runBytes { try await flush() }
    }

    private func gather(_ piece: ByteBuffer) {
        let isWhole = Int64(piece.readableBytes) == expectedLength
        if gathered.readableBytes == 0, isWhole {
            gathered = piece
            return
        }
        if gathered.readableBytes == 0 {
            let rest = expectedLength.map { Int(max(0, min($0 - size, Int64(runBytes)))) } ?? 0
            gathered.clear(minimumCapacity: piece.readableBytes + rest)
        }
        gathered.writeImmutableBuffer(piece)
    }

    private func flush(isEnd: Bool = false) async throws(ObjectsError) {
        guard gathered.readableBytes > 0 else { return }
        if sealer == nil {
            try await sendHashed(gathered)
            gathered.moveReaderIndex(to: gathered.writerIndex)
        } else {
            try await sendSealed(isEnd: isEnd)
        }
        if runBytes == Self.runBytes || gathered.readableBytes > 0 { gathered.discardReadBytes() } else { gathered = ByteBuffer() }
        hashedBytes = gathered.readableBytes
    }

    private func sendHashed(_ bytes: ByteBuffer) async throws(ObjectsError) {
        md5.begin(bytes)
        try await sendBesideHash(bytes)
    }

    /// All whole chunks, and at the end what there is.
    private func sendSealed(isEnd: Bool) async throws(ObjectsError) {
        md5.begin(notHashed)
        guard let sealed = sealer?.seal(gathered, isEnd: isEnd) else { return }
        gathered.moveReaderIndex(forwardBy: sealed.taken)
        try await sendBesideHash(sealed.bytes)
    }

    private var notHashed: ByteBuffer {
        var rest = gathered
        rest.moveReaderIndex(forwardBy: hashedBytes)
        return rest
    }

    /// What is being hashed is not touched before that has ended, however this does.
    private func sendBesideHash(_ bytes: ByteBuffer) async throws(ObjectsError) {
        do throws(ObjectsError) {
            try await send(bytes)
        } catch {
            await md5.settle()
            throw error
        }
        await md5.settle()
    }

    private func send(_ bytes: ByteBuffer) async throws(ObjectsError) {
        do {
            let target: any BlobWriter
            if let writer { target = writer } else { target = try await blobs.makeWriter() }
            writer = target
            try await target.write(bytes)
        } catch {
            throw ObjectsError(error)
        }
    }

    /// The payload, durable if it went to a file. Nothing may be written after. Throws `.blobs`.
    package func finish() async throws(ObjectsError) -> Payload {
        let body: PayloadBody
        if writer != nil { try await flush(isEnd: true) }
        if let writer {
            do { body = .file(try await writer.finish(), writer) } catch { throw ObjectsError(error) }
        } else {
            md5.begin(gathered)
            let bytes = sealer?.seal(gathered, isEnd: true).bytes ?? gathered
            body = size == 0 ? .empty : .small(blobs.small(bytes))
            await md5.settle()
        }
        return Payload(size: size, md5: MD5Digest(md5.finish()), checksums: digests.finish(), seal: seal, body: body)
    }

    /// Drops what came; also happens when the intake goes away unfinished.
    package func abandon() async {
        await writer?.abandon()
        writer = nil
        gathered = ByteBuffer()
    }
}
