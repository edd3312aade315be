import Environment
import Journal
import Model
import SimulationKit
import Testing

/// Frames of these tests are 32 bytes and 100 of payload, padded: 136.
private let frameBytes = 136
private let firstFrame = 4096

@Suite struct RecoveryTests {
    @Test func anEmptyJournalOpensAgain() throws {
        let harness = Harness()
        let first = try harness.open()
        #expect(first.report.isNew)
        #expect(first.report.last == .zero)
        let second = try harness.open()
        #expect(!second.report.isNew)
        #expect(second.report.cut == nil)
        #expect(second.journal.id == first.journal.id)
        try second.commit([payload(1)])
        #expect(try harness.open().payloads() == [payload(1)])
    }

    @Test func aNewJournalMayBeginAnywhere() throws {
        let harness = Harness()
        let opened = try Journal.open(
            directory: directory, environment: harness.environment, configuration: harness.configuration, firstLSN: LSN(500))
        try opened.commit([payload(1)])
        #expect(try harness.open().records().map(\.lsn) == [LSN(500)])
    }

    /// Three acknowledged records, then three written and not synced; cut off at every byte of the latter.
    @Test func aTornTailIsCutAtEveryByte() throws {
        let harness = Harness()
        let opened = try harness.open()
        try opened.commit((1...3).map { payload($0) })
        try opened.write((4...6).map { payload($0) })
        let tail = firstFrame + 3 * frameBytes
        for position in tail...tail + 3 * frameBytes {
            let torn = Harness(harness.disk.restartClone(), seed: 9)
            try torn.overwrite(torn.lastSegment(), at: position, [UInt8](repeating: 0, count: 8192 - position))
            let reopened = try torn.open()
            let whole = (position - tail) / frameBytes
            // A frame's last bytes are padding: without them it is as good as whole.
            let padded = (position - tail) % frameBytes >= frameBytes - 4 ? whole + 1 : whole
            #expect(reopened.report.last == LSN(UInt64(3 + padded)), "cut at \(position)")
            let cut = reopened.report.cut
            #expect((cut != nil) == (padded == whole && position > tail + whole * frameBytes), "cut at \(position)")
            if let cut { #expect(cut.offset == UInt64(tail + whole * frameBytes)) }
            try reopened.commit([payload(7)])
            #expect(try torn.open().payloads() == (1...3 + padded).map { payload($0) } + [payload(7)])
        }
    }

    @Test func atLeastIsAWitness() throws {
        let harness = Harness()
        try harness.open().commit((1...3).map { payload($0) })
        let torn = Harness(harness.disk.restartClone(), seed: 9)
        try torn.overwrite(torn.lastSegment(), at: firstFrame + 2 * frameBytes + 50, [1, 2, 3])
        #expect(throws: JournalError.self) { try torn.open(atLeast: LSN(3)) }
        #expect(try torn.open(atLeast: LSN(2)).report.last == LSN(2))
        let empty = Harness()
        #expect(throws: JournalError.self) { try empty.open(atLeast: LSN(1)) }
    }

    /// Story 1: a hole in the batch that nobody was told of.
    @Test func aHoleInAnUnacknowledgedBatchIsCut() throws {
        let harness = Harness()
        let opened = try harness.open()
        try opened.commit([payload(1), payload(2)])
        try opened.write((3...6).map { payload($0) })
        for byte in 0..<frameBytes {
            let torn = Harness(harness.disk.restartClone(), seed: 9)
            try torn.disk.flipBit(inFile: torn.lastSegment(), at: UInt64(firstFrame + 3 * frameBytes + byte), bit: byte % 8)
            let reopened = try torn.open()
            #expect(reopened.report.last == LSN(3))
            let cut = try #require(reopened.report.cut)
            #expect(cut.offset == UInt64(firstFrame + 3 * frameBytes))
            #expect(cut.frames >= 2)
            #expect(try reopened.payloads() == (1...3).map { payload($0) })
        }
    }

    /// Story 2: the same hole once a later batch proves that it was acknowledged. Story 3: or the mark.
    @Test(arguments: [false, true]) func aHoleInAnAcknowledgedBatchIsDamage(byMark: Bool) throws {
        let harness = Harness()
        let opened = try harness.open()
        try opened.commit([payload(1), payload(2)])
        try opened.commit((3...6).map { payload($0) })
        if byMark { try opened.writer.close() } else { try opened.write([payload(7)]) }
        for byte in 0..<frameBytes {
            let torn = Harness(harness.disk.restartClone(), seed: 9)
            let offset = firstFrame + 3 * frameBytes
            try torn.disk.flipBit(inFile: torn.lastSegment(), at: UInt64(offset + byte), bit: byte % 8)
            let before = try torn.disk.bytes(ofFile: torn.lastSegment())
            let error = try #require(throws: JournalError.self) { try torn.open() }
            guard case .damaged(let file, let at, _) = error else { throw error }
            #expect(file == torn.lastSegment())
            #expect(at == UInt64(offset))
            #expect(try torn.disk.bytes(ofFile: torn.lastSegment()) == before)
        }
    }

    /// Story 4: what was cut does not come back behind a new record of the same length.
    @Test func aCutRecordStaysCut() throws {
        let harness = Harness()
        let opened = try harness.open()
        try opened.commit([payload(1)])
        try opened.write([payload(2), payload(3)])
        try harness.disk.flipBit(inFile: harness.lastSegment(), at: UInt64(firstFrame + frameBytes + 40), bit: 0)
        let reopened = try harness.open()
        #expect(reopened.report.last == LSN(1))
        try reopened.commit([payload(20)])
        #expect(try harness.open().payloads() == [payload(1), payload(20)])
    }

    @Test func aShorterFileOrALostSegmentIsDamage() throws {
        let harness = Harness()
        let opened = try harness.open()
        for number in 1...100 { try opened.commit([payload(number)]) }
        for length in [0, 100, 4096, 5000, 8191] {
            let short = Harness(harness.disk.restartClone(), seed: 9)
            try short.disk.open(short.lastSegment(), .readWrite).truncate(to: UInt64(length))
            #expect(throws: JournalError.self) { try short.open() }
        }
        let lost = Harness(harness.disk.restartClone(), seed: 9)
        try lost.disk.remove(opened.journal.segments[1].path)
        #expect { try lost.open().payloads() } throws: { isDamaged($0) }
    }

    /// Flips a bit of every byte that holds something, and of some that do not. A clean stop has a witness for every record: they
    /// are all read, or the damage is named. Without one, the last batch alone may be cut, and that is reported.
    @Test(arguments: [true, false]) func aFlippedBitIsNeverAWrongRecord(isClosed: Bool) throws {
        let harness = Harness()
        let opened = try harness.open()
        let payloads = (1...70).map { payload($0, count: $0 % 90) }
        for start in stride(from: 0, to: 70, by: 2) { try opened.commit(Array(payloads[start..<start + 2])) }
        if isClosed { try opened.writer.close() }
        #expect(opened.journal.segments.count > 1)
        for segment in opened.journal.segments {
            let bytes = try harness.disk.bytes(ofFile: segment.path)
            for offset in bytes.indices where bytes[offset] != 0 || offset % 61 == 0 {
                let flipped = Harness(harness.disk.restartClone(), seed: 9)
                try flipped.disk.flipBit(inFile: segment.path, at: UInt64(offset), bit: offset % 8)
                do {
                    let reopened = try flipped.open()
                    let found = try reopened.payloads()
                    #expect(found == Array(payloads.prefix(found.count)), "\(segment.path) \(offset)")
                    #expect(found.count >= (isClosed ? 70 : 68), "\(segment.path) \(offset)")
                    if found.count < 70 { #expect(reopened.report.cut != nil) }
                } catch {
                    #expect(isDamaged(error), "\(segment.path) \(offset): \(error)")
                }
            }
        }
    }
}
