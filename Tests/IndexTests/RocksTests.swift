import Environment
import Index
import Model
import SimulationKit
import StoragePorts
import Synchronization
import Testing

/// What two threads tell one another.
private final class Progress: Sendable {
    private let isDone = Mutex(false)
    private let seen = Mutex(0)

    var hasEnded: Bool { isDone.withLock { $0 } }
    var count: Int { seen.withLock { $0 } }
    func end() { isDone.withLock { $0 = true } }
    func advance() { seen.withLock { $0 += 1 } }
}

@Suite struct RocksTests {
    private func key(_ number: Int) -> [UInt8] { [0x41] + StorageKeys.bigEndian(UInt64(number)) }

    private func fill(_ index: any OrderedIndex, _ count: Int, valueBytes: Int = 400) throws {
        let random = SimRandom(seed: 1)
        for start in stride(from: 0, to: count, by: 100) {
            let writes = (start..<start + 100).map { (key: key($0), value: Optional(random.bytes(valueBytes))) }
            try index.apply(writes: writes, lsn: LSN(UInt64(start + 100)))
        }
    }

    /// After reopening nothing is cached: what may not block says so, and no longer does once somebody else has read it.
    @Test func aMissWouldBlock() throws {
        let fixture = try Fixture(.rocks)
        try fill(fixture.index, 5000)
        _ = try fixture.index.flush()
        try fixture.reopen()
        let snapshot = try fixture.index.makeSnapshot(mayBlock: false)
        #expect(throws: WouldBlock.self) { try snapshot.get(key(77)) }
        #expect(throws: WouldBlock.self) { try snapshot.entries() }
        #expect(throws: WouldBlock.self) { try snapshot.entries(KeyRange(from: [], to: nil), .backward) }
        let patient = try fixture.index.makeSnapshot(mayBlock: true)
        // A compaction in the background may make files in between whose blocks nobody has read.
        func read<Found>(_ look: (any IndexSnapshot) throws -> Found) throws -> Found? {
            for _ in 0..<100 {
                _ = try look(patient)
                do { return try look(snapshot) } catch is WouldBlock {}
            }
            return nil
        }
        #expect(try read { try $0.get(key(77)) != nil } == true)
        #expect(try read { try $0.entries().count } == 5000)
        // What is only in memory never blocks.
        try fixture.index.apply(writes: [([0x50], [1])], lsn: LSN(9999))
        #expect(try fixture.index.makeSnapshot(mayBlock: false).get([0x50]) == [1])
    }

    @Test func whatIsDurableIsKnown() throws {
        let fixture = try Fixture(.rocks)
        try fixture.index.apply(writes: [([0x41], [1])], lsn: LSN(5))
        #expect(try fixture.index.durableLSN() == .zero)
        #expect(try fixture.index.flush() == LSN(5))
        #expect(try fixture.index.durableLSN() == LSN(5))
        try fixture.index.apply(writes: [([0x41], [2])], lsn: LSN(6))
        #expect(try fixture.index.durableLSN() == LSN(5))
        #expect(fixture.index.appliedLSN == LSN(6))
        try fixture.crash(SimRandom(seed: 1))
        #expect(fixture.index.appliedLSN == LSN(5))
        #expect(try fixture.index.makeSnapshot(mayBlock: true).get([0x41]) == [1])
        // Buffers that fill up are flushed without being told.
        try fill(fixture.index, 5000)
        #expect(try fixture.index.durableLSN() > LSN(5))
    }

    @Test func aCheckpointIsACompleteIndex() throws {
        let fixture = try Fixture(.rocks)
        try fill(fixture.index, 300)
        let folder = TemporaryFolder()
        try fixture.index.checkpoint(to: "\(folder.path)/copy")
        try fixture.index.apply(writes: [([0x50], [1])], lsn: LSN(301))
        let copy = try RocksIndex("\(folder.path)/copy", readOnly: true)
        #expect(copy.appliedLSN == LSN(300))
        #expect(try copy.makeSnapshot(mayBlock: true).entries().count == 300)
        #expect(try copy.verify() == 300)
        copy.close()
    }

    @Test func statisticsSaySomething() throws {
        let fixture = try Fixture(.rocks)
        try fill(fixture.index, 3000)
        _ = try fixture.index.flush()
        let statistics = fixture.index.statistics()
        #expect(statistics.keys > 2000)
        #expect(statistics.diskBytes > 1_000_000)
        #expect(statistics.memoryBytes > 0)
        #expect(statistics.backgroundErrors == 0)
    }

    @Test func aSecondOpenIsRefused() throws {
        let fixture = try Fixture(.rocks)
        #expect(throws: IndexError.self) { try RocksIndex(fixture.path) }
    }

    /// Flips bits all over the tables: reads give the right bytes or an error, and verifying finds it or it does no harm.
    @Test func aDamagedTableIsAnErrorAndNeverAWrongValue() throws {
        let fixture = try Fixture(.rocks)
        try fill(fixture.index, 1000)
        _ = try fixture.index.flush()
        let right = try fixture.index.makeSnapshot(mayBlock: true).entries()
        let folder = TemporaryFolder()
        let random = SimRandom(seed: 7)
        var refused = 0
        for round in 0..<40 {
            let copy = "\(folder.path)/\(round)"
            try TemporaryFolder.copy(fixture.path, to: copy)
            let tables = TemporaryFolder.names(in: copy).filter { $0.hasSuffix(".sst") }.sorted()
            let table = tables[random.int(in: 0...tables.count - 1)]
            try flip("\(copy)/\(table)", random)
            do {
                let damaged = try RocksIndex(copy, configuration: small)
                defer { damaged.close() }
                do {
                    #expect(try damaged.verify() == 1000, "round \(round)")
                } catch {
                    guard case .damaged(let text) = error else { throw error }
                    #expect(text.contains(table), "round \(round): \(text)")
                }
                #expect(try damaged.makeSnapshot(mayBlock: true).entries() == right, "round \(round)")
            } catch {
                #expect(isDamage(error), "round \(round): \(error)")
                refused += 1
            }
        }
        #expect(refused > 20)
    }

    private func isDamage(_ error: any Error) -> Bool {
        if case IndexError.damaged = error { return true }
        if case LedgerError.damaged = error { return true }
        return false
    }

    private func flip(_ path: String, _ random: SimRandom) throws {
        let file = try LinuxDisk().open(path, .readWrite)
        let offset = UInt64(random.int(in: 0...Int(try file.size()) - 1))
        var byte: UInt8 = 0
        _ = try withUnsafeMutableBytes(of: &byte) { try file.read(at: offset, into: $0) }
        byte ^= 1 << UInt8(random.int(in: 0...7))
        try withUnsafeBytes(of: byte) { try file.write(at: offset, [$0]) }
    }

    /// A queue's life: written, then deleted in order. A scan that may not block gives up instead of crawling; compaction clears up.
    @Test func deletedKeysDoNotStopTheThread() throws {
        let fixture = try Fixture(.rocks)
        try fill(fixture.index, 5000, valueBytes: 10)
        let deletions = (0..<4999).map { (key: key($0), value: [UInt8]?.none) }
        try fixture.index.apply(writes: deletions, lsn: LSN(6000))
        #expect(throws: WouldBlock.self) { try fixture.index.makeSnapshot(mayBlock: false).entries(countMax: 1) }
        #expect(try fixture.index.makeSnapshot(mayBlock: true).entries(countMax: 1).map(\.key) == [key(4999)])
    }

    /// One thread applies, another takes snapshots: each sees exactly the state of the position that it names.
    @Test func snapshotsTakenWhileApplyingAreWholeStates() throws {
        let fixture = try Fixture(.rocks)
        let index = fixture.index
        let progress = Progress()
        let applying = DedicatedThread(name: "applying") {
            defer { progress.end() }
            do {
                var lsn = LSN.zero
                while lsn < LSN(500) || progress.count < 500 {
                    lsn = lsn.next
                    let value = StorageKeys.bigEndian(lsn.rawValue)
                    try index.apply(writes: (0..<10).map { (key: [0x41, UInt8($0)], value: value) }, lsn: lsn)
                    if index.appliedLSN != lsn { Issue.record("applied \(index.appliedLSN) after \(lsn)") }
                }
            } catch {
                Issue.record(error)
            }
        }
        defer { applying.join() }
        var last = LSN.zero
        while !progress.hasEnded {
            let floor = index.appliedLSN
            let snapshot = try index.makeSnapshot(mayBlock: true)
            #expect(snapshot.lsn >= floor && snapshot.lsn >= last)
            last = snapshot.lsn
            let expected = last == .zero ? [] : [[UInt8]](repeating: StorageKeys.bigEndian(last.rawValue), count: 10)
            #expect(try snapshot.entries().map(\.value) == expected)
            progress.advance()
        }
    }
}
