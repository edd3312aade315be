import Environment
import Model
import StoragePorts
import Synchronization

/// A courier's reads and commits.
extension WebhookCourier {
    private var arn: String { target.arn.description }

    /// How often each event was tried before this process began.
    func readAttempts() async throws -> [EventSequence: Int] {
        let range = WebhookKeys.all(WebhookKeys.attemptsTag, of: arn)
        return try await ledger.read { snapshot in
            var attempts: [EventSequence: Int] = [:]
            try snapshot.scan(range, .forward) { key, value in
                guard let sequence = WebhookKeys.sequence(ofKey: key), value.count == 4 else {
                    throw LedgerError.damaged("the attempts of an event for a function")
                }
                attempts[sequence] = Int(UInt32(bigEndian: value.loadUnaligned(as: UInt32.self)))
                return .next
            }
            return attempts
        }
    }

    /// Plans events that were written since the last look, as far as there is room.
    func look(_ round: inout CourierRound) async {
        let mark = outbox.mark(arn)
        if mark != round.mark {
            // The reaction ran before its commit was synced. One that failed leaves a mark without an event, hence the time limit.
            _ = await ledger.waitUntilApplied(mark.newest, timeout: WebhookLimits.storagePause)
            round.mark = mark
            round.hasMore = true
        }
        // Refilled by halves, not one by one.
        while round.hasMore, round.window.room > round.window.countMax / 2, !Task.isCancelled {
            do {
                let countMax = min(round.window.room, WebhookLimits.readAtOnceMax)
                let entries = try await read(after: round.position, countMax: countMax, round.attempts)
                for entry in entries {
                    round.window.add(entry)
                    round.attempts[entry.sequence] = nil
                }
                round.position = entries.last?.sequence ?? round.position
                round.hasMore = entries.count == countMax
            } catch {
                await pause(after: error)
            }
        }
    }

    private func read(
        after position: EventSequence?, countMax: Int, _ attempts: [EventSequence: Int]
    ) async throws -> [DeliveryWindow.Entry] {
        let all = WebhookKeys.all(WebhookKeys.eventTag, of: arn)
        let range = KeyRange(from: position.map { WebhookKeys.event(arn, $0.successor) } ?? all.lower, to: all.upper)
        return try await ledger.read { snapshot in
            var entries: [DeliveryWindow.Entry] = []
            try snapshot.scan(range, .forward) { key, value in
                guard let sequence = WebhookKeys.sequence(ofKey: key) else { throw LedgerError.damaged("an event's key") }
                let (lane, recorded) = try PendingEvent.head(value)
                entries.append(
                    DeliveryWindow.Entry(sequence: sequence, lane: lane, recorded: recorded, attempts: attempts[sequence] ?? 0))
                return entries.count < countMax ? .next : .stop
            }
            return entries
        }
    }

    /// Forgets delivered events.
    func remove(_ batch: [(sequence: EventSequence, attempts: Int)]) async -> CourierStep {
        let keys = batch.flatMap { sequence, attempts in
            [WebhookKeys.event(arn, sequence)] + (attempts > 0 ? [WebhookKeys.attempts(arn, sequence)] : [])
        }
        do {
            _ = try await ledger.commit(reading: [], durability: .relaxed) { transaction in
                for key in keys { transaction.delete(key) }
            }
            return .removed([])
        } catch {
            await pause(after: error)
            return .removed(batch)
        }
    }

    /// Sends one event and records a failure.
    func attempt(_ entry: DeliveryWindow.Entry) async -> CourierStep {
        let number = entry.attempts + 1
        let event: PendingEvent
        do {
            let key = WebhookKeys.event(arn, entry.sequence)
            guard let value = try await ledger.read({ try $0.get(key) }) else { return .ended(entry) }
            event = try PendingEvent(stored: value)
        } catch {
            report("reading an event failed: \(error)")
            return failed(entry, attempts: entry.attempts, pause: WebhookLimits.storagePause)
        }
        let outcome = await sender.send(request(event, entry.sequence, number))
        if outcome == .taken { return .ended(entry) }
        // Cut off by the end of the process: no attempt of the target's.
        if Task.isCancelled { return .failed(entry, attempts: entry.attempts, due: .max) }
        state.withLock { $0.failed += 1 }
        if number == 1 || number % target.retry.attemptsMax == 0 {
            report("an event was not taken: \(outcome.reason), attempt \(number), event \(entry.sequence)")
        }
        do {
            if number >= target.retry.attemptsMax, target.deadLetters != nil, try await bury(entry, event, number, outcome) {
                return .buried(entry)
            }
            let key = WebhookKeys.attempts(arn, entry.sequence)
            let value = withUnsafeBytes(of: UInt32(clamping: number).bigEndian) { Array($0) }
            _ = try await ledger.commit(reading: [], durability: .relaxed) { $0.put(key, value) }
        } catch {
            report("recording a failed attempt failed: \(error)")
        }
        var pause = target.retry.pause(after: number, random: environment.random.next())
        if case .refused(_, let asked?) = outcome { pause = max(pause, min(asked, WebhookLimits.retryAfterMax)) }
        return failed(entry, attempts: number, pause: pause)
    }

    private func failed(_ entry: DeliveryWindow.Entry, attempts: Int, pause: Duration) -> CourierStep {
        let (seconds, attoseconds) = pause.components
        let nanoseconds = UInt64(seconds) * 1_000_000_000 + UInt64(attoseconds / 1_000_000_000)
        return .failed(entry, attempts: attempts, due: max(1, environment.clock.monotonicNanoseconds() + nanoseconds))
    }

    private func request(_ event: PendingEvent, _ sequence: EventSequence, _ number: Int) -> WebhookRequest {
        var headers = [
            (name: "content-type", value: "application/json"), (name: "user-agent", value: "Roost"), (name: "x-roost-function", value: arn),
            (name: "x-roost-delivery", value: sequence.description), (name: "x-roost-attempt", value: String(number)),
        ]
        headers += WebhookSignature.headers(secret: target.secret, time: environment.clock.now(), body: event.body)
        return WebhookRequest(url: target.url, headers: headers, body: event.body, timeout: target.timeout)
    }

    /// Moves the event to the dead-letter queue in one commit. False when there is no such queue.
    private func bury(
        _ entry: DeliveryWindow.Entry, _ event: PendingEvent, _ attempts: Int, _ outcome: WebhookOutcome
    ) async throws -> Bool {
        let letter = WebhookDeadLetter(
            target: target, delivery: entry.sequence.description, attempts: attempts, reason: outcome.reason, body: event.body)
        let keys = [WebhookKeys.event(arn, entry.sequence), WebhookKeys.attempts(arn, entry.sequence)]
        let bury = bury
        let isBuried = try await ledger.commit(reading: keys) { transaction in
            guard try bury(transaction, letter) else { return false }
            for key in keys { transaction.delete(key) }
            return true
        }.value
        if !isBuried { report("the dead-letter queue \(target.deadLetters?.description ?? "") does not exist; the event is tried further") }
        return isBuried
    }
}
