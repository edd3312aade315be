import Environment
import Logging
import Model
import NIOCore
import NIOPosix
import Objects
import Outbound
import Queues
import StoragePorts
import Webhooks

/// Brings events to the functions that are declared, each by a courier of its own, so that a slow one holds up no other.
struct FunctionDelivery: Sendable {
    let outbox: WebhookOutbox
    let couriers: [WebhookCourier]
    let questions: AdmissionQuestions
    private let ledger: any Ledger
    private let logger: Logger

    /// What the ledger needs to know: the reaction that keeps events.
    static func reaction(_ outbox: WebhookOutbox, _ logger: Logger) -> Reaction {
        outbox.reaction(
            to: ObjectsFactKind.functionDue,
            dropped: { target in
                // An event bus is no mistake: a bucket may have the flag on a server that has no bus.
                guard ARN(target)?.service == "lambda" else { return }
                logger.warning("an event was dropped: its function is not declared", metadata: ["function": "\(target)"])
            },
            decode: { fact in
                let due = try NotificationDue(fact)
                return (due.targetARN, due.lane, due.body)
            })
    }

    init(
        _ targets: [WebhookTarget], outbox: WebhookOutbox, engine: QueueEngine, ledger: any Ledger, _ inputs: CompositionInputs
    ) {
        let (environment, logger) = (inputs.environment, inputs.logger)
        let caller = HTTPCaller(group: NIOSingletons.posixEventLoopGroup)
        let posts = WebhookPosts(caller: caller, clock: environment.clock)
        questions = AdmissionQuestions(targets, caller: caller, clock: environment.clock)
        self.outbox = outbox
        self.ledger = ledger
        self.logger = logger
        couriers = targets.map { target in
            WebhookCourier(
                target, outbox: outbox, ledger: ledger, clock: environment.clock, random: environment.random, sender: posts,
                bury: { transaction, letter in try Self.bury(letter, engine, transaction) },
                report: { logger.warning("function", metadata: ["function": "\(target.arn)", "event": "\($0)"]) })
        }
        for courier in couriers { Self.register(courier, ledger, environment.clock, in: inputs.registry) }
    }

    func run() async {
        let outbox = outbox
        if let left = try? await ledger.read({ try outbox.undeclared(in: $0) }) {
            for arn in left { logger.warning("events wait for a function that is not declared", metadata: ["function": "\(arn)"]) }
        }
        await withTaskGroup(of: Void.self) { group in
            for courier in couriers { group.addTask { await courier.run() } }
            // A service that ended would end the server.
            group.addTask { while !Task.isCancelled { try? await Task.sleep(for: .seconds(3_600)) } }
        }
    }

    private static func bury(_ letter: WebhookDeadLetter, _ engine: QueueEngine, _ transaction: Transaction) throws -> Bool {
        guard let queue = letter.target.deadLetters.flatMap(engine.address) else { return false }
        func text(_ name: String, _ value: String, type: String = "String") -> MessageAttribute {
            MessageAttribute(name: name, type: type, value: .text(value))
        }
        let attributes = [
            text("FunctionArn", letter.target.arn.description), text("RequestID", letter.delivery),
            text("Attempts", String(letter.attempts), type: "Number"), text("ErrorMessage", letter.reason),
        ]
        let message = OutgoingMessage(
            body: String(decoding: letter.body, as: UTF8.self), attributes: attributes, sender: "s3.amazonaws.com")
        return try engine.deliver(message, to: queue, in: transaction)
    }

    private static func register(_ courier: WebhookCourier, _ ledger: any Ledger, _ clock: any Clock, in registry: MetricsRegistry) {
        let labels = [("function", courier.target.arn.description)]
        registry.probe("roost_webhook_lag", "Commits between the oldest undelivered event and the newest position.", labels: labels) {
            guard let oldest = courier.figures.oldest else { return 0 }
            return Double(ledger.applied.rawValue) - Double(oldest.lsn.rawValue) + 1
        }
        registry.probe("roost_webhook_oldest_seconds", "Age of the oldest undelivered event.", labels: labels) {
            guard let oldest = courier.figures.oldest else { return 0 }
            return Double(max(0, clock.now().milliseconds - oldest.recorded.milliseconds)) / 1000
        }
        registry.probe("roost_webhook_waiting", "Events planned for delivery, up to 10,000.", labels: labels) {
            Double(courier.figures.waiting)
        }
        registry.probe("roost_webhook_delivered_total", "Events that the function took since the start.", labels: labels) {
            Double(courier.figures.delivered)
        }
        registry.probe("roost_webhook_failed_total", "Attempts that failed since the start.", labels: labels) {
            Double(courier.figures.failed)
        }
        registry.probe("roost_webhook_dead_letters_total", "Events that went to the dead-letter queue since the start.", labels: labels) {
            Double(courier.figures.deadLetters)
        }
    }
}
