import Index
import Model
import SimulationKit
import StoragePorts
import Testing

@Suite struct MemoryTests {
    @Test func aCrashLeavesEveryPositionSinceTheFlush() throws {
        let index = MemoryIndex()
        for number in 1...10 {
            try index.apply(writes: [([0x41], [UInt8(number)])], lsn: LSN(UInt64(number)))
            if number == 4 { #expect(try index.flush() == LSN(4)) }
        }
        var reached: Set<LSN> = []
        for seed in 0..<200 {
            let clone = index.crashClone(SimRandom(seed: UInt64(seed)))
            reached.insert(clone.appliedLSN)
            #expect(try clone.durableLSN() == clone.appliedLSN)
            #expect(try clone.makeSnapshot(mayBlock: true).get([0x41]) == [UInt8(clone.appliedLSN.rawValue)])
        }
        #expect(reached == Set((4...10).map { LSN($0) }))
    }

    @Test func missesAreSimulatedForReadersThatMayNotBlock() throws {
        let index = MemoryIndex(misses: SimRandom(seed: 3))
        try index.apply(writes: [([0x41], [1])], lsn: LSN(1))
        let patient = try index.makeSnapshot(mayBlock: true)
        let hasty = try index.makeSnapshot(mayBlock: false)
        var misses = 0
        for _ in 0..<200 {
            #expect(try patient.get([0x41]) == [1])
            do { _ = try hasty.get([0x41]) } catch is WouldBlock { misses += 1 }
        }
        #expect(misses > 5 && misses < 100)
    }

    /// Many keys, so that pieces split and empty.
    @Test func itHoldsManyKeys() throws {
        let index = MemoryIndex()
        let random = SimRandom(seed: 5)
        var model = Model()
        for number in 1...60 {
            let writes: [IndexWrite] = (0..<100).map { _ in
                (key: [0x10] + StorageKeys.bigEndian(UInt64(random.int(in: 0...3000))), value: random.oneIn(3) ? nil : random.bytes(4))
            }
            try index.apply(writes: writes, lsn: LSN(UInt64(number)))
            model.apply(writes, LSN(UInt64(number)))
        }
        #expect(try index.makeSnapshot(mayBlock: true).entries() == model.entries())
        #expect(index.statistics().keys == UInt64(model.values.count))
    }
}
