import Environment
import SimulationKit
import Testing

/// The same random calls on both disks give the same answers and errors.
@Suite struct DiskComparisonTests {
    /// One disk with its open files, and what each call answered.
    private struct Side {
        let disk: any Disk
        let room: String
        var open: [String: any DiskFile] = [:]

        mutating func perform(_ random: SimRandom) -> String {
            let name = "f\(random.int(in: 0...4))"
            let other = "f\(random.int(in: 0...4))"
            let path = random.oneIn(8) ? "\(room)/d/\(name)" : "\(room)/\(name)"
            let offset = UInt64(random.int(in: 0...2000))
            let bytes = random.bytes(random.int(in: 0...1500))
            let call = random.int(in: 0...11)
            let mode: OpenMode = [.readOnly, .readWrite, .createOrOpen, .createNew][random.int(in: 0...3)]
            do {
                switch call {
                case 0, 1: open[name] = try disk.open(path, mode)
                case 2, 3: try open[name]?.put(bytes, at: offset)
                case 4: return "\(try open[name]?.bytes(offset, bytes.count) ?? [])"
                case 5: try open[name]?.truncate(to: offset)
                case 6: try open[name]?.sync()
                case 7: try disk.rename(path, to: "\(room)/\(other)")
                case 8: try disk.remove(path)
                case 9: if random.oneIn(2) { try disk.createDirectory("\(room)/d") } else { try disk.syncDirectory("\(room)/d") }
                case 10: return "\(try disk.list(room).sorted()) \(try disk.exists(path)) \(try open[name]?.size() ?? 0)"
                default: open[name] = nil
                }
                return "\(call) done"
            } catch let error as DiskError {
                return "\(call) \(error.kind) \(error.errno)"
            } catch {
                return "\(error)"
            }
        }
    }

    @Test(arguments: 0..<10 as Range<UInt64>) func bothAnswerAlike(seed: UInt64) throws {
        try DiskConformanceTests.withDisk(.linux) { linux, linuxRoom in
            try DiskConformanceTests.withDisk(.simulated) { simulated, simulatedRoom in
                var a = Side(disk: linux, room: linuxRoom)
                var b = Side(disk: simulated, room: simulatedRoom)
                for step in 0..<300 {
                    let stepSeed = seed &* 1000 &+ UInt64(step)
                    let expected = a.perform(SimRandom(seed: stepSeed))
                    let found = b.perform(SimRandom(seed: stepSeed))
                    #expect(found == expected, "seed \(seed) step \(step)")
                    if found != expected { return }
                }
            }
        }
    }
}
