import Doors
import Synchronization

/// Counts the doors' tasks, so that storage is closed only after the last of them has ended.
final class TaskTally: Sendable {
    private let running = Atomic<Int>(0)

    private let stopping = Atomic<Bool>(false)

    var count: Int { running.load(ordering: .acquiring) }

    /// Set before the doors hear of the stop, so that the answers they then give close their connections.
    var isStopping: Bool { stopping.load(ordering: .relaxed) }

    func beginStop() { stopping.store(true, ordering: .relaxed) }

    func start(_ exchange: Exchange, tls: TLSVersion?, router: any DoorRouter) {
        running.add(1, ordering: .relaxed)
        exchange.start(tls: tls, router: router) { [self] in running.subtract(1, ordering: .releasing) }
    }
}
