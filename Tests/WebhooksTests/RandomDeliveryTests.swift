import Model
import SimulationKit
import Synchronization
import Testing
import Webhooks

/// Random events, an endpoint that fails at random, a courier that is stopped at random, a window that is too small: every event is
/// delivered, and each lane's events for the first time in their order.
@Suite struct RandomDeliveryTests {
    @Test(arguments: UInt64(1)...25) func nothingIsLostOrOvertaken(seed: UInt64) async throws {
        let random = SimRandom(seed: seed)
        let fixture = WebhookFixture()
        let dice = SimRandom(seed: seed &* 31)
        let endpoint = Endpoint { _ in
            switch dice.int(in: 1...6) {
            case 1: .failed("down")
            case 2: .refused(status: 503, retryAfter: .microseconds(10))
            default: .taken
            }
        }
        let target = WebhookFixture.quick(WebhookFixture.function, concurrency: random.int(in: 1...6))
        var sent: [UInt64: [String]] = [:]
        var count = 0
        for _ in 0..<random.int(in: 2...5) {
            let courier = fixture.courier(endpoint, target, plannedMax: random.int(in: 2...40))
            let task = Task { await courier.run() }
            for _ in 0..<random.int(in: 1...12) {
                let events = (0..<random.int(in: 1...8)).map { _ in (UInt64(random.int(in: 0...6)), "") }
                var named: [(UInt64, String)] = []
                for (lane, _) in events {
                    count += 1
                    named.append((lane, "\(lane):\(count)"))
                    sent[lane, default: []].append("\(lane):\(count)")
                }
                try await fixture.emit(named)
                if random.oneIn(3) { try await Task.sleep(for: .microseconds(300)) }
            }
            task.cancel()
            await task.value
        }
        await fixture.run(fixture.courier(endpoint, target, plannedMax: 16)) { fixture.left.isEmpty }
        var first: [UInt64: [String]] = [:]
        var seen: Set<String> = []
        for body in endpoint.taken where seen.insert(body).inserted {
            first[UInt64(body.prefix { $0 != ":" })!, default: []].append(body)
        }
        #expect(first == sent, "seed \(seed)")
    }
}
