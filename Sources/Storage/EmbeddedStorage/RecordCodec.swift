import BlobFiles
import Bytes
import Model
import StoragePorts

/// What one journal record says, apart from its LSN and time, which stand in the frame.
///
/// Layout (version 1), numbers little-endian, lengths LEB128 varints:
///
///     u8      version, 1
///     u64     pack: the active pack's number after this record; 0 before the first payload
///     u64     pack end: where the active pack's next payload will begin; payloads behind the last record's are garbage
///     varint  count of payloads that came with the commit, then for each: varint pack · varint offset · varint length
///     varint  count of facts, then for each:   u16 kind · varint length · payload
///     varint  count of changes, then for each: u8 1 (put) or 0 (delete) · varint length · key · for a put: varint length · value
///
/// Nothing follows. The frame's checksum covers it all.
package enum RecordCodec {
    static let version: UInt8 = 1

    /// The record of a transaction that has run; `packEnd` is the appender's position after its payloads.
    package static func encode(_ transaction: Transaction, packEnd: PackPosition?) -> [UInt8] {
        var size = 64
        for fact in transaction.facts { size += fact.payload.count + 8 }
        for (key, value) in transaction.writes { size += key.count + (value?.count ?? 0) + 8 }
        var writer = ByteWriter(reservingCapacity: size)
        writer.uint8(version)
        writer.uint64LittleEndian(packEnd?.pack ?? 0)
        writer.uint64LittleEndian(packEnd?.end ?? 0)
        writer.varint(UInt64(transaction.staged.count))
        for extent in transaction.staged {
            precondition(extent.kind == .pack, "only packed payloads travel with a commit")
            writer.varint(extent.container)
            writer.varint(extent.offset)
            writer.varint(extent.length)
        }
        writer.varint(UInt64(transaction.facts.count))
        for fact in transaction.facts {
            writer.uint16LittleEndian(fact.kind.rawValue)
            writer.lengthPrefixed(fact.payload)
        }
        writer.varint(UInt64(transaction.writes.count))
        for (key, value) in transaction.writes {
            writer.uint8(value == nil ? 0 : 1)
            writer.lengthPrefixed(key)
            if let value { writer.lengthPrefixed(value) }
        }
        return writer.bytes
    }

    /// Throws `DecodingFailure` for anything that `encode` does not write.
    package static func decode(_ payload: UnsafeRawBufferPointer) throws(DecodingFailure) -> DecodedRecord {
        var reader = ByteReader(payload)
        guard try reader.uint8() == version else { throw .malformed(offset: 0) }
        let pack = try reader.uint64LittleEndian()
        let end = try reader.uint64LittleEndian()
        guard pack > 0 || end == 0 else { throw .malformed(offset: 9) }
        let packEnd = pack == 0 ? nil : PackPosition(pack: pack, end: end)
        let staged = try decodeStaged(&reader)
        let facts = try decodeFacts(&reader)
        var writes: [(key: [UInt8], value: [UInt8]?)] = []
        for _ in 0..<(try reader.varint()) {
            let isPut = try reader.uint8()
            guard isPut <= 1 else { throw .malformed(offset: reader.offset - 1) }
            let key = try reader.lengthPrefixedArray()
            writes.append((key, isPut == 1 ? try reader.lengthPrefixedArray() : nil))
        }
        try reader.expectEnd()
        return DecodedRecord(packEnd: packEnd, staged: staged, facts: facts, writes: writes)
    }

    /// The facts alone, for the feed, which reads many records and needs no changes.
    package static func decodeFacts(of payload: UnsafeRawBufferPointer) throws(DecodingFailure) -> [Fact] {
        var reader = ByteReader(payload)
        guard try reader.uint8() == version else { throw .malformed(offset: 0) }
        try reader.skip(16)
        _ = try decodeStaged(&reader)
        return try decodeFacts(&reader)
    }

    private static func decodeStaged(_ reader: inout ByteReader) throws(DecodingFailure) -> [Extent] {
        var staged: [Extent] = []
        for _ in 0..<(try reader.varint()) {
            let container = try reader.varint()
            let offset = try reader.varint()
            staged.append(Extent(kind: .pack, container: container, offset: offset, length: try reader.varint()))
        }
        return staged
    }

    private static func decodeFacts(_ reader: inout ByteReader) throws(DecodingFailure) -> [Fact] {
        var facts: [Fact] = []
        for _ in 0..<(try reader.varint()) {
            let kind = Fact.Kind(rawValue: try reader.uint16LittleEndian())
            facts.append(Fact(kind, try reader.lengthPrefixedArray()))
        }
        return facts
    }
}

/// A record as `RecordCodec.decode` gives it.
package struct DecodedRecord {
    /// Where the active pack's next payload will begin; nil before the first payload.
    package let packEnd: PackPosition?
    /// Payloads that came with the commit.
    package let staged: [Extent]
    package let facts: [Fact]
    package let writes: [(key: [UInt8], value: [UInt8]?)]
}
