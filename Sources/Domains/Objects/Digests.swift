import Bytes
import Crypto
import Model

/// The running checksums of one payload by the wanted algorithms. A value for one thread.
package struct Digests {
    private var sha1: Insecure.SHA1?
    private var sha256: SHA256?
    private var crc32: UInt32?
    private var crc32c: UInt32?
    private var crc64nvme: UInt64?

    package init(_ wanted: Set<ChecksumAlgorithm>) {
        if wanted.contains(.sha1) { sha1 = Insecure.SHA1() }
        if wanted.contains(.sha256) { sha256 = SHA256() }
        if wanted.contains(.crc32) { crc32 = 0 }
        if wanted.contains(.crc32c) { crc32c = 0 }
        if wanted.contains(.crc64nvme) { crc64nvme = 0 }
    }

    package mutating func update(_ bytes: UnsafeRawBufferPointer) {
        sha1?.update(bufferPointer: bytes)
        sha256?.update(bufferPointer: bytes)
        if let crc = crc32 { crc32 = CRC32.checksum(bytes, continuing: crc) }
        if let crc = crc32c { crc32c = CRC32C.checksum(bytes, continuing: crc) }
        if let crc = crc64nvme { crc64nvme = CRC64NVME.checksum(bytes, continuing: crc) }
    }

    package func finish() -> [ChecksumAlgorithm: Checksum] {
        var checksums: [ChecksumAlgorithm: Checksum] = [:]
        func add(_ algorithm: ChecksumAlgorithm, _ bytes: [UInt8]?) {
            if let bytes { checksums[algorithm] = Checksum(algorithm, bytes) }
        }
        add(.sha1, sha1.map { Array($0.finalize()) })
        add(.sha256, sha256.map { Array($0.finalize()) })
        add(.crc32, crc32.map { Self.bigEndian($0) })
        add(.crc32c, crc32c.map { Self.bigEndian($0) })
        add(.crc64nvme, crc64nvme.map { Self.bigEndian($0) })
        return checksums
    }

    /// The digest of a short text.
    static func checksum(_ algorithm: ChecksumAlgorithm, of bytes: [UInt8]) -> Checksum {
        var digests = Digests([algorithm])
        bytes.withUnsafeBytes { digests.update($0) }
        guard let checksum = digests.finish()[algorithm] else { preconditionFailure("every algorithm has a digest") }
        return checksum
    }

    static func md5(of bytes: [UInt8]) -> MD5Digest { MD5Digest(Insecure.MD5.hash(data: bytes)) }

    static func bigEndian(_ number: some FixedWidthInteger) -> [UInt8] {
        withUnsafeBytes(of: number.bigEndian) { Array($0) }
    }
}
