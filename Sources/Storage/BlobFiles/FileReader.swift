import Environment
import NIOCore
import StoragePorts
import Synchronization

/// Reads ranges of a large payload; see FileFormat.swift. Whole blocks are read and verified, at most two at once, and what
/// the caller did not ask for is cut off at both ends without a copy.
final class FileReader: BlobReader {
    /// A slice of the table, kept while a caller streams through the blocks that it covers (64 MiB).
    private struct TableSlice {
        static let entriesMax: UInt64 = 1024

        let first: UInt64
        let bytes: [UInt8]

        func covers(_ blocks: Range<UInt64>) -> Bool {
            blocks.lowerBound >= first && blocks.upperBound <= first + UInt64(bytes.count / BlockTable.entryBytes)
        }
    }

    let extent: Extent
    private let open: LargeFile
    private let pool: BlockingPool
    private let cached = Mutex<TableSlice?>(nil)

    init(extent: Extent, open: LargeFile, pool: BlockingPool) {
        self.extent = extent
        self.open = open
        self.pool = pool
    }

    func read(from offset: UInt64, countMax: Int) async throws -> ByteBuffer {
        precondition(offset < extent.length && countMax > 0)
        let range = BlockRange(from: offset, countMax: countMax, length: extent.length)
        if let bytes = try attempt(range, mayBlock: false) { return bytes }
        return try await pool.runForBlobs {
            guard let bytes = try self.attempt(range, mayBlock: true) else { preconditionFailure("a blocking read ends") }
            return bytes
        }
    }

    /// Nil when it would have to wait and must not.
    private func attempt(_ range: BlockRange, mayBlock: Bool) throws -> ByteBuffer? {
        guard let table = try table(for: range.blocks, mayBlock: mayBlock) else { return nil }
        let count = Int(range.bytes.upperBound - range.bytes.lowerBound)
        guard var buffer = try open.file.buffer(at: range.bytes.lowerBound, count: count, mayBlock: mayBlock) else { return nil }
        guard buffer.readableBytes == count else {
            throw BlobError.damaged("\(open.path): ends within the payload, at \(range.bytes.lowerBound + UInt64(buffer.readableBytes))")
        }
        let wrong = buffer.withUnsafeReadableBytes { payload in
            table.bytes.withUnsafeBytes { entries in
                let skipped = Int(range.blocks.lowerBound - table.first) * BlockTable.entryBytes
                return BlockTable.firstMismatch(payload, UnsafeRawBufferPointer(rebasing: entries[skipped...]))
            }
        }
        if let wrong {
            let at = range.bytes.lowerBound + UInt64(wrong * BlobLimits.blockBytes)
            throw BlobError.damaged("\(open.path): the block at \(at) differs from its checksum")
        }
        buffer.moveReaderIndex(forwardBy: Int(range.wanted.lowerBound - range.bytes.lowerBound))
        buffer.moveWriterIndex(to: buffer.writerIndex - Int(range.bytes.upperBound - range.wanted.upperBound))
        return buffer
    }

    private func table(for blocks: Range<UInt64>, mayBlock: Bool) throws -> TableSlice? {
        if let slice = cached.withLock({ $0 }), slice.covers(blocks) { return slice }
        // From the wanted block on, because callers go forward.
        let end = min(blocks.lowerBound + TableSlice.entriesMax, BlockTable.count(payload: extent.length))
        let count = Int(end - blocks.lowerBound) * BlockTable.entryBytes
        let at = extent.length + blocks.lowerBound * UInt64(BlockTable.entryBytes)
        guard let buffer = try open.file.buffer(at: at, count: count, mayBlock: mayBlock) else { return nil }
        guard buffer.readableBytes == count else { throw BlobError.damaged("\(open.path): ends within the table of checksums") }
        let slice = TableSlice(first: blocks.lowerBound, bytes: Array(buffer.readableBytesView))
        cached.withLock { $0 = slice }
        return slice
    }
}

/// The whole blocks that a wanted range touches. Invariant: at most `pieceBytesMax`, so the wanted end moves to a block's
/// end when the range begins inside a block and asks for the maximum.
struct BlockRange {
    /// Numbers of the blocks.
    let blocks: Range<UInt64>
    /// Payload bytes to read: block starts, and a block's or the payload's end.
    let bytes: Range<UInt64>
    /// Payload bytes to return.
    let wanted: Range<UInt64>

    init(from offset: UInt64, countMax: Int, length: UInt64) {
        let block = UInt64(BlobLimits.blockBytes)
        let first = offset / block
        let readEndMax = first * block + UInt64(BlobLimits.pieceBytesMax)
        let end = min(offset + UInt64(min(countMax, BlobLimits.pieceBytesMax)), readEndMax, length)
        let last = (end - 1) / block
        blocks = first..<(last + 1)
        bytes = (first * block)..<min((last + 1) * block, length)
        wanted = offset..<end
    }
}
