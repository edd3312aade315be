import Bytes
import NIOCore
import StoragePorts

/// The table of checksums behind every payload, in packs and files alike: the CRC-32C of each 64 KiB block of the
/// payload in order, the last block shorter, 4 bytes each, little-endian. An empty payload has none.
enum BlockTable {
    static let entryBytes = 4

    static func count(payload length: UInt64) -> UInt64 {
        let block = UInt64(BlobLimits.blockBytes)
        return length / block + (length % block == 0 ? 0 : 1)
    }

    static func bytes(payload length: UInt64) -> UInt64 { count(payload: length) * UInt64(entryBytes) }

    static func encode(_ checksums: [UInt32]) -> [UInt8] {
        var writer = ByteWriter(reservingCapacity: checksums.count * entryBytes)
        for checksum in checksums { writer.uint32LittleEndian(checksum) }
        return writer.bytes
    }

    static func checksum(_ index: Int, in table: UnsafeRawBufferPointer) -> UInt32 {
        UInt32(littleEndian: table.loadUnaligned(fromByteOffset: index * entryBytes, as: UInt32.self))
    }

    /// The first block of `payload`, counted from 0, that differs from its checksum; nil when all agree. `payload` begins at a
    /// block's start and ends at a block's end or the payload's; `table` holds the checksums of exactly these blocks.
    static func firstMismatch(_ payload: UnsafeRawBufferPointer, _ table: UnsafeRawBufferPointer) -> Int? {
        var index = 0
        var start = 0
        while start < payload.count {
            let end = min(start + BlobLimits.blockBytes, payload.count)
            let block = UnsafeRawBufferPointer(rebasing: payload[start..<end])
            if CRC32C.checksum(block) != checksum(index, in: table) { return index }
            index += 1
            start = end
        }
        return nil
    }
}

/// Computes a payload's table as the bytes come.
struct BlockChecksums {
    private var checksums: [UInt32] = []
    private var current: UInt32 = 0
    private var currentCount = 0

    mutating func append(_ bytes: UnsafeRawBufferPointer) {
        var rest = bytes
        while !rest.isEmpty {
            let count = min(rest.count, BlobLimits.blockBytes - currentCount)
            current = CRC32C.checksum(UnsafeRawBufferPointer(rebasing: rest[..<count]), continuing: current)
            currentCount += count
            if currentCount == BlobLimits.blockBytes { close() }
            rest = UnsafeRawBufferPointer(rebasing: rest[count...])
        }
    }

    /// The whole table; nothing may be appended after it.
    mutating func finish() -> [UInt32] {
        if currentCount > 0 { close() }
        return checksums
    }

    private mutating func close() {
        checksums.append(current)
        current = 0
        currentCount = 0
    }

    static func of(_ bytes: ByteBuffer) -> [UInt32] {
        var checksums = BlockChecksums()
        bytes.withUnsafeReadableBytes { checksums.append($0) }
        return checksums.finish()
    }
}
