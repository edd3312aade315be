import AWSWire
import Bytes
import Doors
import EmbeddedStorage
import Envelope
import Environment
import Hashing
import Identity
import Index
import Keys
import Logging
import Model
import NIOCore
import Objects
import Queues
import S3
import SQS
import ServiceLifecycle
import StoragePorts
import Webhooks

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Puts storage, domains and doors together. The only place that knows all of them.
package enum Composition {
    /// Leaves most of the ledger's time to requests while a large queue is being emptied.
    private static let sweepPause = Duration.milliseconds(5)
    /// Expiry is by the minute; nobody waits for the room.
    private static let sweepIdlePause = Duration.seconds(5)

    /// Opens the data folder and everything on it. Blocks until recovery is done. Throws `ConfigurationError` for what the
    /// operator has to change, `StorageOpenError` for a folder that cannot be opened.
    package static func open(_ inputs: CompositionInputs) async throws -> Composed {
        let settings = inputs.settings
        let engine = QueueEngine(account: settings.account, region: settings.region, random: inputs.environment.random)
        let logger = inputs.logger
        let outbox = WebhookOutbox(declared: settings.functions.map(\.arn))
        let storage = try EmbeddedStorage(
            root: settings.dataFolder, environment: inputs.environment, processID: getpid(), log: logger,
            reactions: [notificationReaction(engine, logger), FunctionDelivery.reaction(outbox, logger)], makeIndex: { try RocksIndex($0) },
            onPoison: { logger.critical("no more writes are taken until the next start", metadata: ["cause": "\($0)"]) })
        logger.info(
            "data folder open",
            metadata: [
                "folder": "\(settings.dataFolder)", "lsn": "\(storage.recovered.last)", "replayed": "\(storage.recovered.replayed)",
            ])
        let credentials = try RootCredentials.settle(in: settings.dataFolder, account: settings.account, keys: settings.rootKeys)
        let identity = makeIdentity(settings, credentials)
        let (secrets, registrar) = try await closing(storage) {
            let secrets = try await Secrets.open(settings, storage.ledger, inputs)
            return (secrets, try await makeRegistrar(identity, storage, secrets.masterKeys, inputs))
        }
        let queues = Queues(
            engine: engine, ledger: storage.ledger, clock: inputs.environment.clock,
            encryption: QueueEncryption(masterKeys: secrets.masterKeys, isDefault: settings.encryptsByDefault))
        try await closing(storage) { try await queues.settleRegions() }
        let objects = Objects(
            ledger: storage.ledger, blobs: storage.blobs, random: inputs.environment.random, region: settings.region,
            keys: EncryptionKeys(
                masterKeys: secrets.masterKeys, service: secrets.keys,
                bucketDefault: settings.encryptsByDefault ? BucketEncryption(mode: .managed) : nil),
            hashers: Hashers(threadCount: max(1, System.coreCount / 2)))
        let accessLog = makeAccessLog(objects, inputs)
        let functions = FunctionDelivery(settings.functions, outbox: outbox, engine: engine, ledger: storage.ledger, inputs)
        StorageMeters.register(storage, in: inputs.registry)
        let s3 = makeS3(objects, settings, storage, identity, (engine, queues, functions), accessLog, inputs)
        return Composed(
            doors: [
                "s3": s3,
                "sqs": SQSDoor(
                    configuration: SQSConfiguration(additionalHosts: settings.hostNames), queues: queues, identity: identity,
                    ledger: storage.ledger),
                AdminDoor.service: makeAdmin(settings, credentials, registrar, objects, storage, s3.decisions),
            ],
            naming: WireNaming(), credentials: credentials,
            services: [
                Background(body: storage.runMaintenance), Background(body: queues.run), Background { await sweep(queues, logger) },
                Background { await move(queues, logger) }, Background { await resume(objects, logger) },
                Background { await deliver(accessLog) },
                Background { await secrets.rewrap(objects, queues, registrar, logger) },
                Background(body: makeInventories(objects, inputs).run), Background(body: functions.run),
                Background(
                    body: LifecycleRunner(
                        objects: objects, clock: settings.lifecycleClock, time: inputs.environment.clock, logger: logger
                    ).run),
            ],
            unreadyReason: { storage.health.failure.map { _ in "no writes: one failed, the log says why" } },
            endWaits: { queues.shutdown() },
            close: { storage.close() })
    }

    private static func makeIdentity(_ settings: ServerSettings, _ credentials: RootCredentials) -> Identity {
        let keys = credentials.keys
        let pair = AccessKeyPair(accessKeyID: keys.accessKeyID, secretAccessKey: keys.secretAccessKey)
        return Identity(account: settings.account, region: settings.region, rootKeys: [pair])
    }

    /// Lets the folder go when `body` throws.
    private static func closing<Value>(_ storage: EmbeddedStorage, _ body: () async throws -> Value) async throws -> Value {
        do {
            return try await body()
        } catch {
            storage.close()
            throw error
        }
    }

    private static func makeRegistrar(
        _ identity: Identity, _ storage: EmbeddedStorage, _ masterKeys: MasterKeys, _ inputs: CompositionInputs
    ) async throws -> Registrar {
        let registrar = Registrar(identity: identity, ledger: storage.ledger, random: inputs.environment.random, masterKeys: masterKeys)
        do {
            try await registrar.load()
        } catch .secretUnreadable(let reason) {
            throw ConfigurationError("'\(inputs.settings.dataFolder)' cannot be served: \(reason)")
        }
        return registrar
    }

    /// Names this server in answers and facts.
    private static func hostID(_ settings: ServerSettings) -> String {
        Hex.encode(Identity.canonicalID(of: settings.account).utf8.prefix(16))
    }

    private static func makeAdmin(
        _ settings: ServerSettings, _ credentials: RootCredentials, _ registrar: Registrar, _ objects: Objects, _ storage: EmbeddedStorage,
        _ decisions: DecisionRing
    ) -> AdminDoor {
        var operations = AdminOperations()
        AdminBackup { try await storage.backUp(to: $0) }.add(to: &operations)
        AdminIdentity(
            registrar: registrar, urls: PresignedURLs(ledger: storage.ledger), account: settings.account,
            owned: { account, reader in
                if try Objects.ownsBuckets(account, in: reader) { return "buckets" }
                return try QueueEngine.ownsQueues(account, in: reader) ? "queues" : nil
            }
        ).add(to: &operations)
        AdminBuckets(objects: objects, account: settings.account, hostID: hostID(settings)).add(to: &operations)
        AdminExplain(decisions: decisions).add(to: &operations)
        let root = registrar.identity.root(accessKeyID: credentials.keys.accessKeyID)
        return AdminDoor(
            keys: credentials.keys, root: root, region: settings.region, hostNames: settings.hostNames, operations: operations)
    }

    private static func makeS3(
        _ objects: Objects, _ settings: ServerSettings, _ storage: EmbeddedStorage, _ identity: Identity,
        _ targets: (engine: QueueEngine, queues: Queues, functions: FunctionDelivery), _ accessLog: AccessLog,
        _ inputs: CompositionInputs
    ) -> S3Door {
        let logger = inputs.logger
        let configuration = S3Configuration(
            baseDomains: ["localhost"] + settings.hostNames, websiteDomains: websiteDomains(settings), additionalHosts: settings.hostNames,
            hostID: hostID(settings), dialect: settings.dialect,
            validateQueueTarget: { arn in await problem(with: arn, targets.engine, targets.queues) },
            isFunctionDeclared: targets.functions.outbox.isDeclared, ask: targets.functions.questions.ask,
            denied: { refusal in
                logger.info(
                    "access refused",
                    metadata: [
                        "request": "\(refusal.requestID)", "principal": "\(refusal.principal)", "action": "\(refusal.action)",
                        "resource": "\(refusal.resource)", "reason": "\(refusal.reason)",
                    ])
            },
            requiresTLSForCustomerKeys: settings.requiresTLSForCustomerKeys,
            report: { request, cause in
                logger.error("request failed inside", metadata: ["request": "\(request)", "cause": "\(cause)"])
            })
        return S3Door(
            configuration: configuration, objects: objects, identity: identity, ledger: storage.ledger,
            decisions: DecisionRing(keepsAll: settings.explainsAll), accessLog: accessLog)
    }

    private static func makeAccessLog(_ objects: Objects, _ inputs: CompositionInputs) -> AccessLog {
        let logger = inputs.logger
        let log = AccessLog(
            objects: objects, clock: inputs.environment.clock, random: inputs.environment.random,
            interval: inputs.settings.bucketLogInterval, dialect: inputs.settings.dialect,
            report: { logger.warning("bucket log", metadata: ["cause": "\($0)"]) })
        inputs.registry.probe("roost_bucket_log_dropped_total", "Lines of buckets' logs that found no room.") { Double(log.dropped) }
        return log
    }

    private static func makeInventories(_ objects: Objects, _ inputs: CompositionInputs) -> InventoryReports {
        let logger = inputs.logger
        return InventoryReports(
            objects: objects, clock: inputs.environment.clock, random: inputs.environment.random,
            report: { logger.warning("inventory", metadata: ["cause": "\($0)"]) })
    }

    /// The last delivery comes after the last request: the listener stops before this does.
    private static func deliver(_ accessLog: AccessLog) async {
        await accessLog.run()
        await Task { await accessLog.flush() }.value
    }

    /// As AWS names them, and those declared.
    private static func websiteDomains(_ settings: ServerSettings) -> [String] {
        let names = ["localhost"] + settings.hostNames.map { String($0.prefix { $0 != ":" }) }
        return names.flatMap { ["s3-website.\($0)", "s3-website-\(settings.region.rawValue).\($0)"] } + settings.websiteDomains
    }

    /// The message for a queue becomes part of the commit that changed the object.
    private static func notificationReaction(_ engine: QueueEngine, _ logger: Logger) -> Reaction {
        engine.notificationReaction(
            to: ObjectsFactKind.notificationDue, sender: "s3.amazonaws.com",
            dropped: { target in
                logger.warning("an event was dropped: its queue does not exist", metadata: ["queue": "\(target.name.rawValue)"])
            },
            decode: { fact in
                let due = try NotificationDue(fact)
                guard let target = engine.address(ofARN: due.targetARN) else { return nil }
                return (target, String(decoding: due.body, as: UTF8.self), due.trace)
            })
    }

    /// Makes the moves of the tasks that empty dead-letter queues.
    private static func move(_ queues: Queues, _ logger: Logger) async {
        await queues.runMoves { logger.warning("moving messages failed", metadata: ["error": "\($0)"]) }
    }

    /// Removes what expired, was purged or deleted, a bounded step at a time.
    private static func sweep(_ queues: Queues, _ logger: Logger) async {
        while !Task.isCancelled {
            do {
                let hasMore = try await queues.sweepStep()
                try await Task.sleep(for: hasMore ? sweepPause : sweepIdlePause)
            } catch is CancellationError {
                return
            } catch {
                logger.warning("sweeping queues failed", metadata: ["error": "\(error)"])
                try? await Task.sleep(for: sweepIdlePause)
            }
        }
    }

    /// Finishes what an earlier process began to release.
    private static func resume(_ objects: Objects, _ logger: Logger) async {
        do {
            try await objects.resume()
        } catch {
            logger.warning("releasing parts failed; the next start goes on", metadata: ["error": "\(error)"])
        }
        try? await gracefulShutdown()
    }

    private static func problem(with arn: ARN, _ engine: QueueEngine, _ queues: Queues) async -> QueueTargetProblem? {
        guard let address = engine.address(of: arn) else { return .doesNotExist }
        if address.name.isFIFO { return .isFIFO }
        return (try? await queues.exists(address)) == true ? nil : .doesNotExist
    }
}

/// Tells services apart as AWS's clients name them.
struct WireNaming: ServiceNaming {
    func service(of request: DoorRequest) -> ServiceChoice {
        ServiceClassifier.classify(WireRequest(request)).map { .service($0) } ?? .unknownUntilFormIsRead
    }

    func service(ofForm body: [UInt8]) -> String? {
        guard let form = try? QueryForm.parse(ByteBuffer(bytes: body)) else { return nil }
        return ServiceClassifier.classify(form: form)
    }
}

/// Work that runs beside the listener until the server stops.
struct Background: Service {
    let body: @Sendable () async -> Void

    func run() async throws {
        await cancelWhenGracefulShutdown { await body() }
    }
}
