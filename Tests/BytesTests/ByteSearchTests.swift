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
}
