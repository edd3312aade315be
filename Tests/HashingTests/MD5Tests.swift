import Crypto
import Hashing
import NIOCore
import Testing

@Suite struct MD5Tests {
    static func hex(_ bytes: [UInt8]) -> String { bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined() }

    static func reference(_ bytes: some Sequence<UInt8>) -> [UInt8] { Array(Insecure.MD5.hash(data: Array(bytes))) }

    /// Different for each `seed`, and longer than any test wants.
    static func text(_ seed: UInt32, count: Int) -> [UInt8] {
        var state = seed &* 2_654_435_761 &+ 1
        return (0..<count).map { _ in
            state = state &* 1_664_525 &+ 1_013_904_223
            return UInt8(truncatingIfNeeded: state >> 24)
        }
    }

    /// RFC 1321, appendix A.5.
    @Test(arguments: [
        ("", "d41d8cd98f00b204e9800998ecf8427e"), ("a", "0cc175b9c0f1b6a831c399e269772661"),
        ("abc", "900150983cd24fb0d6963f7d28e17f72"), ("message digest", "f96b697d7cb7938d525a2f31aaf161d0"),
        (
            "12345678901234567890123456789012345678901234567890123456789012345678901234567890",
            "57edf4a22be3c955ac49da2e2107b67a"
        ),
    ])
    func publishedVectors(_ text: String, _ digest: String) {
        var md5 = RunningMD5()
        Array(text.utf8).withUnsafeBytes { md5.update($0) }
        #expect(Self.hex(md5.finish()) == digest)
    }

    @Test func everyLengthInPiecesOfEveryLength() {
        let text = Self.text(1, count: 400)
        for length in 0...400 {
            var md5 = RunningMD5()
            var (from, piece) = (0, length % 67)
            text.withUnsafeBytes { all in
                while from < length {
                    let end = min(length, from + piece)
                    md5.update(UnsafeRawBufferPointer(rebasing: all[from..<end]))
                    (from, piece) = (end, (piece * 7 + 13) % 131)
                }
            }
            #expect(md5.finish() == Self.reference(text[..<length]), "length \(length)")
        }
    }

    /// Every set of instructions that this processor has, with fewer, as many and more texts than it has lanes.
    @Test func everyInstructionAgreesForEveryNumberOfTexts() {
        let blocks = 5
        let texts = (0..<40).map { Self.text(UInt32($0), count: blocks * RunningMD5.blockBytes) }
        let expected = texts.map { text in
            var words = RunningMD5().words
            for block in 0..<blocks { text.withUnsafeBytes { MD5Lanes.all[0].update(&words, Self.block(block, of: $0)) } }
            return words
        }
        for lanes in MD5Lanes.all {
            for count in 1...texts.count {
                var words = [SIMD4<UInt32>](repeating: RunningMD5().words, count: count)
                Self.withPointers(texts[..<count]) { lanes.update(&words, $0, blockCount: blocks) }
                #expect(words == Array(expected[..<count]), "\(count) texts in \(lanes.width) lanes")
            }
        }
    }

    private static func block(_ index: Int, of text: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: text[index * RunningMD5.blockBytes..<(index + 1) * RunningMD5.blockBytes])
    }

    private static func withPointers(
        _ texts: ArraySlice<[UInt8]>, _ pointers: [UnsafeRawPointer] = [], _ body: ([UnsafeRawPointer]) -> Void
    ) {
        guard let first = texts.first else { return body(pointers) }
        first.withUnsafeBytes { withPointers(texts.dropFirst(), pointers + [$0.baseAddress!], body) }
    }

    /// More payloads than lanes and threads, each with a length and pieces of its own.
    @Test(arguments: [Hashers.inline(), Hashers(threadCount: 1), Hashers(threadCount: 3)])
    func payloadsSideBySideKeepApart(_ hashers: Hashers) async {
        await withTaskGroup(of: Void.self) { group in
            for number in 0..<60 {
                group.addTask {
                    let text = Self.text(UInt32(number), count: 150_000 + number * 4_099)
                    let md5 = PayloadMD5(hashers)
                    var rest = ByteBuffer(bytes: text)
                    var length = 1 + number * 997
                    while rest.readableBytes > 0 {
                        md5.begin(rest.readSlice(length: min(rest.readableBytes, length))!)
                        await md5.settle()
                        length = length % 90_000 + 10_007
                    }
                    #expect(md5.finish() == Self.reference(text), "payload \(number)")
                }
            }
        }
    }

    /// The owner of the bytes writes on in the same memory once they are hashed.
    @Test func bytesAreLetGo() async {
        let hashers = Hashers(threadCount: 1)
        var bytes = ByteBuffer(bytes: Self.text(9, count: 300_000))
        let memory = bytes.withUnsafeReadableBytes { UInt(bitPattern: $0.baseAddress) }
        let md5 = PayloadMD5(hashers)
        md5.begin(bytes)
        await md5.settle()
        bytes.clear()
        bytes.writeInteger(UInt8(1))
        #expect(bytes.withUnsafeReadableBytes { UInt(bitPattern: $0.baseAddress) } == memory)
    }
}
