import Bytes
import Environment
import Journal
import Model
import SimulationKit
import Testing

/// Numbers whose bytes tell their place.
private final class CountingRandom: RandomSource {
    func next() -> UInt64 { 0x1122_3344_5566_7788 }
}

@Suite struct FormatTests {
    @Test func headerAndFramesAreTheseBytes() throws {
        let disk = makeDisk()
        let environment = Environment(disk: disk, clock: SimClock(now: Timestamp(milliseconds: 0x0102)), random: CountingRandom())
        var configuration = JournalConfiguration()
        configuration.segmentBytes = 8192
        let opened = try Journal.open(directory: directory, environment: environment, configuration: configuration)
        try opened.writer.append(lsn: LSN(1), time: Timestamp(milliseconds: 0x0A0B_0C0D), payload: Array("hello".utf8))
        try opened.writer.write()
        try opened.writer.sync()
        try opened.writer.close()
        let path = "\(directory)/0000000000000001.seg"
        let bytes = try disk.bytes(ofFile: path)
        #expect(bytes.count == 8192)
        let expectedHead =
            "526f6f73744a6e6c" + "01000000" + "01000000" + "8877665544332211" + "8877665544332211" + "0100000000000000" + "0020000000000000"
        #expect(Hex.encode(bytes[0..<48]) == expectedHead)
        #expect(bytes[48..<4092].allSatisfy { $0 == 0 })
        #expect(Hex.encode(bytes[4092..<4096]) == "b6fea226")
        // The record, padded from 37 bytes to 40.
        #expect(Hex.encode(bytes[4096..<4136]) == "db54463b0500000001000000000000000d0c0b0a0000000001000000010055cd68656c6c6f000000")
        // The mark that closing wrote: the same LSN, distance 0.
        #expect(Hex.encode(bytes[4136..<4168]) == "6bbb61f10000000001000000000000000201000000000000000000000200a13a")
        #expect(bytes[4168...].allSatisfy { $0 == 0 })
    }

    /// The checksums from their definition, not from the code under test.
    @Test func checksumsCoverWhatTheLayoutSays() throws {
        let harness = Harness()
        let opened = try harness.open()
        try opened.commit([payload(1, count: 13)])
        let bytes = try harness.disk.bytes(ofFile: harness.lastSegment())
        #expect(little32(bytes, 4092) == CRC32C.checksum(Array(bytes[0..<4092])))
        let segmentID = Array(bytes[24..<32])
        let frame = Array(bytes[4096..<4096 + 48])
        #expect(little32(frame, 0) == CRC32C.checksum(segmentID + frame[4...]))
        #expect(UInt16(frame[30]) | UInt16(frame[31]) << 8 == UInt16(truncatingIfNeeded: CRC32C.checksum(segmentID + frame[4..<30])))
    }

    private func little32(_ bytes: [UInt8], _ offset: Int) -> UInt32 {
        (0..<4).reduce(0) { $0 | UInt32(bytes[offset + $1]) << UInt32(8 * $1) }
    }
}
