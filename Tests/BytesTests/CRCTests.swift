import Bytes
import Testing

@Suite struct CRCTests {
    static let check = Array("123456789".utf8)

    @Test func checkValues() {
        #expect(CRC32.checksum(Self.check) == 0xCBF4_3926)
        #expect(CRC32C.checksum(Self.check) == 0xE306_9283)
        #expect(CRC64NVME.checksum(Self.check) == 0xAE8B_1486_0A79_9888)
        #expect(CRC32.checksum([]) == 0)
        #expect(CRC64NVME.checksum([]) == 0)
    }

    /// RFC 3720, appendix B.4.
    @Test func publishedVectorsOfCRC32C() {
        #expect(CRC32C.checksum([UInt8](repeating: 0, count: 32)) == 0x8A91_36AA)
        #expect(CRC32C.checksum([UInt8](repeating: 0xFF, count: 32)) == 0x62A8_AB43)
        #expect(CRC32C.checksum((0..<32).map { UInt8($0) }) == 0x46DD_794E)
        #expect(CRC32C.checksum((0..<32).map { UInt8(31 - $0) }) == 0x113F_DB5C)
    }

    /// Every length across the borders of folding (16, 64, 128, 256, 1024) and of the streams (384, 3072), and odd alignments.
    @Test func allMeansAgreeWithTheDefinition() {
        var random = Seeded(seed: 0x5EED)
        let bytes = (0..<20_000).map { _ in UInt8.random(in: 0...255, using: &random) }
        let borders = [255, 256, 383, 384, 385, 767, 768, 1023, 1024, 1025, 1100, 1279, 1280, 1300, 1535, 1536]
        let lengths = Array(0...200) + borders + [3071, 3072, 3073, 3080, 3456, 6144, 6151, 9999]
        bytes.withUnsafeBytes { all in
            for length in lengths {
                let start = Int.random(in: 0..<64, using: &random)
                let part = UnsafeRawBufferPointer(rebasing: all[start..<start + length])
                let seed64 = random.next()
                let seed32 = UInt32(truncatingIfNeeded: seed64)
                let c = CRC32C.plainChecksum(part, continuing: seed32)
                let z = CRC32.plainChecksum(part, continuing: seed32)
                let n = CRC64NVME.plainChecksum(part, continuing: seed64)
                #expect(CRC32C.checksum(part, continuing: seed32) == c)
                for means in CRCMeans.allCases {
                    let note: Comment = "length \(length) start \(start) by \(means)"
                    #expect(CRC32C.checksum(part, by: means, continuing: seed32) == c, note)
                    #expect(CRC32.checksum(part, by: means, continuing: seed32) == z, note)
                    #expect(CRC64NVME.checksum(part, by: means, continuing: seed64) == n, note)
                }
            }
        }
    }

    @Test(arguments: [1, 2, 3] as [UInt64]) func splitsChainAndCombine(seed: UInt64) {
        var random = Seeded(seed: seed)
        for _ in 0..<200 {
            let count = Int.random(in: 0...5000, using: &random)
            let bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
            let middle = Int.random(in: 0...count, using: &random)
            let head = Array(bytes[..<middle])
            let tail = Array(bytes[middle...])
            let note: Comment = "seed \(seed) count \(count) split \(middle)"
            #expect(CRC32C.checksum(tail, continuing: CRC32C.checksum(head)) == CRC32C.checksum(bytes), note)
            #expect(CRC32.checksum(tail, continuing: CRC32.checksum(head)) == CRC32.checksum(bytes), note)
            #expect(CRC64NVME.checksum(tail, continuing: CRC64NVME.checksum(head)) == CRC64NVME.checksum(bytes), note)
            let length = UInt64(tail.count)
            #expect(CRC32C.combined(CRC32C.checksum(head), CRC32C.checksum(tail), secondLength: length) == CRC32C.checksum(bytes), note)
            #expect(CRC32.combined(CRC32.checksum(head), CRC32.checksum(tail), secondLength: length) == CRC32.checksum(bytes), note)
            let both = CRC64NVME.combined(CRC64NVME.checksum(head), CRC64NVME.checksum(tail), secondLength: length)
            #expect(both == CRC64NVME.checksum(bytes), note)
        }
    }
}
