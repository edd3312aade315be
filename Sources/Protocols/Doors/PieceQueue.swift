import NIOCore
import Synchronization

/// Pieces handed out once each, from whatever thread asks.
final class PieceQueue: Sendable {
    private let rest: Mutex<ArraySlice<ByteBuffer>>

    init(_ pieces: [ByteBuffer]) {
        self.rest = Mutex(pieces[...])
    }

    func next() -> ByteBuffer? {
        rest.withLock { $0.popFirst() }
    }
}
