import Bytes
import NIOCore
import StoragePorts

/// A pack: many small payloads one behind the other, all integers little-endian. Generation 1 is written by the ledger's
/// thread:
///
///     offset  bytes  the header
///     0       8      "RoostPak"
///     8       4      version, 1
///     12      4      generation: 1, then one more for each compaction
///     16      8      the pack's number
///     24      4      zero
///     28      4      CRC-32C of bytes 0 to 27
///
/// From offset 32 on come entries, each at a multiple of 8:
///
///     +0      4      "RPE1"
///     +4      4      L, the payload's length, at most 262,144
///     +8      8      logical offset: the entry's place in generation 1
///     +16     4      the lower half of the pack's number
///     +20     4      CRC-32C of bytes 0 to 19 of the entry
///     +24     L      the payload
///     +24+L   4 B    the table of checksums, B = ceil(L / 64 KiB); see BlockTable.swift
///                    zeros up to the next multiple of 8
///
/// Behind the last entry of generation 1 zeros may follow, written ahead. What lies behind the position in the journal's last
/// record is garbage of a crash and is cut at the start; so an entry is valid by being named, and damage shows as a header
/// or a block that differs from its checksum.
///
/// A compacted generation has the same header and the entries that were live, byte for byte, in the order of their logical
/// offsets, closed up; then the map from logical offsets to places, and a footer with which the file ends:
///
///     M       16 N   the map: logical offset (8), offset in this file (8), ascending in both
///     +0      8      the footer: "RoostMap"
///     +8      8      N, the number of entries
///     +16     8      M, the map's offset
///     +24     4      CRC-32C of the map
///     +28     4      CRC-32C of the footer's first 28 bytes
///
/// The ledger's records name logical offsets, which never change. A generation is written under a temporary name, synced
/// and renamed, so one with a whole footer is complete.
enum PackFormat {
    static let magic: [UInt8] = Array("RoostPak".utf8)
    static let version: UInt32 = 1
    static let headerBytes = 32
    static let alignment: UInt64 = 8

    static func header(pack: UInt64, generation: UInt32) -> [UInt8] {
        var writer = ByteWriter(reservingCapacity: headerBytes)
        writer.append(magic)
        writer.uint32LittleEndian(version)
        writer.uint32LittleEndian(generation)
        writer.uint64LittleEndian(pack)
        writer.uint32LittleEndian(0)
        writer.uint32LittleEndian(CRC32C.checksum(writer.bytes))
        return writer.bytes
    }

    /// There is one valid header for a pack and generation.
    static func isHeader(_ bytes: [UInt8], pack: UInt64, generation: UInt32) -> Bool {
        bytes == header(pack: pack, generation: generation)
    }
}

/// The bytes before and behind a payload in a pack.
struct PackEntry: Equatable {
    static let magic: UInt32 = 0x3145_5052  // "RPE1"
    static let headerBytes = 24

    let pack: UInt64
    /// Payload bytes.
    let length: Int
    let logicalOffset: UInt64

    /// What an entry takes in a pack, padding included.
    static func size(payload length: Int) -> UInt64 {
        let used = UInt64(headerBytes + length) + BlockTable.bytes(payload: UInt64(length))
        return (used + PackFormat.alignment - 1) & ~(PackFormat.alignment - 1)
    }

    var size: UInt64 { Self.size(payload: length) }

    /// Header, payload and table, without padding.
    var usedBytes: Int { Self.headerBytes + length + Int(BlockTable.bytes(payload: UInt64(length))) }

    func encodeHeader(into buffer: inout ByteBuffer) {
        let start = buffer.writerIndex
        buffer.writeInteger(Self.magic, endianness: .little)
        buffer.writeInteger(UInt32(length), endianness: .little)
        buffer.writeInteger(logicalOffset, endianness: .little)
        buffer.writeInteger(UInt32(truncatingIfNeeded: pack), endianness: .little)
        let checksum = buffer.withUnsafeReadableBytes { readable in
            CRC32C.checksum(UnsafeRawBufferPointer(rebasing: readable[(start - buffer.readerIndex)...]))
        }
        buffer.writeInteger(checksum, endianness: .little)
    }

    /// Nil when the first 24 bytes are no valid header of an entry of this pack.
    init?(_ bytes: UnsafeRawBufferPointer, pack: UInt64) {
        guard bytes.count >= Self.headerBytes else { return nil }
        func uint32(_ offset: Int) -> UInt32 { UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self)) }
        guard uint32(0) == Self.magic, uint32(16) == UInt32(truncatingIfNeeded: pack) else { return nil }
        guard uint32(20) == CRC32C.checksum(UnsafeRawBufferPointer(rebasing: bytes[..<20])) else { return nil }
        guard uint32(4) <= UInt32(BlobLimits.packedBytesMax) else { return nil }
        self.pack = pack
        length = Int(uint32(4))
        logicalOffset = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
    }

    init(pack: UInt64, length: Int, logicalOffset: UInt64) {
        self.pack = pack
        self.length = length
        self.logicalOffset = logicalOffset
    }
}

/// Where a compacted generation's entries lie. Both columns ascend; 16 bytes for each entry.
struct PackMap: Equatable, Sendable {
    static let magic: [UInt8] = Array("RoostMap".utf8)
    static let footerBytes = 32
    static let entryBytes = 16

    private(set) var logical: [UInt64] = []
    private(set) var physical: [UInt64] = []

    mutating func append(logical: UInt64, physical: UInt64) {
        precondition(self.logical.last.map { $0 < logical } ?? true, "entries come in the order of their logical offsets")
        self.logical.append(logical)
        self.physical.append(physical)
    }

    var count: Int { logical.count }

    func physical(ofLogical offset: UInt64) -> UInt64? {
        var low = 0
        var high = logical.count
        while low < high {
            let middle = (low + high) / 2
            if logical[middle] < offset { low = middle + 1 } else { high = middle }
        }
        return low < logical.count && logical[low] == offset ? physical[low] : nil
    }

    /// The map and the footer, to be written at `offset`.
    func encode(at offset: UInt64) -> [UInt8] {
        var map = ByteWriter(reservingCapacity: count * Self.entryBytes + Self.footerBytes)
        for index in 0..<count {
            map.uint64LittleEndian(logical[index])
            map.uint64LittleEndian(physical[index])
        }
        let checksum = CRC32C.checksum(map.bytes)
        var footer = ByteWriter(reservingCapacity: Self.footerBytes)
        footer.append(Self.magic)
        footer.uint64LittleEndian(UInt64(count))
        footer.uint64LittleEndian(offset)
        footer.uint32LittleEndian(checksum)
        footer.uint32LittleEndian(CRC32C.checksum(footer.bytes))
        map.append(footer.bytes)
        return map.bytes
    }

    struct Footer: Equatable {
        let count: UInt64
        let mapOffset: UInt64
        let mapChecksum: UInt32
    }

    /// Nil when it is no valid footer of a file of `fileBytes`.
    static func decodeFooter(_ bytes: [UInt8], fileBytes: UInt64) -> Footer? {
        guard bytes.count == footerBytes, bytes.starts(with: magic) else { return nil }
        return bytes.withUnsafeBytes { raw in
            func uint64(_ offset: Int) -> UInt64 { UInt64(littleEndian: raw.loadUnaligned(fromByteOffset: offset, as: UInt64.self)) }
            func uint32(_ offset: Int) -> UInt32 { UInt32(littleEndian: raw.loadUnaligned(fromByteOffset: offset, as: UInt32.self)) }
            guard uint32(28) == CRC32C.checksum(UnsafeRawBufferPointer(rebasing: raw[..<28])) else { return nil }
            let footer = Footer(count: uint64(8), mapOffset: uint64(16), mapChecksum: uint32(24))
            let (mapBytes, overflow) = footer.count.multipliedReportingOverflow(by: UInt64(entryBytes))
            guard !overflow, footer.mapOffset <= fileBytes, mapBytes <= fileBytes - footer.mapOffset else { return nil }
            return footer.mapOffset + mapBytes + UInt64(footerBytes) == fileBytes ? footer : nil
        }
    }

    /// Nil when the bytes are not the map that the footer describes.
    static func decode(_ bytes: [UInt8], _ footer: Footer) -> PackMap? {
        guard UInt64(bytes.count) == footer.count * UInt64(entryBytes), CRC32C.checksum(bytes) == footer.mapChecksum else { return nil }
        var map = PackMap()
        map.logical.reserveCapacity(Int(footer.count))
        map.physical.reserveCapacity(Int(footer.count))
        return bytes.withUnsafeBytes { raw in
            for start in stride(from: 0, to: raw.count, by: entryBytes) {
                let logical = UInt64(littleEndian: raw.loadUnaligned(fromByteOffset: start, as: UInt64.self))
                let physical = UInt64(littleEndian: raw.loadUnaligned(fromByteOffset: start + 8, as: UInt64.self))
                guard map.logical.last.map({ $0 < logical }) ?? true, physical < footer.mapOffset else { return nil }
                map.append(logical: logical, physical: physical)
            }
            return map
        }
    }
}
