import Synchronization

/// Lets removals of blobs be held up, as while a backup copies them.
final class SweepGate: Sendable {
    private let pauses = Mutex(0)

    /// Runs `body`, or returns nil while paused. A pause waits until `body` has ended.
    func removing<Value, Failure: Error>(_ body: () throws(Failure) -> Value) throws(Failure) -> Value? {
        try pauses.withLock { pauses throws(Failure) -> Value? in
            guard pauses == 0 else { return nil }
            return try body()
        }
    }

    var isPaused: Bool { pauses.withLock { $0 > 0 } }

    func pause() { pauses.withLock { $0 += 1 } }

    func resume() { pauses.withLock { $0 -= 1 } }
}

/// Holds up the sweep until `resume` is called or it goes away.
package final class SweepPause: Sendable {
    private let gate: SweepGate
    private let isOver = Mutex(false)

    init(_ gate: SweepGate) {
        self.gate = gate
    }

    deinit { resume() }

    /// May be called more than once.
    package func resume() {
        let first = isOver.withLock { isOver in
            defer { isOver = true }
            return !isOver
        }
        if first { gate.resume() }
    }
}
