import Environment
import Model
import Synchronization

/// A clock that stands still until it is told to move.
package final class SimClock: Clock {
    private struct State {
        var now: Timestamp
        var monotonic: UInt64 = 0
    }

    private let state: Mutex<State>

    /// Starts at 2026-01-01T00:00:00Z unless told otherwise.
    package init(now: Timestamp = Timestamp(seconds: 1_767_225_600)) {
        state = Mutex(State(now: now))
    }

    package func now() -> Timestamp { state.withLock { $0.now } }

    package func monotonicNanoseconds() -> UInt64 { state.withLock { $0.monotonic } }

    /// Both clocks go on. Not negative.
    package func advance(by duration: Duration) {
        precondition(duration >= .zero)
        let (seconds, attoseconds) = duration.components
        state.withLock { state in
            state.now = state.now + duration
            state.monotonic += UInt64(seconds) * 1_000_000_000 + UInt64(attoseconds / 1_000_000_000)
        }
    }

    /// The wall clock jumps, backwards too, as when an administrator sets it; the monotonic one does not.
    package func set(to time: Timestamp) {
        state.withLock { $0.now = time }
    }
}
