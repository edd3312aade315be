/// CRC-32C (Castagnoli), the checksum of everything that Roost writes. Source: RFC 3720, appendix B.4.
///
/// Values are finalised on the way in and out, so that a text may come in pieces: pass the value so far as `continuing`.
package enum CRC32C {
    private static let all = CRCs(polynomial: 0x82F6_3B78, width: 32)

    /// By the fastest means that the processor has.
    package static func checksum(_ bytes: UnsafeRawBufferPointer, continuing crc: UInt32 = 0) -> UInt32 {
        UInt32(truncatingIfNeeded: all.best.checksum(bytes, continuing: UInt64(crc)))
    }

    package static func checksum(_ bytes: [UInt8], continuing crc: UInt32 = 0) -> UInt32 {
        bytes.withUnsafeBytes { checksum($0, continuing: crc) }
    }

    /// The checksum of two texts one after the other; `secondLength` in bytes.
    package static func combined(_ first: UInt32, _ second: UInt32, secondLength: UInt64) -> UInt32 {
        UInt32(truncatingIfNeeded: all.best.combined(UInt64(first), UInt64(second), secondLength: secondLength))
    }

    /// For tests.
    package static func checksum(_ bytes: UnsafeRawBufferPointer, by means: CRCMeans, continuing crc: UInt32 = 0) -> UInt32 {
        UInt32(truncatingIfNeeded: all[means].checksum(bytes, continuing: UInt64(crc)))
    }

    /// Bit by bit from the definition, for tests.
    package static func plainChecksum(_ bytes: UnsafeRawBufferPointer, continuing crc: UInt32 = 0) -> UInt32 {
        UInt32(truncatingIfNeeded: all.best.plain(bytes, continuing: UInt64(crc)))
    }
}
