import Bytes
import Testing

@Suite struct TextCodecTests {
    @Test func hex() {
        #expect(Hex.encode([0x00, 0x0F, 0xA5, 0xFF]) == "000fa5ff")
        #expect(Hex.encode([] as [UInt8]) == "")
        #expect(Hex.decode("000fA5Ff") == [0x00, 0x0F, 0xA5, 0xFF])
        #expect(Hex.decode("") == [])
        for text in ["0", "0g", "g0", "0x", " 00", "0G", "@0", "`0", ":0", "/0", "é"] { #expect(Hex.decode(text) == nil, "\(text)") }
        #expect(Hex.decode("xx00ff".dropFirst(2)) == [0, 0xFF], "slices of strings too")
    }

    /// RFC 4648, section 10.
    @Test func base64OfTheSpecification() {
        let vectors = ["": "", "f": "Zg==", "fo": "Zm8=", "foo": "Zm9v", "foob": "Zm9vYg==", "fooba": "Zm9vYmE=", "foobar": "Zm9vYmFy"]
        for (plain, encoded) in vectors {
            #expect(Base64.encode(Array(plain.utf8)) == encoded)
            #expect(Base64.encode(plain.utf8) == encoded)
            #expect(Base64.decode(encoded) == Array(plain.utf8))
        }
        #expect(Base64.encode([0xFB, 0xFF, 0xBF]) == "+/+/")
    }

    @Test(arguments: [
        "Z", "Zg", "Zg=", "Zg===", "====", "=", "Z===", "Zh==", "Zm9=", "Zm 9v", "Zm9v\n", "Zm9-", "Zm9_", "Zg==Zg==", "=g==", "Z=g=",
        "Zmé=",
    ])
    func base64IsStrict(text: String) {
        #expect(Base64.decode(text) == nil)
    }

    @Test func percent() {
        #expect(PercentEncoding.encode("AZaz09-._~".utf8, keepingSlash: false) == "AZaz09-._~")
        #expect(PercentEncoding.encode("a/b c+é%".utf8, keepingSlash: true) == "a/b%20c%2B%C3%A9%25")
        #expect(PercentEncoding.encode("a/b".utf8, keepingSlash: false) == "a%2Fb")
        #expect(PercentEncoding.encode([0, 0xFF], keepingSlash: true) == "%00%FF")
        #expect(PercentEncoding.decode("a%2fb%2F+") == Array("a/b/+".utf8))
        #expect(PercentEncoding.decode("a+b%2B", plusIsSpace: true) == Array("a b+".utf8))
        #expect(PercentEncoding.decode("%FF%00") == [0xFF, 0])
        for text in ["%", "%2", "a%", "%2g", "%g2", "%%20", "% 20"] { #expect(PercentEncoding.decode(text) == nil, "\(text)") }
    }

    @Test(arguments: 1...4 as ClosedRange<UInt64>) func everythingRoundTrips(seed: UInt64) {
        var random = Seeded(seed: seed)
        for _ in 0..<300 {
            let bytes = (0..<Int.random(in: 0...100, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }
            #expect(Hex.decode(Hex.encode(bytes)) == bytes, "seed \(seed)")
            #expect(Base64.decode(Base64.encode(bytes)) == bytes, "seed \(seed)")
            #expect(PercentEncoding.decode(PercentEncoding.encode(bytes, keepingSlash: seed % 2 == 0)) == bytes, "seed \(seed)")
            #expect(Hex.encode(bytes[...]) == Hex.encode(bytes))
            #expect(Base64.encode(bytes.lazy.map { $0 }) == Base64.encode(bytes), "collections without storage too")
        }
    }

    /// A text that decodes is the one that encoding gives.
    @Test func base64IsOneToOne() {
        var random = Seeded(seed: 5)
        let alphabet = Array("AQgw+/=".utf8)
        for _ in 0..<20_000 {
            let text = String(decoding: (0..<8).map { _ in alphabet.randomElement(using: &random)! }, as: UTF8.self)
            if let bytes = Base64.decode(text) { #expect(Base64.encode(bytes) == text) }
        }
    }
}
