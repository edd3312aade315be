import Bytes
import Environment
import Journal
import Model
import SimulationKit
import Testing

@Suite struct VerificationTests {
    private func findings(_ harness: Harness) throws -> [JournalFinding] {
        var findings: [JournalFinding] = []
        try Journal.verify(directory: directory, disk: harness.disk) { findings.append($0) }
        return findings
    }

    @Test func everyRecordIsListedWithItsPlace() throws {
        let harness = Harness()
        let opened = try harness.open()
        try opened.commit([payload(1), payload(2)])
        try opened.writer.close()
        let path = harness.lastSegment()
        #expect(
            try findings(harness) == [
                .segment(file: path, firstLSN: LSN(1)),
                .record(file: path, offset: 4096, JournalRecord(lsn: LSN(1), time: time(of: LSN(1)), payload: payload(1)), durable: .zero),
                .record(file: path, offset: 4232, JournalRecord(lsn: LSN(2), time: time(of: LSN(2)), payload: payload(2)), durable: .zero),
            ])
    }

    @Test func damageIsNamedAndTheWalkGoesOn() throws {
        let harness = Harness()
        let opened = try harness.open()
        for number in 1...70 { try opened.commit([payload(number)]) }
        try opened.writer.close()
        let segments = opened.journal.segments
        #expect(segments.count == 3)
        for segment in segments {
            let damaged = Harness(harness.disk.restartClone(), seed: 2)
            try damaged.disk.flipBit(inFile: segment.path, at: 4096 + 5 * 136 + 40, bit: 3)
            let found = try findings(damaged)
            let records = found.compactMap { if case .record(_, _, let record, _) = $0 { record.lsn } else { nil } }
            let lost = segment.firstLSN.rawValue + 5
            #expect(records == (1...70).filter { $0 != lost }.map { LSN($0) })
            let damages = found.compactMap { if case .damaged(let file, let offset, _) = $0 { (file, offset) } else { nil } }
            #expect(damages.count == 1)
            #expect(damages.first?.0 == segment.path)
            #expect(damages.first?.1 == 4096 + 5 * 136)
        }
    }

    /// Numbers that no writer writes, under checksums that hold. Found by the fuzzer: the first ended the process.
    @Test(arguments: [0, 4096, 8191, UInt64.max - 4095] as [UInt64]) func aHeaderOfAnImpossibleSizeIsDamage(_ size: UInt64) throws {
        let harness = Harness()
        let opened = try harness.open()
        try opened.commit([payload(1)])
        try opened.writer.close()
        let path = harness.lastSegment()
        var header = Array(try harness.disk.bytes(ofFile: path)[..<4092])
        header.replaceSubrange(40..<48, with: withUnsafeBytes(of: size.littleEndian) { Array($0) })
        header += withUnsafeBytes(of: CRC32C.checksum(header).littleEndian) { Array($0) }
        try harness.overwrite(path, at: 0, header)
        #expect(try findings(harness).contains { if case .damaged(path, _, _) = $0 { true } else { false } })
        #expect { try harness.open() } throws: { isDamaged($0) }
    }

    /// Nothing can follow the largest number, so a frame that has it is none.
    @Test func theLargestNumberIsNoPosition() throws {
        let harness = Harness()
        let opened = try harness.open()
        try opened.commit([payload(1), payload(2)])
        try opened.writer.close()
        let path = harness.lastSegment()
        let segment = try harness.disk.bytes(ofFile: path)
        var frame = Array(segment[4096..<4096 + 136])
        frame.replaceSubrange(8..<16, with: [UInt8](repeating: 0xFF, count: 8))
        let seed = Array(segment[24..<32])
        let head = CRC32C.checksum(seed + frame[4..<30])
        frame.replaceSubrange(30..<32, with: withUnsafeBytes(of: UInt16(truncatingIfNeeded: head).littleEndian) { Array($0) })
        frame.replaceSubrange(0..<4, with: withUnsafeBytes(of: CRC32C.checksum(seed + frame[4...]).littleEndian) { Array($0) })
        try harness.overwrite(path, at: 4096, frame)
        #expect(try findings(harness).contains { if case .damaged(path, 4096, _) = $0 { true } else { false } })
    }

    @Test func aTornTailIsNoDamage() throws {
        let harness = Harness()
        let opened = try harness.open()
        try opened.commit([payload(1)])
        try opened.write([payload(2)])
        try harness.disk.flipBit(inFile: harness.lastSegment(), at: 4096 + 136 + 50, bit: 0)
        #expect(try findings(harness).last == .tail(file: harness.lastSegment(), offset: 4232, bytes: 136, frames: 1))
    }
}
