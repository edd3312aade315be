import Environment
import Synchronization

/// Room on the disk that only work which frees space may use.
///
/// The index writes its tables on its own, some seconds after the commits: it must never meet a full disk, because it could
/// not go on without a restart. So payloads are refused while there is still room for what was accepted.
package final class SpaceReserve: Sendable {
    /// How long an answer of the file system is good for: at 1 GB/s half the reserve could be written meanwhile.
    private static let validNanoseconds: UInt64 = 100_000_000

    private struct State {
        var freeBytes: UInt64 = .max
        var askedAt: UInt64 = 0
        var isKnown = false
    }

    private let disk: any Disk
    private let clock: any Clock
    private let root: String
    private let state = Mutex(State())

    package init(disk: any Disk, clock: any Clock, root: String) {
        self.disk = disk
        self.clock = clock
        self.root = root
    }

    /// Whether more than `bytes` are free. Asks the file system at most ten times a second; a failed question counts as yes.
    package func hasMore(than bytes: UInt64) -> Bool {
        if bytes == 0 { return true }
        let now = clock.monotonicNanoseconds()
        return state.withLock { state in
            if !state.isKnown || now - state.askedAt > Self.validNanoseconds {
                state.freeBytes = (try? disk.freeBytes(at: root)) ?? .max
                state.askedAt = now
                state.isKnown = true
            }
            return state.freeBytes > bytes
        }
    }
}
