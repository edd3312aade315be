import SimulationKit
import Testing

/// The power goes at changes of the disk while one bucket is worked on by clients, lifecycle, key rotation and event delivery.
@Suite struct DomainCrashTests {
    static let shares: UInt64 = 4
    /// Of each share's seeds so many are run.
    private static let seedsPerShare = 9

    @Test func theSameSeedTakesTheSamePath() throws {
        let seed = Seeds.number("ROOST_SIM_SEED") ?? 4711
        let runs = try (0..<2).map { _ in
            let run = try DomainRun(seed: seed)
            let digest = try run.work()
            return (digest: digest, report: try DomainAftermath.develop(run))
        }
        #expect(runs[0] == runs[1])
    }

    @Test(arguments: 0..<Self.shares) func whatWasAcknowledgedSurvives(share: UInt64) {
        var sum = DomainAftermath.Report()
        for seed in Seeds.share(share, of: Self.shares).prefix(Seeds.areMany ? Self.seedsPerShare : .max) {
            do {
                let run = try DomainRun(seed: seed)
                _ = try run.work()
                sum.add(try DomainAftermath.develop(run))
            } catch {
                Issue.record("ROOST_SIM_SEED=\(seed) replays this: \(error)")
                return
            }
        }
        print("crash points: \(sum.points), \(sum)")
        if Seeds.areMany {
            #expect(sum.points > 40 && sum.attacks > 0 && sum.deliveries > 0 && sum.rotations > 0 && sum.endings > 0)
        }
    }
}
