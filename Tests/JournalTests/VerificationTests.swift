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

    @Test func aTornTailIsNoDamage() throws {
        let harness = Harness()
        let opened = try harness.open()
        try opened.commit([payload(1)])
        try opened.write([payload(2)])
        try harness.disk.flipBit(inFile: harness.lastSegment(), at: 4096 + 136 + 50, bit: 0)
        #expect(try findings(harness).last == .tail(file: harness.lastSegment(), offset: 4232, bytes: 136, frames: 1))
    }
}
