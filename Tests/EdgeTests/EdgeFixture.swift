import Doors
import Edge
import Environment
import Logging
import Model
import NIOCore
import NIOPosix
import ServiceLifecycle
import Synchronization
import Testing

struct TestRouter: DoorRouter {
    let door: TestDoor

    func route(_ request: DoorRequest) -> Route { Route(name: "test", door: door) }
}

/// A running listener on a free port of the loopback interface.
struct EdgeFixture: Sendable {
    let port: Int
    let door: TestDoor
    let observer: TestObserver
    let memory: BodyMemory
    /// Starts the graceful stop; `withEdge` returns when it is complete.
    let stop: @Sendable () async -> Void

    func connect() async throws -> RawClient { try await RawClient.connect(port: port) }
}

/// Runs `body` against a listener and stops it afterwards.
func withEdge(
    _ limits: EdgeLimits = EdgeLimits(), tls: EdgeConfiguration.TLS? = nil, _ body: @escaping @Sendable (EdgeFixture) async throws -> Void
) async throws {
    let door = TestDoor()
    let observer = TestObserver()
    let (ports, portSource) = AsyncStream<Int>.makeStream()
    let server = try EdgeServer(
        EdgeConfiguration(host: "127.0.0.1", port: 0, tls: tls, limits: limits), router: TestRouter(door: door), observer: observer,
        clock: SystemClock(), random: SystemRandom(), group: NIOSingletons.posixEventLoopGroup, logger: quietLogger,
        onListening: { portSource.yield($0) }, onStop: { door.gate.open() })
    let group = ServiceGroup(configuration: .init(services: [.init(service: server)], logger: quietLogger))
    try await withThrowingTaskGroup(of: Void.self) { tasks in
        tasks.addTask { try await group.run() }
        tasks.addTask {
            for await port in ports {
                let stop: @Sendable () async -> Void = { await group.triggerGracefulShutdown() }
                do {
                    try await body(EdgeFixture(port: port, door: door, observer: observer, memory: server.memory, stop: stop))
                } catch {
                    await stop()
                    throw error
                }
                return await stop()
            }
        }
        try await tasks.waitForAll()
    }
}

let quietLogger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

/// Waits until `condition` holds; fails the test when it does not for a very long time. No test depends on how soon it does.
func eventually(_ what: Comment, sourceLocation: SourceLocation = #_sourceLocation, _ condition: () async -> Bool) async throws {
    for _ in 0..<3000 {
        if await condition() { return }
        try await Task.sleep(for: .milliseconds(10))
    }
    Issue.record("never happened: \(what)", sourceLocation: sourceLocation)
    throw CancellationError()
}

/// One limit short enough to be waited for. The others stay long: on a busy machine they would end a test before it began.
func impatient(_ limit: WritableKeyPath<EdgeLimits, Duration>) -> EdgeLimits {
    var limits = EdgeLimits()
    limits.tick = .milliseconds(20)
    limits.lingerTimeout = .milliseconds(200)
    limits[keyPath: limit] = .milliseconds(300)
    return limits
}
