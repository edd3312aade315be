import Environment
import Model
import StoragePorts
import Synchronization

/// Delivers the events of one target: at least once, those of one lane in order, several lanes at a time.
///
/// An event stays in the ledger until its target took it or it became a dead letter, so a stop of any kind loses nothing: whoever
/// runs next begins with the oldest. What was taken is forgotten by relaxed commits, because a repeated delivery is allowed.
package final class WebhookCourier: Sendable {
    package let target: WebhookTarget
    let outbox: WebhookOutbox
    let ledger: any Ledger
    let environment: (clock: any Clock, random: any RandomSource)
    let sender: any WebhookSender
    let plannedMax: Int
    let bury: @Sendable (Transaction, WebhookDeadLetter) throws -> Bool
    let report: @Sendable (String) -> Void
    let state = Mutex(WebhookFigures())

    package var figures: WebhookFigures { state.withLock { $0 } }

    /// `bury` puts a dead letter into its queue within the commit that ends the event here; false when there is no such queue, and then
    /// the event is tried further. `report` takes failures for the log.
    package init(
        _ target: WebhookTarget, outbox: WebhookOutbox, ledger: any Ledger, clock: any Clock, random: any RandomSource,
        sender: any WebhookSender, plannedMax: Int = WebhookLimits.plannedMax,
        bury: @escaping @Sendable (Transaction, WebhookDeadLetter) throws -> Bool, report: @escaping @Sendable (String) -> Void
    ) {
        self.target = target
        self.outbox = outbox
        self.ledger = ledger
        self.environment = (clock, random)
        self.sender = sender
        self.plannedMax = plannedMax
        self.bury = bury
        self.report = report
    }

    /// Delivers until the task is cancelled.
    package func run() async {
        guard let alarm = outbox.alarm(target.arn.description) else { return }
        var round = CourierRound(window: DeliveryWindow(countMax: plannedMax))
        while !Task.isCancelled {
            do {
                round.attempts = try await readAttempts()
                break
            } catch {
                await pause(after: error)
            }
        }
        await withTaskGroup(of: CourierStep.self) { group in
            while !Task.isCancelled {
                await look(&round)
                start(&round, alarm, &group)
                show(round)
                guard let step = await group.next() else { continue }
                take(step, &round, alarm)
            }
            group.cancelAll()
        }
        if !round.removals.isEmpty { _ = await remove(round.removals) }
    }

    private func start(_ round: inout CourierRound, _ alarm: Alarm, _ group: inout TaskGroup<CourierStep>) {
        while round.underWay < target.concurrencyMax, let entry = round.window.next(now: environment.clock.monotonicNanoseconds()) {
            round.underWay += 1
            group.addTask { await self.attempt(entry) }
        }
        if !round.isRemoving, !round.removals.isEmpty {
            round.isRemoving = true
            let batch = Array(round.removals.prefix(WebhookLimits.removedAtOnceMax))
            round.removals.removeFirst(batch.count)
            group.addTask { await self.remove(batch) }
        }
        if !round.isWaiting {
            round.isWaiting = true
            let now = environment.clock.monotonicNanoseconds()
            let due = round.window.nextDue.map { Duration.nanoseconds(Int64(clamping: $0 > now ? $0 - now : 0)) }
            group.addTask {
                await alarm.sleep(atMost: due)
                return .woken
            }
        }
    }

    private func take(_ step: CourierStep, _ round: inout CourierRound, _ alarm: Alarm) {
        switch step {
        case .woken:
            round.isWaiting = false
        case .ended(let entry):
            round.underWay -= 1
            round.window.finish(entry)
            round.removals.append((entry.sequence, entry.attempts))
            state.withLock { $0.delivered += 1 }
        case .buried(let entry):
            round.underWay -= 1
            round.window.finish(entry)
            state.withLock { $0.deadLetters += 1 }
        case .failed(let entry, let attempts, let due):
            round.underWay -= 1
            let before = round.window.nextDue
            round.window.retry(entry, attempts: attempts, due: due)
            // Whoever sleeps now does not know of the new time.
            if before.map({ due < $0 }) ?? true { alarm.ring() }
        case .removed(let unremoved):
            round.isRemoving = false
            round.removals.append(contentsOf: unremoved)
        }
    }

    private func show(_ round: CourierRound) {
        state.withLock { figures in
            figures.oldest = round.window.oldest.map { ($0.sequence.lsn, $0.recorded) }
            figures.waiting = round.window.count
        }
    }

    func pause(after error: any Error) async {
        report("reading or writing events failed: \(error)")
        try? await Task.sleep(for: WebhookLimits.storagePause)
    }
}

/// What a courier knows between two steps.
struct CourierRound {
    var window: DeliveryWindow
    /// Failed attempts of an earlier process, until the events are read.
    var attempts: [EventSequence: Int] = [:]
    /// The last event read.
    var position: EventSequence?
    /// There may be more events to read.
    var hasMore = true
    /// The outbox's mark at the last look.
    var mark = WebhookOutbox.Mark()
    var underWay = 0
    /// Delivered, but not yet forgotten by the ledger; with their failed attempts.
    var removals: [(sequence: EventSequence, attempts: Int)] = []
    var isRemoving = false
    var isWaiting = false
}

/// What one of a courier's tasks came to.
enum CourierStep: Sendable {
    /// It is time to look again.
    case woken
    /// The target took the event.
    case ended(DeliveryWindow.Entry)
    case buried(DeliveryWindow.Entry)
    case failed(DeliveryWindow.Entry, attempts: Int, due: UInt64)
    /// With what could not be removed.
    case removed([(sequence: EventSequence, attempts: Int)])
}
