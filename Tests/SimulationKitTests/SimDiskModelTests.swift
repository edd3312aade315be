import Environment
import SimulationKit
import Testing

/// Random runs against a model that knows only what was synced, crashed at every mutation.
@Suite struct SimDiskModelTests {
    /// What must be there after a power cut: the names as of their last sync, with the bytes as of theirs.
    private final class Run {
        let disk: SimDisk
        let random: SimRandom
        var open: [String: any DiskFile] = [:]
        /// Bytes at the last sync of each file that no change followed. Keyed by a number, because names move.
        var syncedBytes: [Int: [UInt8]] = [:]
        var names: [String: Int] = [:]
        /// Nil when names changed since the last sync of the directory.
        var syncedNames: [String: Int]? = [:]
        var nextFile = 0

        init(seed: UInt64, crashAt: Int?) {
            disk = SimDisk()
            random = SimRandom(seed: seed)
            if let crashAt { disk.crash(at: .mutation(crashAt)) }
        }

        func step() throws {
            switch random.int(in: 0...9) {
            case 0: try create()
            case 1...4: try write()
            case 5, 6: try sync()
            case 7: try rename()
            case 8: try remove()
            default:
                // Unsynced until the call has returned.
                try disk.syncDirectory("/")
                syncedNames = names
            }
        }

        private func pick() -> String? {
            let sorted = names.keys.sorted()
            return sorted.isEmpty ? nil : sorted[random.int(in: 0...sorted.count - 1)]
        }

        private func create() throws {
            let name = "f\(nextFile)"
            syncedNames = nil
            open[name] = try disk.open("/" + name, .createNew)
            names[name] = nextFile
            syncedBytes[nextFile] = []
            nextFile += 1
        }

        private func write() throws {
            guard let name = pick(), let file = open[name], let number = names[name] else { return }
            syncedBytes[number] = nil
            if random.oneIn(5) {
                try file.truncate(to: UInt64(random.int(in: 0...3000)))
            } else {
                try file.put(random.bytes(random.int(in: 1...1500)), at: UInt64(random.int(in: 0...3000)))
            }
        }

        private func sync() throws {
            guard let name = pick(), let file = open[name], let number = names[name] else { return }
            try file.sync()
            syncedBytes[number] = try disk.bytes(ofFile: "/" + name)
        }

        private func rename() throws {
            guard let from = pick(), let to = pick(), from != to else { return }
            syncedNames = nil
            try disk.rename("/" + from, to: "/" + to)
            names[to] = names.removeValue(forKey: from)
            open[to] = open.removeValue(forKey: from)
        }

        private func remove() throws {
            guard let name = pick() else { return }
            syncedNames = nil
            try disk.remove("/" + name)
            names[name] = nil
            open[name] = nil
        }

        /// Runs until the end or the crash.
        func run(steps: Int) {
            do {
                for _ in 0..<steps { try step() }
            } catch {}
        }
    }

    @Test(arguments: 0..<20 as Range<UInt64>) func syncedStateSurvivesACrashAnywhere(seed: UInt64) throws {
        let whole = Run(seed: seed, crashAt: nil)
        whole.run(steps: 60)
        for crashAt in 1...whole.disk.mutationCount + 1 {
            let run = Run(seed: seed, crashAt: crashAt)
            run.run(steps: 60)
            for crashSeed in UInt64(0)..<4 {
                let found = run.disk.crashClone(seed: seed &* 1000 &+ crashSeed)
                let note: Comment = "seed \(seed) crash at \(crashAt) crash seed \(crashSeed)"
                guard let names = run.syncedNames else { continue }
                #expect(found.allFiles() == names.keys.map { "/" + $0 }.sorted(), note)
                for (name, number) in names {
                    guard let bytes = run.syncedBytes[number] else { continue }
                    #expect(try found.bytes(ofFile: "/" + name) == bytes, note)
                }
            }
        }
    }

    @Test func theSameSeedGivesTheSameTraceAndTheSameRuins() {
        for seed in UInt64(0)..<8 {
            let a = Run(seed: seed, crashAt: nil)
            let b = Run(seed: seed, crashAt: nil)
            a.run(steps: 200)
            b.run(steps: 200)
            #expect(a.disk.trace == b.disk.trace && a.disk.traceDigest == b.disk.traceDigest)
            #expect(a.disk.trace.count == a.disk.operationCount)
            for crashSeed in UInt64(0)..<16 {
                let x = a.disk.crashClone(seed: crashSeed)
                let y = b.disk.crashClone(seed: crashSeed)
                #expect(x.allFiles() == y.allFiles(), "seed \(seed) crash seed \(crashSeed)")
                for path in x.allFiles() { #expect((try? x.bytes(ofFile: path)) == (try? y.bytes(ofFile: path))) }
            }
        }
        let other = Run(seed: 99, crashAt: nil)
        other.run(steps: 200)
        let first = Run(seed: 0, crashAt: nil)
        first.run(steps: 200)
        #expect(other.disk.traceDigest != first.disk.traceDigest)
    }

    @Test func theTraceIsBoundedAndTheDigestIsNot() throws {
        let disk = SimDisk()
        for _ in 0..<25_000 { _ = try disk.exists("/") }
        #expect(disk.trace.count <= 10_000)
        #expect(disk.trace.last?.hasPrefix("25000 exists /") == true)
    }
}
