import Environment
import NIOCore
import StoragePorts
import Synchronization

/// Reads a packed payload: one disk read fetches the entry whole, and it is verified whole. What a caller takes in several
/// pieces is kept in between, at most 256 KiB.
final class PackReader: BlobReader {
    let extent: Extent
    private let generation: PackGeneration
    private let place: UInt64
    private let pool: BlockingPool
    private let kept = Mutex<ByteBuffer?>(nil)

    init(extent: Extent, generation: PackGeneration, place: UInt64, pool: BlockingPool) {
        self.extent = extent
        self.generation = generation
        self.place = place
        self.pool = pool
    }

    func read(from offset: UInt64, countMax: Int) async throws -> ByteBuffer {
        precondition(offset < extent.length && countMax > 0)
        let whole = try await entry()
        let count = min(countMax, BlobLimits.pieceBytesMax, whole.readableBytes - Int(offset))
        let isLast = Int(offset) + count == whole.readableBytes
        kept.withLock { $0 = isLast ? nil : whole }
        guard let piece = whole.getSlice(at: whole.readerIndex + Int(offset), length: count) else {
            preconditionFailure("the piece lies in the payload")
        }
        return piece
    }

    private func entry() async throws -> ByteBuffer {
        if let whole = kept.withLock({ $0 }) { return whole }
        if let whole = try generation.entry(extent, at: place, mayBlock: false) { return whole }
        return try await pool.runForBlobs { [generation, extent, place] in
            guard let whole = try generation.entry(extent, at: place, mayBlock: true) else { preconditionFailure("a blocking read ends") }
            return whole
        }
    }
}
