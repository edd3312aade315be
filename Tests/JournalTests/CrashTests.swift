import Environment
import Journal
import Model
import SimulationKit
import Testing

/// A journal driven at random by a seed, remembering what it was told.
private struct Life {
    /// By LSN from 1: what was appended, acknowledged or not.
    var appended: [[UInt8]] = []
    var acknowledged = 0
    /// No record from here on may be dropped.
    var retained = 1

    /// Runs until the disk dies or the steps are done.
    mutating func run(_ disk: SimDisk, seed: UInt64, steps: Int) {
        let random = SimRandom(seed: seed)
        let harness = Harness(disk, seed: random.next())
        do {
            var opened = try harness.open()
            take(opened)
            for _ in 0..<steps {
                switch random.int(in: 1...12) {
                case 1: try opened.journal.prepareNext()
                case 2:
                    retained = max(retained, acknowledged - random.int(in: 0...20))
                    try opened.journal.retain(from: LSN(UInt64(retained)))
                case 3: try opened.writer.mark()
                case 4:
                    try opened.writer.close()
                    opened = try harness.open()
                default: try batch(opened, random)
                }
            }
        } catch {
            guard disk.isCrashed else {
                Issue.record("seed \(seed): \(error)")
                return
            }
        }
    }

    /// After opening: what was found is acknowledged, what was not is gone.
    mutating func take(_ opened: Journal.Opened) {
        let last = Int(opened.report.last.rawValue)
        appended.removeLast(appended.count - last)
        acknowledged = last
    }

    private mutating func batch(_ opened: Journal.Opened, _ random: SimRandom) throws {
        for _ in 0..<random.int(in: 1...2) {
            for _ in 0..<random.int(in: 1...5) {
                // Zeros often, so that old and new sectors look alike.
                let count = random.oneIn(8) ? random.int(in: 2000...9000) : random.int(in: 0...400)
                let payload = random.oneIn(3) ? [UInt8](repeating: 0, count: count) : random.bytes(count)
                try opened.writer.append(lsn: opened.writer.appended.next, time: time(of: LSN(1)), payload: payload)
                appended.append(payload)
            }
            try opened.writer.write()
        }
        try opened.writer.sync()
        acknowledged = appended.count
    }

    /// Opens what a crash left: everything acknowledged is there, nothing is invented, and the journal goes on.
    mutating func check(_ disk: SimDisk, seed: UInt64, _ comment: String) {
        do {
            let opened = try Harness(disk, seed: seed).open(atLeast: LSN(UInt64(acknowledged)))
            let last = Int(opened.report.last.rawValue)
            let oldest = Int(opened.journal.oldestLSN.rawValue)
            #expect(last >= acknowledged && last <= appended.count, "\(comment)")
            #expect(oldest <= max(retained, 1), "\(comment)")
            #expect(try opened.payloads() == Array(appended[(oldest - 1)..<last]), "\(comment)")
            var findings: [JournalFinding] = []
            try Journal.verify(directory: directory, disk: disk) { findings.append($0) }
            let records = findings.count { if case .record = $0 { true } else { false } }
            let segments = findings.count { if case .segment = $0 { true } else { false } }
            #expect(records == last - oldest + 1 && findings.count == records + segments, "\(comment)")
            take(opened)
            try opened.commit([[1, 2, 3]])
            appended.append([1, 2, 3])
            acknowledged = appended.count
        } catch {
            Issue.record("\(comment): \(error)")
        }
    }
}

@Suite struct CrashTests {
    /// The power goes at every operation that changes the disk; what each of several tears leaves is opened.
    @Test(arguments: 0..<3) func aCrashAtEveryOperationLosesNothing(seed: UInt64) {
        let rehearsal = makeDisk()
        var whole = Life()
        whole.run(rehearsal, seed: seed, steps: 20)
        for step in 3...rehearsal.mutationCount {
            let disk = makeDisk()
            disk.crash(at: .mutation(step))
            var life = Life()
            life.run(disk, seed: seed, steps: 20)
            for tear in 0..<4 {
                var left = life
                let clone = tear == 0 ? disk.restartClone() : disk.crashClone(seed: seed &* 1000 &+ UInt64(tear * 17 + step))
                let comment = "seed \(seed), mutation \(step), tear \(tear)"
                left.check(clone, seed: UInt64(tear), comment)
                left.check(clone.crashClone(seed: seed &+ UInt64(step)), seed: UInt64(tear + 100), "\(comment), again")
            }
        }
    }

    /// Several lives, each ended by a crash in the middle of anything, recovery included.
    @Test(arguments: 0..<40) func manyLivesLoseNothing(seed: UInt64) {
        let random = SimRandom(seed: seed)
        var disk = makeDisk()
        var life = Life()
        for number in 0..<6 {
            disk.crash(at: .mutation(random.int(in: 3...60)))
            life.run(disk, seed: random.next(), steps: 30)
            disk = random.oneIn(4) ? disk.restartClone() : disk.crashClone(seed: random.next())
            var left = life
            left.check(disk.restartClone(), seed: random.next(), "seed \(seed), life \(number)")
        }
    }

    @Test func theSameSeedTakesTheSamePath() {
        let digests = (0..<2).map { _ in
            let disk = makeDisk()
            var life = Life()
            life.run(disk, seed: 42, steps: 60)
            return disk.traceDigest
        }
        #expect(digests[0] == digests[1])
    }

    /// A mark is written without a sync. When the next batch's sync fails, the mark is as lost as the batch, and found as well.
    @Test(arguments: 0..<8) func aMarkBeforeAFailedSyncIsNoHole(seed: UInt64) throws {
        let disk = makeDisk()
        let opened = try Harness(disk).open()
        try opened.commit([[1]])
        try opened.writer.mark()
        try opened.write([[2]])
        disk.fail(at: .operation(disk.operationCount + 1), with: .failed)
        #expect(throws: JournalError.self) { try opened.writer.sync() }

        let restarted = disk.restartClone()
        let second = try Harness(restarted, seed: 2).open()
        #expect(try second.payloads() == [[1], [2]])
        try second.commit([[3]])
        let third = try Harness(restarted.crashClone(seed: seed), seed: 3).open(atLeast: LSN(3))
        #expect(try third.payloads() == [[1], [2], [3]])
    }
}
