import Environment
import NIOCore
import StoragePorts
import Synchronization

/// Writes one large payload into a spare file, in the layout of FileFormat.swift.
///
/// Incoming bytes are gathered in a buffer of `writeBytes`; a full one goes out with one write, on the blocking pool, while the caller
/// goes on with the next piece. At most one such write is under way, so a writer holds two buffers. The last bytes go out
/// with the table, the trailer and the sync in one job.
final class FileWriter: BlobWriter {
    private enum Phase {
        case open, finished, abandoned
    }

    private struct State {
        var phase = Phase.open
        /// What waits for the next write.
        var buffer: PageBuffer?
        var checksums = BlockChecksums()
        /// Payload bytes taken in, the buffer's included.
        var length: UInt64 = 0
    }

    private let store: BlobStore
    private let spare: SpareFiles.Spare
    private let file: PayloadFile
    private let state = Mutex(State())
    private let outstanding = OutstandingJob()

    init(store: BlobStore, spare: SpareFiles.Spare) {
        self.store = store
        self.spare = spare
        self.file = PayloadFile(spare.file, path: store.paths.file(spare.number), containers: store.containers)
    }

    deinit {
        switch state.withLock({ $0.phase }) {
        case .open: store.discard(spare.number)
        case .finished: store.giveBack(spare.number)
        case .abandoned: break
        }
    }

    func write(_ bytes: ByteBuffer) async throws {
        var rest = bytes
        while rest.readableBytes > 0 {
            let full: (buffer: PageBuffer, offset: UInt64)? = state.withLock { state in
                precondition(state.phase == .open, "a writer that has ended takes no bytes")
                // Looked at before more bytes join, so that the last ones always wait for `finish` and share its job.
                if let buffer = state.buffer, buffer.room == 0 {
                    state.buffer = nil
                    return (buffer, state.length - UInt64(buffer.used))
                }
                take(from: &rest, &state)
                return nil
            }
            if let full { try await start(full.buffer, at: full.offset) }
        }
    }

    private func take(from bytes: inout ByteBuffer, _ state: inout State) {
        let buffer = state.buffer ?? store.buffers.take()
        state.buffer = buffer
        let count = min(buffer.room, bytes.readableBytes)
        bytes.withUnsafeReadableBytes { state.checksums.append(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
        buffer.fill(from: &bytes)
        state.length += UInt64(count)
    }

    private func start(_ buffer: PageBuffer, at offset: UInt64) async throws {
        guard store.hasRoomForPayloads else { throw BlobError.noSpace }
        try await outstanding.start(on: store.pool) { [file, buffers = store.buffers] in
            try file.write(buffer, at: offset)
            buffers.giveBack(buffer)
        }
    }

    func finish() async throws -> Extent {
        guard store.hasRoomForPayloads else { throw BlobError.noSpace }
        try await outstanding.wait()
        let (last, end, length) = state.withLock { state in
            precondition(state.phase == .open, "a writer finishes once")
            defer { state.buffer = nil }
            let table = BlockTable.encode(state.checksums.finish())
            return (state.buffer, table + FileFormat.trailer(payload: state.length, table: table), state.length)
        }
        let payload = last ?? store.buffers.take()
        let offset = length - UInt64(payload.used)
        try await store.pool.runForBlobs { [file, buffers = store.buffers] in
            // The table of a very large payload has a buffer of its own size.
            let buffer = payload.canEnd(with: end.count) ? payload : PageBuffer(capacity: payload.used, endBytes: end.count)
            if buffer !== payload { buffer.append(payload.bytes) }
            end.withUnsafeBytes { buffer.append($0) }
            try file.finish(buffer, at: offset)
            buffers.giveBack(payload)
        }
        state.withLock { $0.phase = .finished }
        store.wrote(spare, payload: length)
        return Extent(kind: .file, container: spare.number, offset: 0, length: length)
    }

    func abandon() async {
        let before = state.withLock { state in
            defer { state.phase = .abandoned }
            state.buffer = nil
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
}
