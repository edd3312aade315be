import Model
import NIOCore
import StoragePorts
import Synchronization

/// Payloads in memory. Nothing is ever swept, so that tests can count what a ledger's keys say against what is here.
package final class ModelBlobs: Blobs {
    fileprivate struct State {
        var payloads: [Extent: ByteBuffer] = [:]
        var packEnd: UInt64 = 0
        var lastFile: UInt64 = 0
        var abandoned = 0
        var failure: BlobError?
    }

    fileprivate let state = Mutex(State())

    package init() {}

    /// From now on every write and read fails with `error`; nil mends it.
    package func fail(with error: BlobError?) { state.withLock { $0.failure = error } }

    package var extents: Set<Extent> { state.withLock { Set($0.payloads.keys) } }

    /// A payload's bytes as they are stored; nil when there are none.
    package func bytes(of extent: Extent) -> [UInt8]? {
        state.withLock { state in state.payloads[extent].map { Array($0.readableBytesView) } }
    }

    /// Puts other bytes of the same length in a payload's place, as a broken or hostile disk would.
    package func replace(_ extent: Extent, with bytes: [UInt8]) {
        precondition(bytes.count == extent.length)
        state.withLock { $0.payloads[extent] = ByteBuffer(bytes: bytes) }
    }

    /// Writers that went away without `finish`.
    package var abandonedCount: Int { state.withLock { $0.abandoned } }

    package func small(_ bytes: ByteBuffer) -> SmallPayload { SmallPayload(bytes: bytes, blockChecksums: []) }

    package func makeWriter() async throws -> any BlobWriter {
        let file = try state.withLock { state in
            if let failure = state.failure { throw failure }
            state.lastFile += 1
            return state.lastFile
        }
        return ModelBlobWriter(blobs: self, file: file)
    }

    package func open(_ extent: Extent) async throws -> any BlobReader {
        let bytes = try state.withLock { state in
            if let failure = state.failure { throw failure }
            guard let bytes = state.payloads[extent] else { throw BlobError.notFound }
            return bytes
        }
        return ModelBlobReader(extent: extent, bytes: bytes)
    }

    func stage(_ payload: SmallPayload) -> Extent {
        state.withLock { state in
            let length = UInt64(payload.bytes.readableBytes)
            let extent = Extent(kind: .pack, container: 1, offset: state.packEnd, length: length)
            state.packEnd += length + 1
            state.payloads[extent] = payload.bytes
            return extent
        }
    }

    func unstage(_ extents: [Extent]) {
        state.withLock { state in
            for extent in extents { state.payloads[extent] = nil }
        }
    }
}

private final class ModelBlobWriter: BlobWriter {
    private let blobs: ModelBlobs
    private let file: UInt64
    private let bytes = Mutex(ByteBuffer())
    private let isFinished = Mutex(false)

    init(blobs: ModelBlobs, file: UInt64) {
        self.blobs = blobs
        self.file = file
    }

    func write(_ piece: ByteBuffer) async throws {
        if let failure = blobs.state.withLock({ $0.failure }) { throw failure }
        bytes.withLock { _ = $0.writeImmutableBuffer(piece) }
    }

    func finish() async throws -> Extent {
        if let failure = blobs.state.withLock({ $0.failure }) { throw failure }
        let whole = bytes.withLock { $0 }
        let extent = Extent(kind: .file, container: file, offset: 0, length: UInt64(whole.readableBytes))
        blobs.state.withLock { $0.payloads[extent] = whole }
        isFinished.withLock { $0 = true }
        return extent
    }

    func abandon() async {
        bytes.withLock { $0.clear() }
    }

    deinit {
        if !isFinished.withLock({ $0 }) { blobs.state.withLock { $0.abandoned += 1 } }
    }
}

private final class ModelBlobReader: BlobReader {
    let extent: Extent
    private let bytes: ByteBuffer

    init(extent: Extent, bytes: ByteBuffer) {
        self.extent = extent
        self.bytes = bytes
    }

    func read(from offset: UInt64, countMax: Int) async throws -> ByteBuffer {
        precondition(offset < extent.length && countMax > 0)
        let count = min(countMax, BlobLimits.pieceBytesMax, Int(extent.length - offset))
        guard let piece = bytes.getSlice(at: bytes.readerIndex + Int(offset), length: count) else { throw BlobError.notFound }
        return piece
    }
}
