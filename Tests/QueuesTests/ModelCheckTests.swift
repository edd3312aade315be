import Model
import ModelLedger
import Queues
import SimulationKit
import StoragePorts
import Testing

/// Random operations on a queue and on its model must agree: so a message is never lost, never given twice within its
/// visibility timeout, and never comes back after its deletion.
@Suite struct ModelCheckTests {
    @Test(arguments: UInt64(1)...60) func randomOperationsAgreeWithTheModel(seed: UInt64) async throws {
        var run = try await ModelRun(seed: seed)
        for step in 0..<300 {
            try await run.step()
            if run.hasFailed {
                Issue.record("seed \(seed), step \(step): \(run.trace.suffix(12).joined(separator: "; "))")
                return
            }
        }
        try await run.drain()
        #expect(!run.hasFailed, "seed \(seed): \(run.trace.suffix(12).joined(separator: "; "))")
    }

    @Test func theSameSeedGivesTheSameTrace() async throws {
        var traces: [[String]] = []
        for _ in 0..<2 {
            var run = try await ModelRun(seed: 7)
            for _ in 0..<200 { try await run.step() }
            traces.append(run.trace)
        }
        #expect(traces[0] == traces[1])
    }
}

/// One run: the queue, its model, and what was done.
private struct ModelRun {
    struct Held {
        let body: String
        let handle: String
        let receives: Int
    }

    let fixture: QueueFixture
    let address: QueueAddress
    let random: SimRandom
    var queues: Queues
    var model: QueueModel
    var held: [Held] = []
    var trace: [String] = []
    var hasFailed = false
    var bodies = 0
    var purgedAt: Int64?

    var now: Int64 { fixture.clock.now().milliseconds }

    init(seed: UInt64) async throws {
        fixture = QueueFixture(seed: seed, encrypts: seed.isMultiple(of: 2))
        random = SimRandom(seed: seed &* 7919)
        queues = fixture.queues
        let retention = random.oneIn(3) ? 60 : 345_600
        address = try await fixture.makeQueue("jobs") { $0.retentionSeconds = retention }
        model = QueueModel(retention: Int64(retention) * 1000)
    }

    mutating func step() async throws {
        switch random.int(in: 0...19) {
        case 0...4: try await send(count: 1)
        case 5: try await send(count: random.int(in: 2...10))
        case 6...10: try await receive()
        case 11...13: try await delete()
        case 14...15: try await changeVisibility()
        case 16: try await notify()
        case 17: try await count()
        case 18: try await rare()
        default: advance()
        }
    }

    private mutating func note(_ text: String) { trace.append(text) }

    private mutating func check(_ holds: Bool, _ text: @autoclosure () -> String) {
        guard !holds else { return }
        hasFailed = true
        note("FAILED: " + text())
    }

    private mutating func nextBody() -> String {
        bodies += 1
        return "m\(bodies)"
    }

    private mutating func send(count: Int) async throws {
        let delay = random.oneIn(4) ? random.int(in: 0...30) : 0
        var entries: [BatchEntry<OutgoingMessage>] = []
        for index in 0..<count {
            let body = nextBody()
            model.send(body, now: now, delay: Int64(delay) * 1000)
            entries.append(BatchEntry(id: "\(index)", content: .success(OutgoingMessage(body: body, delaySeconds: delay, sender: "me"))))
        }
        note("send \(count) to m\(bodies), delay \(delay)")
        _ = try await queues.sendBatch(entries, to: address)
    }

    private mutating func notify() async throws {
        guard queues === fixture.queues else { return }
        let body = nextBody()
        model.send(body, now: now, delay: 0)
        note("notify \(body)")
        _ = try await fixture.notify(address, body)
    }

    private mutating func receive() async throws {
        let countMax = random.int(in: 1...10)
        let timeout = random.oneIn(5) ? 0 : random.int(in: 1...40)
        let expected = model.receive(countMax, now: now, timeout: Int64(timeout) * 1000)
        let request = ReceiveRequest(countMax: countMax, visibilityTimeoutSeconds: timeout, waitSeconds: 0)
        let received = try await queues.receive(request, from: address)
        note("receive \(countMax) for \(timeout): \(received.map(\.body))")
        check(received.map(\.body) == expected, "expected \(expected)")
        for message in received {
            let receives = model.messages.first { $0.body == message.body }?.receives
            check(message.receiveCount == receives, "\(message.body) received \(message.receiveCount) times, expected \(receives ?? -1)")
            held.append(Held(body: message.body, handle: message.receiptHandle, receives: message.receiveCount))
        }
    }

    private mutating func delete() async throws {
        guard !held.isEmpty else { return }
        let index = random.int(in: 0...(held.count - 1))
        note("delete \(held[index].body)")
        model.delete(held[index].body)
        _ = try await queues.deleteMessage(held[index].handle, from: address)
        if random.oneIn(2) { held.remove(at: index) }
    }

    private mutating func changeVisibility() async throws {
        guard !held.isEmpty else { return }
        let chosen = held[random.int(in: 0...(held.count - 1))]
        let seconds = random.oneIn(3) ? 0 : random.int(in: 1...60)
        let index = model.messages.firstIndex { $0.body == chosen.body }
        var outcome = "done"
        do {
            _ = try await queues.changeVisibility(VisibilityChange(receiptHandle: chosen.handle, seconds: seconds), in: address)
            if let index { model.messages[index].visibleAt = now + Int64(seconds) * 1000 }
        } catch QueueError.invalidParameter {
            outcome = "gone"
        }
        note("hide \(chosen.body) for \(seconds): \(outcome)")
        let isExpired = index.map { model.messages[$0].sentAt + model.retention <= now } ?? true
        check(isExpired || outcome == "done", "it is still there")
    }

    private mutating func count() async throws {
        while try await queues.sweepStep() {}
        model.expire(now: now)
        let expected = model.counts(now: now)
        let found = try await queues.describe(address)
        note("counts \(found.visibleCount) \(found.inFlightCount) \(found.delayedCount)")
        check((found.visibleCount, found.inFlightCount, found.delayedCount) == expected, "expected \(expected)")
    }

    private mutating func rare() async throws {
        switch random.int(in: 0...5) {
        case 0: try await purge()
        case 1, 2:
            note("restart")
            queues = fixture.restarted()
        case 3:
            note("refused commit")
            fixture.ledger.fail(with: .noSpace)
            let request = ReceiveRequest(countMax: 10, waitSeconds: 0)
            _ = try? await queues.receive(request, from: address)
            fixture.ledger.fail(with: nil)
        default:
            note("sweep")
            _ = try await queues.sweepStep()
        }
    }

    private mutating func purge() async throws {
        let isTooSoon = purgedAt.map { now - $0 < 60_000 } ?? false
        do {
            _ = try await queues.purge(address)
            model.messages.removeAll()
            purgedAt = now
            note("purge")
            check(!isTooSoon, "the last purge is not a minute ago")
        } catch QueueError.purgeInProgress {
            note("purge refused")
            check(isTooSoon, "the last purge is a minute ago")
        }
    }

    private mutating func advance() {
        let step = random.oneIn(4) ? random.int(in: 1...70) * 1000 : random.int(in: 1...300) * 10
        note("advance \(step) ms")
        fixture.clock.advance(by: .milliseconds(step))
    }

    /// In the end everything that was neither deleted nor expired comes out once.
    mutating func drain() async throws {
        fixture.clock.advance(by: .seconds(61))
        while true {
            let expected = model.receive(10, now: now, timeout: 1_000_000)
            let received = try await queues.receive(
                ReceiveRequest(countMax: 10, visibilityTimeoutSeconds: 1000, waitSeconds: 0), from: address)
            check(received.map(\.body) == expected, "drain: \(received.map(\.body)), expected \(expected)")
            if expected.isEmpty || hasFailed { return }
        }
    }
}
