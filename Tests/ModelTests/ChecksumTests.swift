import Model
import Testing

@Suite struct ChecksumTests {
    @Test(arguments: ChecksumAlgorithm.allCases) func namesAreFoundAgain(algorithm: ChecksumAlgorithm) {
        #expect(ChecksumAlgorithm(wireName: algorithm.wireName) == algorithm)
        #expect(ChecksumAlgorithm(wireName: algorithm.wireName.lowercased()) == algorithm)
        #expect(ChecksumAlgorithm(headerName: algorithm.headerName.uppercased()) == algorithm)
        #expect(algorithm.headerName == "x-amz-checksum-" + algorithm.wireName.lowercased())
        #expect(ChecksumAlgorithm(rawValue: algorithm.rawValue) == algorithm)
        #expect(algorithm.permits(algorithm.defaultMultipartType))
        #expect(Checksum(algorithm, [UInt8](repeating: 1, count: algorithm.byteCount)) != nil)
        #expect(Checksum(algorithm, [UInt8](repeating: 1, count: algorithm.byteCount + 1)) == nil)
    }

    /// They are stored.
    @Test func rawValuesAreFrozen() {
        #expect(ChecksumAlgorithm.allCases.map(\.rawValue) == [1, 2, 3, 4, 5])
        #expect(ChecksumAlgorithm.allCases.map(\.wireName) == ["CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"])
        #expect(ChecksumType.composite.rawValue == 1 && ChecksumType.fullObject.rawValue == 2)
    }

    @Test func typesFollowTheAlgorithm() {
        #expect(!ChecksumAlgorithm.crc64nvme.permits(.composite))
        #expect(!ChecksumAlgorithm.sha256.permits(.fullObject))
        #expect(ChecksumAlgorithm.crc32.permits(.fullObject) && ChecksumAlgorithm.crc32.permits(.composite))
        #expect(ChecksumType(wireName: "FULL_OBJECT") == .fullObject && ChecksumType(wireName: "COMPOSITE") == .composite)
        #expect(ChecksumType(wireName: "full_object") == nil && ChecksumAlgorithm(wireName: "MD5") == nil)
    }

    @Test func entityTags() {
        #expect(ETag("\"abc\"") == ETag("abc"))
        #expect(ETag("abc").quoted == "\"abc\"")
        #expect(ETag("\"").text == "\"")
        #expect(ETag("abc-12").partCount == 12)
        #expect(ETag("abc").partCount == nil && ETag("abc-x").partCount == nil)
        #expect(ETag("W/\"abc\"") != ETag("abc"))
    }
}
