// The bytes of a journal. All integers are little-endian. Recovery, reader, writer and `verify` are written from this.
//
// A journal is a directory of segment files. A segment is named by the LSN of its first record, sixteen lower-case
// hexadecimal digits and ".seg". Besides there are "*.spare", whole files of the right size waiting to become a segment,
// and "*.tmp", files being filled with zeros; their bytes mean nothing.
//
// A segment is a header page, then frames one behind the other, then space up to the size that the header states.
//
// Header, 4096 bytes:
//      0   8  magic "RoostJnl"
//      8   4  format version, 1
//     12   4  flags; bit 0: the journal begins with this segment, so that it may hold no record yet
//     16   8  journal id, random, the same in every segment of a journal
//     24   8  segment id, random, new each time that a file becomes a segment
//     32   8  first LSN, as in the file's name
//     40   8  size of the file in bytes, a multiple of 4096, at least two
//     48      zeros
//   4092   4  CRC-32C of bytes 0..<4092
//
// Frame, at a multiple of 8, 32 bytes and the payload, padded with zeros to a multiple of 8:
//      0   4  CRC-32C of the segment id (8 bytes) followed by this frame's bytes from 4 to the end of the padding
//      4   4  length of the payload
//      8   8  LSN, at least 1 and below the largest number
//     16   8  commit time, milliseconds since 1970, signed
//     24   4  distance: LSN minus the last LSN known to be synced when the frame was made ("stated durable")
//     28   2  kind: 1 a record, 2 a mark
//     30   2  the low 16 bits of the CRC-32C of the segment id followed by bytes 4..<30 of the frame, so that a length is
//             believed only from a header of this segment, and a search need not read 32 MiB for each fake header
//     32      payload
//
// A mark has no payload and repeats the LSN of the record before it. It exists for what it states to be durable: without it
// damage to the last records before a crash or stop could not be told from a batch that was never acknowledged.
//
// A frame is valid if its header check and CRC-32C agree, it lies inside the segment, and its LSN is the one after
// the record before it (record) or that record's own (mark). The first record of a segment has the header's first LSN.
// The segment id in the checksums makes what an earlier use of the same file left behind invalid. Zeros are never valid.
//
// A segment ends where the next one begins: when the expected LSN is another segment's first, no more is read here.
// The last segment ends at the first place without a valid frame; see Recovery.swift for when that is the end and when damage.
//
// A file gets its segment name only after its header and its first records, and every segment before it, were synced. So a
// named segment has a valid header and its first record, and everything before it is durable; anything else is damage.

import Bytes
import Model

enum SegmentFormat {
    static let magic: UInt64 = 0x6C6E_4A74_736F_6F52
    static let version: UInt32 = 1
    static let headerBytes = 4096
    static let frameHeaderBytes = 32
    static let alignment = 8
    static let flagFirst: UInt32 = 1

    static func name(firstLSN: LSN) -> String {
        let digits = String(firstLSN.rawValue, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits + segmentSuffix
    }

    /// The first LSN that a segment's name states; nil for other names.
    static func firstLSN(ofName name: String) -> LSN? {
        guard name.hasSuffix(segmentSuffix), name.utf8.count == 16 + segmentSuffix.utf8.count else { return nil }
        guard let number = UInt64(name.dropLast(segmentSuffix.count), radix: 16), isPosition(number) else { return nil }
        let lsn = LSN(number)
        return Self.name(firstLSN: lsn) == name ? lsn : nil
    }

    /// Whether a record may have this LSN: there is one before and one behind it.
    static func isPosition(_ lsn: UInt64) -> Bool { lsn > 0 && lsn < .max }

    static let segmentSuffix = ".seg"
    static let spareSuffix = ".spare"
    static let unfinishedSuffix = ".tmp"
}

struct SegmentHeader: Equatable {
    var isFirst: Bool
    var journalID: UInt64
    var segmentID: UInt64
    var firstLSN: LSN
    var fileBytes: UInt64

    func encoded() -> [UInt8] {
        var page = [UInt8](repeating: 0, count: SegmentFormat.headerBytes)
        page.withUnsafeMutableBytes { raw in
            raw.storeBytes(of: SegmentFormat.magic.littleEndian, toByteOffset: 0, as: UInt64.self)
            raw.storeBytes(of: SegmentFormat.version.littleEndian, toByteOffset: 8, as: UInt32.self)
            raw.storeBytes(of: (isFirst ? SegmentFormat.flagFirst : 0).littleEndian, toByteOffset: 12, as: UInt32.self)
            raw.storeBytes(of: journalID.littleEndian, toByteOffset: 16, as: UInt64.self)
            raw.storeBytes(of: segmentID.littleEndian, toByteOffset: 24, as: UInt64.self)
            raw.storeBytes(of: firstLSN.rawValue.littleEndian, toByteOffset: 32, as: UInt64.self)
            raw.storeBytes(of: fileBytes.littleEndian, toByteOffset: 40, as: UInt64.self)
            let checksum = CRC32C.checksum(UnsafeRawBufferPointer(rebasing: raw[..<(SegmentFormat.headerBytes - 4)]))
            raw.storeBytes(of: checksum.littleEndian, toByteOffset: SegmentFormat.headerBytes - 4, as: UInt32.self)
        }
        return page
    }

    /// What is wrong with a header, in words.
    struct Flaw: Error, Equatable {
        let text: String
    }

    static func decode(_ page: UnsafeRawBufferPointer) throws(Flaw) -> SegmentHeader {
        precondition(page.count == SegmentFormat.headerBytes)
        guard page.little(0, UInt64.self) == SegmentFormat.magic else { throw Flaw(text: "not a journal segment") }
        let checksum = CRC32C.checksum(UnsafeRawBufferPointer(rebasing: page[..<(SegmentFormat.headerBytes - 4)]))
        guard page.little(SegmentFormat.headerBytes - 4, UInt32.self) == checksum else { throw Flaw(text: "header checksum mismatch") }
        let version = page.little(8, UInt32.self)
        guard version == SegmentFormat.version else { throw Flaw(text: "unknown format version \(version)") }
        let fileBytes = page.little(40, UInt64.self)
        guard fileBytes > SegmentFormat.headerBytes, fileBytes.isMultiple(of: UInt64(SegmentFormat.headerBytes)) else {
            throw Flaw(text: "a size of \(fileBytes) bytes in the header")
        }
        return SegmentHeader(
            isFirst: page.little(12, UInt32.self) & SegmentFormat.flagFirst != 0, journalID: page.little(16, UInt64.self),
            segmentID: page.little(24, UInt64.self), firstLSN: LSN(page.little(32, UInt64.self)),
            fileBytes: fileBytes)
    }
}

extension UnsafeRawBufferPointer {
    func little<Value: FixedWidthInteger>(_ offset: Int, _: Value.Type) -> Value {
        Value(littleEndian: loadUnaligned(fromByteOffset: offset, as: Value.self))
    }
}
