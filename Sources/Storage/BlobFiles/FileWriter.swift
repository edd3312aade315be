import Environment
import NIOCore
import StoragePorts
import Synchronization

/// Writes one large payload into a spare file, in the layout of FileFormat.swift.
///
/// Incoming buffers are kept as they are until `writeBytes` of them wait; then one vectored write takes them all, on the
/// blocking pool, while the caller goes on with the next piece. At most one such write is under way, so a writer holds about
/// twice `writeBytes`. The last piece goes out with the table, the trailer and the sync in one job.
final class FileWriter: BlobWriter {
    /// Small pieces may each hold a large network buffer: past this many they are written whatever their size.
    private static let piecesMax = 256

    private enum Phase {
        case open, finished, abandoned
    }

    private struct State {
        var phase = Phase.open
        var pending: [ByteBuffer] = []
        var pendingBytes = 0
        var checksums = BlockChecksums()
        /// Payload bytes taken in, `pending` included.
        var length: UInt64 = 0
    }

    private let store: BlobStore
    private let spare: SpareFiles.Spare
    private let state = Mutex(State())
    private let outstanding = OutstandingJob()

    init(store: BlobStore, spare: SpareFiles.Spare) {
        self.store = store
        self.spare = spare
    }

    deinit {
        switch state.withLock({ $0.phase }) {
        case .open: store.discard(spare.number)
        case .finished: store.giveBack(spare.number)
        case .abandoned: break
        }
    }

    func write(_ bytes: ByteBuffer) async throws {
        guard bytes.readableBytes > 0 else { return }
        let full: (pieces: [ByteBuffer], offset: UInt64)? = state.withLock { state in
            precondition(state.phase == .open, "a writer that has ended takes no bytes")
            // Checked before the new bytes join, so that the last ones always wait for `finish` and share its job.
            let isFull = state.pendingBytes >= store.limits.writeBytes || state.pending.count >= Self.piecesMax
            let full = isFull ? Self.takePending(&state) : nil
            bytes.withUnsafeReadableBytes { state.checksums.append($0) }
            state.pending.append(bytes)
            state.pendingBytes += bytes.readableBytes
            state.length += UInt64(bytes.readableBytes)
            return full
        }
        guard let full else { return }
        guard store.hasRoomForPayloads else { throw BlobError.noSpace }
        try await outstanding.start(on: store.pool) { [file = spare.file] in
            try Self.write(full.pieces, to: file, at: full.offset)
        }
    }

    func finish() async throws -> Extent {
        guard store.hasRoomForPayloads else { throw BlobError.noSpace }
        try await outstanding.wait()
        let (last, length) = state.withLock { state in
            precondition(state.phase == .open, "a writer finishes once")
            var last = Self.takePending(&state)
            let table = BlockTable.encode(state.checksums.finish())
            last.pieces.append(ByteBuffer(bytes: table + FileFormat.trailer(payload: state.length, table: table)))
            return (last, state.length)
        }
        try await store.pool.runForBlobs { [file = spare.file] in
            try Self.write(last.pieces, to: file, at: last.offset)
            try mappingDiskErrors { () throws(DiskError) in try file.sync() }
        }
        state.withLock { $0.phase = .finished }
        store.wrote(spare, payload: length)
        return Extent(kind: .file, container: spare.number, offset: 0, length: length)
    }

    func abandon() async {
        let before = state.withLock { state in
            defer { state.phase = .abandoned }
            state.pending = []
            return state.phase
        }
        switch before {
        case .open:
            try? await outstanding.wait()
            await store.discardNow(spare.number)
        case .finished: store.giveBack(spare.number)
        case .abandoned: break
        }
    }

    private static func takePending(_ state: inout State) -> (pieces: [ByteBuffer], offset: UInt64) {
        defer {
            state.pending = []
            state.pendingBytes = 0
        }
        return (state.pending, state.length - UInt64(state.pendingBytes))
    }

    private static func write(_ pieces: [ByteBuffer], to file: any DiskFile, at offset: UInt64) throws(BlobError) {
        // The vectors point into the pieces.
        defer { withExtendedLifetime(pieces) {} }
        do throws(DiskError) {
            try file.write(at: offset, pieces.map(\.unretainedBytes))
        } catch {
            throw BlobError(error)
        }
    }
}
