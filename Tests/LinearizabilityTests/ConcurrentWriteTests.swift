import Model
import Objects
import SimulationKit
import Testing

/// Conditional writes by several clients at once are linearizable: the answers are those of some order of the calls that agrees with the
/// order of their times.
@Suite struct ConcurrentWriteTests {
    static let histories: ClosedRange<UInt64> = 1...50
    static let clients = 4
    static let callsPerClient = 10

    @Test(arguments: StoreUnderTest.allCases)
    func everyHistoryIsLinearizable(_ store: StoreUnderTest) async throws {
        print("linearizability of \(store): seeds \(Self.histories)")
        var all: [Event] = []
        try await store.with { objects in
            for seed in Self.histories {
                let history = try await Self.history(seed, objects)
                #expect(history.count == Self.clients * Self.callsPerClient)
                for (key, events) in Dictionary(grouping: history, by: \.key) {
                    if Linearization.find(events) != nil { continue }
                    let text = events.sorted { $0.invoked < $1.invoked }.map(\.description).joined(separator: "\n")
                    Issue.record("seed \(seed), \(store): the history of \(key) is not linearizable:\n\(text)")
                }
                all += history
            }
        }
        // What was put to the test is not trivial.
        let outcomes = Set(all.map { event -> Outcome in if case .seen = event.outcome { .seen(0) } else { event.outcome } })
        #expect(outcomes == [.done, .nothingRemoved, .seen(0), .missing, .refused])
        #expect(all.contains { if case .putIfMatch = $0.call { $0.outcome == .done } else { false } })
        #expect(all.contains { if case .deleteIfMatch = $0.call { $0.outcome == .done } else { false } })
        // Each call on the embedded store waits for another thread, so that others begin meanwhile.
        if store == .embedded { #expect(Self.overlaps(all) > 0) }
    }

    /// Its keys are its own, so that it begins with nothing.
    private static func history(_ seed: UInt64, _ objects: Objects) async throws -> [Event] {
        let random = SimRandom(seed: seed)
        let keys = (0..<random.int(in: 1...3)).map { "\(seed)/\($0)" }
        let race = Race()
        return try await withThrowingTaskGroup(of: [Event].self) { group in
            for number in 1...clients {
                let seeded = random.split()
                group.addTask {
                    var client = Client(number, objects, race, keys: keys, random: seeded)
                    return try await client.run(calls: callsPerClient)
                }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
    }

    /// Calls of one key that were invoked before an earlier one had returned.
    private static func overlaps(_ events: [Event]) -> Int {
        Dictionary(grouping: events, by: \.key).values.reduce(0) { count, events in
            let sorted = events.sorted { $0.invoked < $1.invoked }
            return count + zip(sorted, sorted.dropFirst()).count { $0.returned > $1.invoked }
        }
    }
}
