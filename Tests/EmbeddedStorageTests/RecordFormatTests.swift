import BlobFiles
import Bytes
import EmbeddedStorage
import Model
import NIOCore
import SimulationKit
import StoragePorts
import Testing

/// A transaction outside of any ledger; payloads lie at places that the test names.
private final class Loose: TransactionBacking {
    struct Nothing: KeyValueReader {
        func get(_ key: [UInt8]) throws -> [UInt8]? { nil }
        func scan(
            _ range: KeyRange, _ direction: ScanDirection,
            _ visit: (_ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) throws -> ScanStep
        ) throws {}
    }

    let base: any KeyValueReader = Nothing()
    var places: [(pack: UInt64, offset: UInt64)]

    init(_ places: [(pack: UInt64, offset: UInt64)] = []) {
        self.places = places
    }

    func stage(_ payload: SmallPayload) throws -> Extent {
        let place = places.removeFirst()
        return Extent(kind: .pack, container: place.pack, offset: place.offset, length: UInt64(payload.bytes.readableBytes))
    }

    func reactions(to kind: Fact.Kind) -> [Reaction] { [] }

    func transaction() -> Transaction {
        Transaction(lsn: LSN(1), now: Timestamp(milliseconds: 0), clock: Timestamp(milliseconds: 0), overlay: Overlay(), backing: self)
    }
}

/// The bytes of a record are frozen: docs/FORMAT.md.
@Suite struct RecordFormatTests {
    private func full() throws -> [UInt8] {
        let backing = Loose([(pack: 1, offset: 32), (pack: 2, offset: 300)])
        let transaction = backing.transaction()
        _ = try transaction.stage(SmallPayload(bytes: ByteBuffer(bytes: [1, 2, 3]), blockChecksums: [0]))
        _ = try transaction.stage(SmallPayload(bytes: ByteBuffer(repeating: 0, count: 200), blockChecksums: [0]))
        try transaction.emit(Fact(.init(rawValue: 0x0102), [0xAA, 0xBB]))
        try transaction.emit(Fact(.init(rawValue: 3), []))
        transaction.put([0x10, 0x41], [0x42])
        transaction.delete([0x10, 0x43])
        return RecordCodec.encode(transaction, packEnd: PackPosition(pack: 2, end: 0x0208))
    }

    @Test func everyByteOfARecord() throws {
        let expected =
            "01" + "0200000000000000" + "0802000000000000"  // version, pack, pack end
            + "02" + "012003" + "02ac02c801"  // two payloads: pack, offset, length
            + "02" + "020102aabb" + "030000"  // two facts: kind, length, payload
            + "02" + "0102104101" + "42" + "00021043"  // a put and a delete
        #expect(Hex.encode(try full()) == expected)
    }

    @Test func theSmallestRecord() throws {
        let transaction = Loose().transaction()
        transaction.delete([0x10])
        let record = RecordCodec.encode(transaction, packEnd: nil)
        #expect(Hex.encode(record) == "01" + String(repeating: "00", count: 16) + "0000" + "01" + "000110")
        let decoded = try record.withUnsafeBytes { try RecordCodec.decode($0) }
        #expect(decoded.packEnd == nil && decoded.staged.isEmpty && decoded.facts.isEmpty && decoded.writes.count == 1)
    }

    @Test func whatIsReadIsWhatWasWritten() throws {
        let decoded = try full().withUnsafeBytes { try RecordCodec.decode($0) }
        #expect(decoded.packEnd == PackPosition(pack: 2, end: 0x0208))
        #expect(
            decoded.staged == [
                Extent(kind: .pack, container: 1, offset: 32, length: 3), Extent(kind: .pack, container: 2, offset: 300, length: 200),
            ])
        #expect(decoded.facts == [Fact(.init(rawValue: 0x0102), [0xAA, 0xBB]), Fact(.init(rawValue: 3), [])])
        #expect(decoded.writes.map(\.key) == [[0x10, 0x41], [0x10, 0x43]])
        #expect(decoded.writes.map(\.value) == [[0x42], nil])
        #expect(try full().withUnsafeBytes { try RecordCodec.decodeFacts(of: $0) } == decoded.facts)
    }

    @Test func truncationsAndTrailingBytesAreRefused() throws {
        let record = try full()
        for count in 0..<record.count {
            #expect(throws: DecodingFailure.self) { try Array(record[..<count]).withUnsafeBytes { try RecordCodec.decode($0) } }
        }
        #expect(throws: DecodingFailure.self) { try (record + [0]).withUnsafeBytes { try RecordCodec.decode($0) } }
    }

    /// Every flipped bit, and noise: an error or some record, never a crash.
    @Test func damageNeverCrashes() throws {
        let record = try full()
        for index in record.indices {
            for bit in 0..<8 {
                var damaged = record
                damaged[index] ^= 1 << UInt8(bit)
                damaged.withUnsafeBytes { raw in
                    _ = try? RecordCodec.decode(raw)
                    _ = try? RecordCodec.decodeFacts(of: raw)
                }
            }
        }
        let random = SimRandom(seed: 7)
        for _ in 0..<5000 {
            let noise = [1] + random.bytes(random.int(in: 0...80))
            noise.withUnsafeBytes { raw in
                _ = try? RecordCodec.decode(raw)
                _ = try? RecordCodec.decodeFacts(of: raw)
            }
        }
    }

    @Test func otherVersionsAreRefused() throws {
        var record = try full()
        record[0] = 2
        #expect(throws: DecodingFailure.malformed(offset: 0)) { try record.withUnsafeBytes { try RecordCodec.decode($0) } }
    }
}

/// Keys that storage keeps for itself are frozen too.
@Suite struct StorageKeysTests {
    @Test func layouts() {
        #expect(Hex.encode(StorageKeys.fileReferences(0x0102)) == "00010000000000000102")
        #expect(Hex.encode(StorageKeys.deadFile(3)) == "00020000000000000003")
        #expect(Hex.encode(StorageKeys.deadPacked(1, 0x20)) == "000300000000000000010000000000000020")
        #expect(Hex.encode(StorageKeys.cursor("mail")) == "00046d61696c")
        #expect(Hex.encode(StorageKeys.masterKey(0x0A0B)) == "00050000000000000a0b")
        #expect(Hex.encode(StorageKeys.encodeCount(258)) == "0000000000000102")
        #expect(StorageKeys.decodeCount([0, 0, 0, 0, 0, 0, 1, 2]) == 258)
        #expect(StorageKeys.domainFloor == 0x10)
    }

    @Test func readBack() {
        #expect(StorageKeys.file(inDeadFile: StorageKeys.deadFile(77)) == 77)
        #expect(StorageKeys.file(inDeadFile: StorageKeys.fileReferences(77)) == nil)
        let packed = StorageKeys.packed(inDeadPacked: StorageKeys.deadPacked(5, 6))
        #expect(packed?.pack == 5 && packed?.offset == 6)
        #expect(StorageKeys.packed(inDeadPacked: StorageKeys.deadFile(5)) == nil)
    }

    /// Each range holds its keys, of all numbers, and no other's.
    @Test func ranges() {
        let ranges = [
            StorageKeys.allFileReferences, StorageKeys.allDeadFiles, StorageKeys.allDeadPacked, StorageKeys.allCursors,
        ]
        for number in [0, 1, 0xFF, 0x100, UInt64.max] {
            let keys = [
                StorageKeys.fileReferences(number), StorageKeys.deadFile(number), StorageKeys.deadPacked(number, number),
                StorageKeys.cursor("\(number)"),
            ]
            for (index, key) in keys.enumerated() {
                #expect(ranges.map { $0.contains(key) } == ranges.indices.map { $0 == index })
                #expect(key.lexicographicallyPrecedes([StorageKeys.domainFloor]))
            }
            #expect(StorageKeys.deadPacked(in: number).contains(StorageKeys.deadPacked(number, .max)))
            #expect(!StorageKeys.deadPacked(in: number).contains(StorageKeys.deadPacked(number &+ 1, 0)))
        }
    }
}
