import Environment
import HummingbirdCore
import Logging
import NIOCore
import NIOSSL
import ServiceLifecycle

/// Where and how to listen.
package struct EdgeConfiguration: Sendable {
    package struct TLS: Sendable {
        package let certificateChainPEM: [UInt8]
        package let privateKeyPEM: [UInt8]

        package init(certificateChainPEM: [UInt8], privateKeyPEM: [UInt8]) {
            self.certificateChainPEM = certificateChainPEM
            self.privateKeyPEM = privateKeyPEM
        }
    }

    package var host: String
    /// 0 takes any free one.
    package var port: Int
    package var tls: TLS?
    package var limits: EdgeLimits

    package init(host: String, port: Int, tls: TLS? = nil, limits: EdgeLimits = EdgeLimits()) {
        self.host = host
        self.port = port
        self.tls = tls
        self.limits = limits
    }
}

/// The listener: turns connections into requests for doors, until it is told to stop.
///
/// On graceful shutdown it calls `onStop` (so that doors end their long polls), accepts no more, closes idle connections, lets
/// requests under way finish and cuts those that are not done after `EdgeLimits.shutdownDrain`. `run` returns when no
/// connection is open and no door's task runs any more.
package struct EdgeServer: Service {
    /// How often `run` looks whether the last task has ended, at the very end.
    private static let tallyInterval: Duration = .milliseconds(2)

    private let configuration: EdgeConfiguration
    private let core: EdgeCore
    private let loops: LoopContexts
    private let group: any EventLoopGroup
    private let server: Server<EdgeChannel>
    private let onStop: @Sendable () -> Void
    /// For metrics.
    package let memory: BodyMemory

    /// `onListening` gets the port. Throws when certificate or key are unusable.
    package init(
        _ configuration: EdgeConfiguration, router: any DoorRouter, observer: any EdgeObserver, clock: any Clock,
        random: any RandomSource, group: any EventLoopGroup, logger: Logger,
        onListening: @escaping @Sendable (Int) async -> Void = { _ in }, onStop: @escaping @Sendable () -> Void = {}
    ) throws {
        self.configuration = configuration
        self.onStop = onStop
        self.group = group
        let limits = configuration.limits
        core = EdgeCore(
            router: router, observer: observer, limits: limits, tasks: TaskTally())
        memory = BodyMemory(limit: limits.bodyMemoryBytes)
        loops = LoopContexts(group, clock: clock, random: random, limits: limits, memory: memory)
        let child = EdgeChannel(core: core, loops: loops, tls: try configuration.tls.map(Self.tlsContext))
        let settings = ServerConfiguration(
            address: .hostname(configuration.host, port: configuration.port), backlog: 1024,
            availableConnectionsDelegate: MaximumAvailableConnections(limits.connectionsMax, logger: logger))
        server = Server(
            childChannelSetup: child, configuration: settings,
            onServerRunning: { await onListening($0.localAddress?.port ?? 0) }, eventLoopGroup: group, logger: logger)
    }

    package func run() async throws {
        loops.start()
        defer { loops.stop() }
        try await withGracefulShutdownHandler {
            try await server.run()
        } onGracefulShutdown: {
            core.tasks.beginStop()
            onStop()
            loops.cutAll(after: configuration.limits.shutdownDrain)
        }
        while core.tasks.count > 0 {
            do {
                try await Task.sleep(for: Self.tallyInterval)
            } catch {
                break
            }
        }
    }

    private static func tlsContext(_ tls: EdgeConfiguration.TLS) throws -> NIOSSLContext {
        let chain = try NIOSSLCertificate.fromPEMBytes(tls.certificateChainPEM).map { NIOSSLCertificateSource.certificate($0) }
        let key = try NIOSSLPrivateKey(bytes: tls.privateKeyPEM, format: .pem)
        var configuration = TLSConfiguration.makeServerConfiguration(certificateChain: chain, privateKey: .privateKey(key))
        configuration.applicationProtocols = ["h2", "http/1.1"]
        configuration.minimumTLSVersion = .tlsv12
        return try NIOSSLContext(configuration: configuration)
    }
}

/// One context for each event loop of the group.
struct LoopContexts: Sendable {
    private let contexts: [ObjectIdentifier: LoopContext]

    init(_ group: any EventLoopGroup, clock: any Clock, random: any RandomSource, limits: EdgeLimits, memory: BodyMemory) {
        var contexts: [ObjectIdentifier: LoopContext] = [:]
        for loop in group.makeIterator() {
            contexts[ObjectIdentifier(loop)] = LoopContext(loop: loop, clock: clock, random: random, limits: limits, memory: memory)
        }
        self.contexts = contexts
    }

    subscript(loop: any EventLoop) -> LoopContext {
        guard let context = contexts[ObjectIdentifier(loop)] else { preconditionFailure("a connection on a foreign event loop") }
        return context
    }

    func start() { contexts.values.forEach { $0.start() } }

    func stop() { contexts.values.forEach { $0.stop() } }

    func cutAll(after delay: Duration) { contexts.values.forEach { $0.cutAll(after: delay) } }
}
