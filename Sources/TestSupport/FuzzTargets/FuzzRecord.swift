import BlobFiles
import Bytes
import EmbeddedStorage
import StoragePorts

/// A journal record's payload: what decodes is the only encoding of what it says, and the feed's shorter way through it sees the same facts.
package func fuzzRecord(_ bytes: UnsafeRawBufferPointer) {
    guard let record = try? RecordCodec.decode(bytes) else { return }
    precondition(encode(record) == Array(bytes), "two encodings of one record")
    guard let facts = try? RecordCodec.decodeFacts(of: bytes) else { preconditionFailure("the facts of a good record do not decode") }
    precondition(facts == record.facts, "the feed sees other facts")
}

/// Written from the layout that RecordCodec states, apart from its encoder, which takes a transaction.
private func encode(_ record: DecodedRecord) -> [UInt8] {
    var writer = ByteWriter()
    writer.uint8(1)
    writer.uint64LittleEndian(record.packEnd?.pack ?? 0)
    writer.uint64LittleEndian(record.packEnd?.end ?? 0)
    writer.varint(UInt64(record.staged.count))
    for extent in record.staged {
        writer.varint(extent.container)
        writer.varint(extent.offset)
        writer.varint(extent.length)
    }
    writer.varint(UInt64(record.facts.count))
    for fact in record.facts {
        writer.uint16LittleEndian(fact.kind.rawValue)
        writer.lengthPrefixed(fact.payload)
    }
    writer.varint(UInt64(record.writes.count))
    for (key, value) in record.writes {
        writer.uint8(value == nil ? 0 : 1)
        writer.lengthPrefixed(key)
        if let value { writer.lengthPrefixed(value) }
    }
    return writer.bytes
}
