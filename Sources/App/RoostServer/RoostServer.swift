import CoreMetrics
import Edge
import Environment
import Logging
import Model
import NIOCore
import NIOPosix
import ServiceLifecycle
import UnixSignals

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A server from its settings: folder, doors, listener, and the order in which they start and stop.
package struct RoostServer: Sendable {
    package static let version = "0.1.0"
    /// Descriptors for journal, index, packs and blobs; what is left of the process's limit is for connections.
    static let descriptorsForFiles = 256

    private let settings: ServerSettings
    private let compose: @Sendable (CompositionInputs) async throws -> Composed
    private let announce: @Sendable (String) -> Void

    /// `announce` gets the text for the operator once the port is open.
    package init(
        _ settings: ServerSettings, announce: @escaping @Sendable (String) -> Void,
        compose: @escaping @Sendable (CompositionInputs) async throws -> Composed
    ) {
        self.settings = settings
        self.announce = announce
        self.compose = compose
    }

    /// Serves until SIGTERM or SIGINT (`signals`), or until the task is cancelled, and stops gracefully: long polls end, requests
    /// under way finish, storage closes. Throws `ConfigurationError` for what the operator has to change.
    package func run(signals: [UnixSignal] = [.sigterm, .sigint]) async throws {
        // Whoever reads the log may go away; the server stays.
        signal(SIGPIPE, SIG_IGN)
        let environment = Environment.system()
        let writer = LogWriter(descriptor: STDERR_FILENO)
        defer { writer.close() }
        let (settings, registry) = (settings, Self.registry)
        let logger = Logger(label: "roost") { label in
            LineLogHandler(label: label, level: settings.logLevel, format: settings.logFormat, writer: writer, clock: environment.clock)
        }
        registry.probe("roost_log_lines_dropped_total", "Log lines that found no room.") { Double(writer.dropped) }
        let inputs = CompositionInputs(settings: settings, registry: registry, logger: logger, environment: environment)
        let composed = try await compose(inputs)
        defer { composed.close() }
        let edge = try makeEdge(composed, inputs)
        BodyMeters.register(edge.memory, in: registry)
        let services = (composed.services + [edge]).map {
            ServiceGroupConfiguration.ServiceConfiguration(service: $0, successTerminationBehavior: .gracefullyShutdownGroup)
        }
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(services: services, gracefulShutdownSignals: signals, logger: logger))
        defer { RunningServer.remove(folder: settings.dataFolder) }
        do {
            try await group.run()
        } catch let error as IOError where error.errnoCode == EADDRINUSE {
            throw ConfigurationError("\(settings.host):\(settings.port) is in use: choose another with --listen HOST:PORT")
        }
        logger.info("stopped")
    }

    /// swift-metrics knows one factory per process, so there is one registry.
    private static let registry: MetricsRegistry = {
        let registry = MetricsRegistry()
        MetricsSystem.bootstrap(registry)
        return registry
    }()

    private func makeEdge(_ composed: Composed, _ inputs: CompositionInputs) throws -> EdgeServer {
        var limits = settings.limits
        limits.connectionsMax = min(limits.connectionsMax, Self.connectionsThatFit())
        let configuration = EdgeConfiguration(
            host: settings.host, port: settings.port, tls: try TLSSource.load(settings, now: inputs.environment.clock.now()), limits: limits
        )
        let builtIn = BuiltInDoor(registry: inputs.registry, unreadyReason: composed.unreadyReason)
        let (settings, announce, credentials) = (settings, announce, composed.credentials)
        return try EdgeServer(
            configuration, router: ServiceRouter(builtIn: builtIn, doors: composed.doors, naming: composed.naming),
            observer: ServerObserver(registry: inputs.registry, mode: settings.requestLog, logger: inputs.logger),
            clock: inputs.environment.clock, random: inputs.environment.random, group: NIOSingletons.posixEventLoopGroup,
            logger: inputs.logger,
            onListening: { port in
                let endpoint = Welcome.endpoint(settings: settings, port: port)
                Self.noteRunning(settings, endpoint, inputs.logger)
                announce(Welcome.text(endpoint: endpoint, settings: settings, credentials: credentials, version: Self.version))
            },
            onStop: composed.endWaits)
    }

    /// For the commands on this machine; a server that cannot write it serves all the same.
    private static func noteRunning(_ settings: ServerSettings, _ endpoint: String, _ logger: Logger) {
        let certificate = settings.tls == .selfMade ? "\(settings.dataFolder)/\(SelfMadeCertificate.certificateFile)" : nil
        let running = RunningServer(endpoint: endpoint, region: settings.region.rawValue, certificate: certificate)
        do {
            try running.write(folder: settings.dataFolder)
        } catch {
            logger.warning("commands will not find this server", metadata: ["error": "\(error)"])
        }
    }

    /// Raises the soft limit of open files to the hard one and leaves a part of it to storage.
    private static func connectionsThatFit() -> Int {
        var limit = rlimit()
        let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        guard getrlimit(resource, &limit) == 0 else { return .max }
        limit.rlim_cur = limit.rlim_max
        _ = setrlimit(resource, &limit)
        let files = Int(clamping: limit.rlim_cur)
        return max(files - descriptorsForFiles, files / 2)
    }
}
