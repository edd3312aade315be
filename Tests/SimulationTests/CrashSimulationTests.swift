import SimulationKit
import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Which seeds are run: `ROOST_SIM_SEED=n` replays one, `ROOST_SIM_SEEDS=n` says how many.
enum Seeds {
    static let defaultCount: UInt64 = 60

    static func number(_ name: String) -> UInt64? { getenv(name).flatMap { UInt64(String(cString: $0)) } }

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
        var points = 0
        for seed in Seeds.share(share, of: Self.shares) {
            do {
                points += try Simulation(seed: seed).run().points
            } catch {
                Issue.record("ROOST_SIM_SEED=\(seed) replays this: \(error)")
                return
            }
        }
        print("crash points inspected: \(points)")
    }
}
