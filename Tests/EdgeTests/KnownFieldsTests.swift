import Edge
import HTTPTypes
import SimulationKit
import Testing

@Suite("Fields that come again and again") struct KnownFieldsTests {
    /// Whatever came before, in whatever place of the table: each field is its own name and value.
    @Test func eachFieldIsItsOwn() throws {
        var random = SimRandom(seed: 20_261_128)
        let spellings = [
            "Host", "host", "HOST", "User-Agent", "user-agent", "Content-Length", "Authorization", "x-amz-date", "X-Amz-Date", "Expect",
        ]
        let made = (0..<300).map { _ in
            String((0..<Int.random(in: 1...24, using: &random)).map { _ in "abcXYZ-09".randomElement(using: &random)! })
        }
        let values = [
            "", "a", "b", "AWS4-HMAC-SHA256 x", String(repeating: "v", count: 500), "20261128T120000Z", "20261128T120001Z", "zwölf",
        ]
        var known = KnownFields()
        for _ in 0..<20_000 {
            let name = (Bool.random(using: &random) ? spellings : made).randomElement(using: &random)!
            let value = values.randomElement(using: &random)!
            let found = known.field(name, value)
            let (field, role) = try #require(found)
            #expect(field.name.rawName == name && field.name.canonicalName == name.lowercased() && field.value == value)
            switch name.lowercased() {
            case "host": #expect(role == .host)
            case "content-length": #expect(role == .contentLength)
            case "expect": #expect(role == .expect)
            default: #expect(role == .other)
            }
        }
    }

    @Test func namesThatHTTPDoesNotAllowAreNone() {
        var known = KnownFields()
        for name in ["", "a b", "a:b", "naïve", "a\r\nb"] {
            let found = known.field(name, "x")
            #expect(found == nil)
        }
    }
}
