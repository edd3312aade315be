import Environment
import Journal
import Model
import SimulationKit
import Testing

@Suite struct WriterTests {
    @Test func whatIsAppendedIsRead() throws {
        let opened = try Harness().open()
        let payloads = (0..<200).map { payload($0, count: $0 * 7) }
        for start in stride(from: 0, to: 200, by: 8) { try opened.commit(Array(payloads[start..<start + 8])) }
        let records = try opened.records()
        #expect(records.map(\.payload) == payloads)
        #expect(records.map(\.lsn) == (1...200).map { LSN($0) })
        #expect(records.map(\.time) == (1...200).map { time(of: LSN($0)) })
        #expect(opened.journal.segments.count > 10)
    }

    @Test func anEmptyPayloadIsARecord() throws {
        let harness = Harness()
        try harness.open().commit([[], [], payload(1)])
        #expect(try harness.open().payloads() == [[], [], payload(1)])
    }

    /// One vectored write for a batch, two when it crosses into another segment.
    @Test func aBatchIsOneWriteOrTwo() throws {
        let harness = Harness()
        let opened = try harness.open()
        try opened.journal.prepareNext()
        func writes() -> Int { harness.disk.trace.count { $0.contains(" write ") } }
        var before = writes()
        try opened.commit((0..<10).map { payload($0) })
        #expect(writes() == before + 1)
        before = writes()
        try opened.commit((0..<30).map { payload($0) })
        #expect(writes() == before + 2)
        #expect(opened.journal.segments.count == 2)
        #expect(try opened.payloads().count == 40)
    }

    @Test func aRecordLargerThanASegmentGetsItsOwn() throws {
        let harness = Harness()
        let opened = try harness.open()
        let payloads = [payload(1, count: 20_000), payload(2), payload(3, count: 30_001), payload(4, count: 4000)]
        for each in payloads { try opened.commit([each]) }
        #expect(try opened.payloads() == payloads)
        #expect(try harness.open().payloads() == payloads)
        #expect(throws: JournalError.tooLarge(bytes: 33 << 20)) {
            try opened.writer.append(lsn: LSN(5), time: time(of: LSN(5)), payload: [UInt8](repeating: 0, count: 33 << 20))
        }
    }

    /// A reader waiting in an empty segment finds the record that took the segment's name.
    @Test func aReaderFollowsAReplacedSegment() throws {
        let opened = try Harness().open()
        let reader = try opened.journal.makeReader(from: LSN(1))
        try opened.commit([payload(1, count: 20_000)])
        #expect(try reader.next(upTo: LSN(1))?.payload == payload(1, count: 20_000))
    }

    @Test func aFullDiskIsFoundBeforeAnythingIsWritten() throws {
        let harness = Harness()
        let opened = try harness.open()
        try opened.journal.prepareNext()
        harness.disk.setCapacity(harness.disk.usedBytes)
        var stored: [[UInt8]] = []
        let refused = try #require(throws: JournalError.self) {
            while true {
                try opened.writer.append(lsn: opened.writer.appended.next, time: time(of: LSN(1)), payload: payload(stored.count))
                stored.append(payload(stored.count))
                if stored.count % 3 == 0 {
                    try opened.writer.write()
                    try opened.writer.sync()
                }
            }
        }
        #expect(refused == .noSpace)
        // Both prepared segments were filled to the end without another byte of space.
        #expect(stored.count == 2 * (4096 / 136))
        #expect(throws: JournalError.noSpace) { try opened.journal.prepareNext() }
        try opened.writer.write()
        try opened.writer.sync()
        #expect(try opened.payloads() == stored)
        harness.disk.setCapacity(nil)
        try opened.commit([payload(stored.count)])
        #expect(try opened.payloads() == stored + [payload(stored.count)])
        #expect(try harness.open().payloads().count == stored.count + 1)
        #expect(!harness.disk.allFiles().contains { $0.hasSuffix(".tmp") })
    }

    @Test func nothingIsAcceptedAfterAFailedSync() throws {
        let harness = Harness()
        let opened = try harness.open()
        try opened.commit([payload(1)])
        try opened.write([payload(2)])
        harness.disk.fail(at: .operation(harness.disk.operationCount + 1), with: .failed)
        #expect(throws: JournalError.self) { try opened.writer.sync() }
        #expect(throws: JournalError.poisoned) { try opened.writer.sync() }
        #expect(throws: JournalError.poisoned) { try opened.writer.append(lsn: LSN(3), time: time(of: LSN(3)), payload: []) }
        #expect(opened.writer.durable == LSN(1))
    }

    /// Story 7: the page cache shows what a failed sync did not save.
    @Test(arguments: 0..<20) func whatAFailedSyncLeftInTheCacheIsMadeDurable(seed: UInt64) throws {
        let harness = Harness()
        let opened = try harness.open()
        try opened.commit([payload(1)])
        try opened.write([payload(2), payload(3)])
        harness.disk.fail(at: .operation(harness.disk.operationCount + 1), with: .failed)
        #expect(throws: JournalError.self) { try opened.writer.sync() }
        let restarted = Harness(harness.disk.restartClone(), seed: 2)
        #expect(try restarted.open().report.last == LSN(3))
        let afterPowerCut = Harness(restarted.disk.crashClone(seed: seed), seed: 3)
        #expect(try afterPowerCut.open().payloads() == (1...3).map { payload($0) })
    }

    @Test func oldSegmentsAreDroppedAndUsedAgain() throws {
        let harness = Harness()
        let opened = try harness.open()
        for number in 0..<200 { try opened.commit([payload(number)]) }
        let count = opened.journal.segments.count
        let reader = try opened.journal.makeReader(from: LSN(1))
        #expect(try reader.next(upTo: LSN(200))?.lsn == LSN(1))
        try opened.journal.retain(from: LSN(100))
        let oldest = opened.journal.oldestLSN
        #expect(oldest <= LSN(100) && oldest > LSN(60))
        #expect(opened.journal.segments.count < count)
        #expect(!opened.journal.needsPreparing)
        for number in 200..<300 { try opened.commit([payload(number)]) }
        #expect(try opened.payloads() == (Int(oldest.rawValue) - 1..<300).map { payload($0) })
        #expect(throws: JournalError.notRetained(oldest: oldest)) { try opened.journal.makeReader(from: LSN(oldest.rawValue - 1)) }
        #expect(throws: JournalError.notRetained(oldest: oldest)) { while try reader.next(upTo: LSN(300)) != nil {} }
        let again = try harness.open()
        #expect(try again.payloads() == (Int(oldest.rawValue) - 1..<300).map { payload($0) })
        #expect(again.journal.id == opened.journal.id)
    }

    @Test func aReaderStopsAtTheLimitAndGoesOn() throws {
        let opened = try Harness().open()
        let reader = try opened.journal.makeReader(from: LSN(2))
        #expect(try reader.next(upTo: LSN(1)) == nil)
        for number in 1...100 {
            try opened.commit([payload(number)])
            try opened.writer.mark()
            if number > 1 { #expect(try reader.next(upTo: opened.writer.durable)?.payload == payload(number)) }
            #expect(try reader.next(upTo: opened.writer.durable) == nil)
        }
    }

    /// Reading from the middle of a large segment gives the same as from its start.
    @Test func readersStartAnywhere() throws {
        let harness = Harness(segmentBytes: 4 << 20)
        let opened = try harness.open()
        for number in 0..<100 { try opened.commit([payload(number, count: 30_000)]) }
        for lsn in stride(from: 1, through: 100, by: 9) {
            let reader = try opened.journal.makeReader(from: LSN(UInt64(lsn)))
            #expect(try reader.next(upTo: LSN(100))?.payload == payload(lsn - 1, count: 30_000))
        }
    }
}
