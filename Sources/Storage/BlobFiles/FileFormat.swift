import Bytes
import StoragePorts

/// A large payload's file, all integers little-endian:
///
///     offset          bytes  what
///     0               L      the payload, at offset 0 so that its blocks lie on pages
///     L               4 B    the table of checksums, B = ceil(L / 64 KiB); see BlockTable.swift
///     L + 4 B         32     the trailer:
///       +0            8      "RoostBlb"
///       +8            4      version, 1
///       +12           4      bytes of payload under one checksum, 65,536
///       +16           8      L
///       +24           4      CRC-32C of the table
///       +28           4      CRC-32C of the trailer's first 28 bytes
///
/// The file ends with the trailer. It is whole when the trailer is valid and stands where its L says. A read of a range
/// goes by the length in the record and by the table alone: a wrong table entry shows as a mismatch of its block. The
/// trailer serves `verify`. A file of no bytes at all is a spare that nobody has claimed.
enum FileFormat {
    static let magic: [UInt8] = Array("RoostBlb".utf8)
    static let version: UInt32 = 1
    static let trailerBytes = 32

    static func size(payload length: UInt64) -> UInt64 {
        length + BlockTable.bytes(payload: length) + UInt64(trailerBytes)
    }

    static func trailer(payload length: UInt64, table: [UInt8]) -> [UInt8] {
        var writer = ByteWriter(reservingCapacity: trailerBytes)
        writer.append(magic)
        writer.uint32LittleEndian(version)
        writer.uint32LittleEndian(UInt32(BlobLimits.blockBytes))
        writer.uint64LittleEndian(length)
        writer.uint32LittleEndian(CRC32C.checksum(table))
        writer.uint32LittleEndian(CRC32C.checksum(writer.bytes))
        return writer.bytes
    }

    struct Trailer: Equatable {
        let length: UInt64
        let tableChecksum: UInt32
    }

    /// Nil when the 32 bytes are no valid trailer.
    static func decodeTrailer(_ bytes: [UInt8]) -> Trailer? {
        guard bytes.count == trailerBytes, bytes.starts(with: magic) else { return nil }
        return try? ByteReader.read(bytes) { reader throws(DecodingFailure) -> Trailer? in
            try reader.skip(8)
            let fileVersion = try reader.uint32LittleEndian()
            let block = try reader.uint32LittleEndian()
            let length = try reader.uint64LittleEndian()
            let tableChecksum = try reader.uint32LittleEndian()
            let checksum = try reader.uint32LittleEndian()
            guard fileVersion == version, block == UInt32(BlobLimits.blockBytes) else { return nil }
            guard checksum == CRC32C.checksum(Array(bytes[..<28])) else { return nil }
            return Trailer(length: length, tableChecksum: tableChecksum)
        }
    }
}
