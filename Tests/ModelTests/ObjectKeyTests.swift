import Model
import Testing

@Suite struct ObjectKeyTests {
    /// Swift's strings call these two equal; S3 keeps two objects.
    @Test func canonicallyEquivalentKeysDiffer() throws {
        let composed = "caf\u{E9}"
        let decomposed = "cafe\u{301}"
        #expect(composed == decomposed)
        let a = try #require(ObjectKey(composed))
        let b = try #require(ObjectKey(decomposed))
        #expect(a != b && a.hashValue != b.hashValue)
        #expect(b < a, "65 comes before C3")
    }

    @Test func orderIsThatOfBytes() throws {
        let keys = try ["a", "a/", "a/b", "a0", "b", "B", "é", "\u{FFFF}", "\u{10000}", "a\u{1}"].map { try #require(ObjectKey($0)) }
        let sorted = keys.sorted().map(\.string)
        #expect(sorted == ["B", "a", "a\u{1}", "a/", "a/b", "a0", "b", "é", "\u{FFFF}", "\u{10000}"])
    }

    @Test func limits() {
        #expect(ObjectKey("") == nil)
        #expect(ObjectKey([UInt8](repeating: 97, count: 1024)) != nil)
        #expect(ObjectKey([UInt8](repeating: 97, count: 1025)) == nil)
        #expect(ObjectKey(String(repeating: "é", count: 513)) == nil, "bytes count, not characters")
    }

    @Test(arguments: [[0xFF], [0xC3], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80]] as [[UInt8]])
    func onlyUTF8(bytes: [UInt8]) {
        #expect(ObjectKey(bytes) == nil)
    }

    @Test(arguments: ["..", "../../etc/passwd", "//", "a//b", "/", "a\0b", ".", "a\n", " "]) func anythingElseIsAKey(text: String) {
        #expect(ObjectKey(text)?.string == text)
    }
}
