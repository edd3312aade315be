import SimulationKit
import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Which seeds are run: `ROOST_SIM_SEED=n` replays one, `ROOST_SIM_SEEDS=n` says how many.
enum Seeds {
    static let defaultCount: UInt64 = 150

    static func number(_ name: String) -> UInt64? { getenv(name).flatMap { UInt64(String(cString: $0)) } }

    /// Enough seeds to say that something should have happened in one of them.
    static var areMany: Bool { number("ROOST_SIM_SEED") == nil && (number("ROOST_SIM_SEEDS") ?? defaultCount) >= defaultCount }

    /// Dealt out to several cases, which run side by side.
    static func share(_ share: UInt64, of shares: UInt64) -> [UInt64] {
        if let one = number("ROOST_SIM_SEED") { return share == one % shares ? [one] : [] }
        return Array(stride(from: share, to: number("ROOST_SIM_SEEDS") ?? defaultCount, by: UInt64.Stride(shares)))
    }
}

/// The power goes, or the process, at every change of the disk of a random run.
@Suite struct CrashSimulationTests {
    static let shares: UInt64 = 4

    @Test func theSameSeedTakesTheSamePath() throws {
        let seed = Seeds.number("ROOST_SIM_SEED") ?? 4711
        let reports = try (0..<2).map { _ in try Simulation(seed: seed).run() }
        #expect(reports[0] == reports[1])
        #expect(reports[0].points > 50)
    }

    @Test(arguments: 0..<Self.shares) func nothingAcknowledgedIsLost(share: UInt64) {
        var sum = Simulation.Report()
        for seed in Seeds.share(share, of: Self.shares) {
            do {
                sum.add(try Simulation(seed: seed).run())
            } catch {
                Issue.record("ROOST_SIM_SEED=\(seed) replays this: \(error)")
                return
            }
        }
        print("crash points: \(sum.points), commits: \(sum.commits), packs compacted: \(sum.compactions), deleted: \(sum.packsDeleted)")
        if Seeds.areMany {
            #expect(sum.points > 1000 && sum.commits > 200 && sum.restarts > 0)
            #expect(sum.compactions > 0 && sum.packsDeleted > 0 && sum.filesSwept > 0 && sum.orphansSwept > 0 && sum.droppedRecords > 0)
        }
    }
}
