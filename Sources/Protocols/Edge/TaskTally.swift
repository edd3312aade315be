import Doors
import Synchronization

/// Counts the doors' tasks, so that storage is closed only after the last of them has ended, and the connections.
final class TaskTally: Sendable {
    private let running = Atomic<Int>(0)

    private let connections = Atomic<Int>(0)

    private let stopping = Atomic<Bool>(false)

    var count: Int { running.load(ordering: .acquiring) }

    /// Set before the doors hear of the stop, so that the answers they then give close their connections.
    var isStopping: Bool { stopping.load(ordering: .relaxed) }

    func beginStop() { stopping.store(true, ordering: .relaxed) }

    func connectionOpened() { connections.add(1, ordering: .relaxed) }

    func connectionClosed() { connections.subtract(1, ordering: .relaxed) }

    /// How long a connection may wait for its next request: less when there will soon be none for others.
    func idleTimeout(_ limits: EdgeLimits) -> Duration {
        let isCrowded = connections.load(ordering: .relaxed) >= limits.connectionsMax - limits.connectionsMax / 8
        return isCrowded ? min(limits.idleTimeout, limits.crowdedIdleTimeout) : limits.idleTimeout
    }

    func start(_ exchange: Exchange, tls: TLSVersion?, router: any DoorRouter) {
        running.add(1, ordering: .relaxed)
        exchange.start(tls: tls, router: router) { [self] in running.subtract(1, ordering: .releasing) }
    }
}
