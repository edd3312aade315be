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

    @Test(arguments: ["", "a", "ab", "B", "é", "e\u{301}", "0123456789abcdefg", "0123456789abcdefG"])
    func comparesBytesAndNothingElse(_ text: String) {
        for other in ["", "a", "ab", "b", "\u{E9}", "e\u{301}", "0123456789abcdefg", "0123456789abcdefG", "0123456789abcdefg0"] {
            #expect(ByteSearch.equal(text, other) == text.utf8.elementsEqual(other.utf8), "\(text) and \(other)")
        }
        #expect(ByteSearch.starts(text, with: "01") == text.utf8.starts(with: "01".utf8))
        #expect(ByteSearch.starts(text, with: ""))
    }

    @Test func findsWhatIsNotPlainAtEveryPlace() {
        func isPlain(_ byte: UInt8, _ specials: String) -> Bool { (0x20..<0x7F).contains(byte) && !specials.utf8.contains(byte) }
        for byte in UInt8.min...UInt8.max {
            for (count, place) in [(1, 0), (15, 14), (16, 0), (16, 15), (17, 16), (40, 20), (40, 39)] {
                var text = [UInt8](repeating: UInt8(ascii: "~"), count: count)
                text[place] = byte
                let (found, after, xml) = text.withUnsafeBytes { text in
                    (
                        ByteSearch.plainCount(text, from: 0), ByteSearch.plainCount(text, from: place + 1),
                        ByteSearch.plainXMLCount(text, from: 0)
                    )
                }
                #expect(found == (isPlain(byte, "\"\\") ? count : place), "\(byte) at \(place) of \(count)")
                #expect(xml == (isPlain(byte, "&<>\"") ? count : place), "\(byte) at \(place) of \(count)")
                #expect(after == count - place - 1)
            }
        }
    }
}
