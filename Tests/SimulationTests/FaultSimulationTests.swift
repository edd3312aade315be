import Environment
import SimulationKit
import StoragePorts
import Testing

/// One call of the disk fails, at every place or at a sample of them.
@Suite struct FaultSimulationTests {
    /// Calls struck in each run.
    private static let sample = 60

    static let faults: [FaultyRun.Fault] = [.failure(.failed), .failure(.noSpace), .failure(.tooManyFiles), .crash]

    @Test(arguments: 0..<faults.count) func aFailedCallLosesNothing(number: Int) {
        let fault = Self.faults[number]
        var poisoned = 0
        for seed in Seeds.share(0, of: 10) {
            do {
                var run = FaultyRun(seed: seed, fault: fault)
                let count = try run.run().operations
                for operation in stride(from: 1 + Int(seed) % 7, through: count, by: max(1, count / Self.sample)) {
                    run.operation = operation
                    do {
                        if try run.run().isPoisoned { poisoned += 1 }
                    } catch {
                        Issue.record("ROOST_SIM_SEED=\(seed) replays this: \(fault) at call \(operation): \(error)")
                        return
                    }
                }
            } catch {
                Issue.record("ROOST_SIM_SEED=\(seed) replays this: without a fault: \(error)")
            }
        }
        if Seeds.areMany { #expect(poisoned > 0, "writes and syncs of the journal were struck") }
    }
}
