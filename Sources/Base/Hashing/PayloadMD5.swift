import NIOCore
import Synchronization

/// The MD5 of one payload that comes piece by piece. Long pieces are hashed beside other payloads' while the caller does something
/// else with them. One caller.
///
/// @unchecked: `digest` belongs to whoever has taken `state` to `hashing`, else to the caller.
package final class PayloadMD5: @unchecked Sendable {
    private enum State {
        case idle
        case hashing(waiter: CheckedContinuation<Void, Never>?)
    }

    private let hashers: Hashers
    private let state = Mutex(State.idle)
    private var digest = RunningMD5()

    package init(_ hashers: Hashers) {
        self.hashers = hashers
    }

    /// Begins to hash `bytes`. What was begun before has settled.
    package func begin(_ bytes: ByteBuffer) {
        if bytes.readableBytes <= Hashers.inlineBytesMax {
            bytes.withUnsafeReadableBytes { digest.update($0) }
            return
        }
        state.withLock { state in
            guard case .idle = state else { preconditionFailure("one piece at a time") }
            state = .hashing(waiter: nil)
        }
        hashers.add(HashingJob(payload: self, bytes: bytes))
    }

    /// Returns when all that was begun is hashed.
    package func settle() async {
        await withCheckedContinuation { continuation in
            let isIdle = state.withLock { state in
                switch state {
                case .idle: return true
                case .hashing(let waiter):
                    precondition(waiter == nil, "one caller at a time")
                    state = .hashing(waiter: continuation)
                    return false
                }
            }
            if isIdle { continuation.resume() }
        }
    }

    /// The 16 bytes of the digest. All has settled, and nothing is begun after it.
    package func finish() -> [UInt8] { digest.finish() }

    fileprivate func take(_ bytes: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer { digest.take(bytes) }

    fileprivate var words: SIMD4<UInt32> {
        get { digest.words }
        set { digest.words = newValue }
    }

    fileprivate func hashed() {
        let waiter = state.withLock { state in
            guard case .hashing(let waiter) = state else { preconditionFailure("only what is hashed ends") }
            state = .idle
            return waiter
        }
        waiter?.resume()
    }
}

/// A piece on its way through the lanes.
///
/// @unchecked: one hasher at a time.
final class HashingJob: @unchecked Sendable {
    private let payload: PayloadMD5
    private let owner: Unmanaged<AnyObject>
    /// Whole blocks that are not in `words`.
    private var blocks: UnsafeRawBufferPointer

    init(payload: PayloadMD5, bytes: ByteBuffer) {
        self.payload = payload
        (blocks, owner) = bytes.withUnsafeReadableBytesWithStorageManagement { bytes, owner in
            (payload.take(bytes), owner.retain())
        }
    }

    var blocksLeft: Int { blocks.count / RunningMD5.blockBytes }

    /// Where the next block is, of which there is one.
    var next: UnsafeRawPointer {
        guard let start = blocks.baseAddress else { preconditionFailure("a block is left") }
        return start
    }

    var words: SIMD4<UInt32> {
        get { payload.words }
        set { payload.words = newValue }
    }

    func advance(blockCount: Int) {
        blocks = UnsafeRawBufferPointer(rebasing: blocks[(blockCount * RunningMD5.blockBytes)...])
    }

    /// Ends a job without blocks, once. The bytes are let go first, so that their owner may write on without a copy.
    func end() {
        owner.release()
        payload.hashed()
    }
}
