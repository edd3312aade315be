import Bytes
import Testing

@Suite struct ByteSearchTests {
    @Test(arguments: ["", "a", "abc", "xabc", "xabcx", "ababc", "ab", "ABC", "aabab\u{301}c", "äabc"])
    func findsWhatStandsThere(_ text: String) {
        let bytes = Array(text.utf8)
        let expected = bytes.indices.contains { bytes[$0...].starts(with: "abc".utf8) }
        #expect(ByteSearch.contains(text, "abc") == expected)
        #expect(ByteSearch.contains(text, ""))
    }

    @Test(arguments: ["", ";", "a", "a;b", ";a;;bc;", "host;x-amz-date", ";;"])
    func splitsLikeTheStandardLibrary(_ text: String) {
        let bytes = Array("##\(text)".utf8)[2...]
        let separator = UInt8(ascii: ";")
        #expect(ByteSearch.split(bytes, at: separator) == bytes.split(separator: separator))
    }
}
