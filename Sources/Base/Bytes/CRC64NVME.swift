/// CRC-64/NVME, the default checksum of S3 clients. Source: NVM Express, NVM Command Set Specification 1.0, section 5.2.1.3.4.
///
/// Values are finalised on the way in and out, so that a text may come in pieces: pass the value so far as `continuing`.
package enum CRC64NVME {
    private static let all = CRCs(polynomial: 0x9A6C_9329_AC4B_C9B5, width: 64)

    /// By the fastest means that the processor has.
    package static func checksum(_ bytes: UnsafeRawBufferPointer, continuing crc: UInt64 = 0) -> UInt64 {
        all.best.checksum(bytes, continuing: crc)
    }

    package static func checksum(_ bytes: [UInt8], continuing crc: UInt64 = 0) -> UInt64 {
        bytes.withUnsafeBytes { checksum($0, continuing: crc) }
    }

    /// The checksum of two texts one after the other; `secondLength` in bytes.
    package static func combined(_ first: UInt64, _ second: UInt64, secondLength: UInt64) -> UInt64 {
        all.best.combined(first, second, secondLength: secondLength)
    }

    /// For tests.
    package static func checksum(_ bytes: UnsafeRawBufferPointer, by means: CRCMeans, continuing crc: UInt64 = 0) -> UInt64 {
        all[means].checksum(bytes, continuing: crc)
    }

    /// Bit by bit from the definition, for tests.
    package static func plainChecksum(_ bytes: UnsafeRawBufferPointer, continuing crc: UInt64 = 0) -> UInt64 {
        all.best.plain(bytes, continuing: crc)
    }
}
