import JSON
import NIOCore
import Testing

struct JSONTests {
    static func outcome(_ bytes: [UInt8], limits: JSONLimits = JSONLimits(bytesMax: 1 << 20)) -> Result<JSONValue, JSONError> {
        do throws(JSONError) {
            return .success(try JSONValue.parse(ByteBuffer(bytes: bytes), limits: limits))
        } catch {
            return .failure(error)
        }
    }

    static func parse(_ text: String) throws -> JSONValue { try outcome(Array(text.utf8)).get() }

    @Test func aSendMessage() throws {
        let value = try Self.parse(
            #" {"QueueUrl":"http://h/0/q","DelaySeconds":5,"#
                + #""MessageAttributes":{"a":{"DataType":"String","StringValue":"\u00e4\/\t"}},"x":[true,null,-1.5e3]} "#)
        let object = try #require(value.object)
        #expect(object["QueueUrl"]?.string == "http://h/0/q")
        #expect(object["DelaySeconds"]?.int64 == 5)
        #expect(object["MessageAttributes"]?.object?["a"]?.object?["StringValue"]?.string == "ä/\t")
        #expect(object["x"]?.array == [.bool(true), .null, .number("-1.5e3")])
        #expect(object["x"]?.array?[2].int64 == nil)
        #expect(object["nothing"] == nil)
        #expect(object.members.map(\.name) == ["QueueUrl", "DelaySeconds", "MessageAttributes", "x"])
    }

    @Test func repeatedNames() throws {
        let value = try Self.parse(#"{"a":1,"b":2,"a":3,"é":4,"e\#u{301}":5,"b":6,"a":7}"#)
        #expect(value.bytes.readableText == #"{"a":7,"b":6,"é":4,"e\#u{301}":5}"#)
        var object: JSONObject = ["a": 1.json, "b": "x".json, "a": .null]
        #expect(object["a"] == .null)
        object["b"] = nil
        object["c"] = .bool(false)
        #expect(JSONValue.object(object).bytes.readableText == #"{"a":null,"c":false}"#)
    }

    @Test func escapes() throws {
        #expect(try Self.parse(#""\ud83d\ude00\u0000\b\f\n\r\t\"\\\/\u00E9""#).string == "😀\0\u{8}\u{C}\n\r\t\"\\/é")
        #expect(JSONValue.string("\0\u{1F}\"\\/\n\u{7F}😀\u{2028}").bytes.readableText == "\"\\u0000\\u001f\\\"\\\\/\\n\u{7F}😀\u{2028}\"")
    }

    @Test(arguments: [
        "", " ", "{", "}", "[", "[1", "[1,", "[1,]", "[,1]", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{a:1}", "{1:1}", "'a'", "\"", "\"\\",
        "\"\\x\"", "\"\\u12\"",
        "\"\\u12G4\"", "\"\\ud800\"", "\"\\ud800\\u0041\"", "\"\\udc00\"", "\"\\ud800x\"", "\"\n\"", "\"\u{1}\"", "01", "-", "-01", "1.",
        ".1", "1e", "1e+", "+1",
        "0x1", "NaN", "Infinity", "tru", "nul", "True", "1 2", "{} {}", "[1]x", "\u{FEFF}1", "\0", "1\0", "//\n1",
    ])
    func malformed(text: String) {
        guard case .failure(.malformed) = Self.outcome(Array(text.utf8)) else {
            Issue.record("\(text) parses")
            return
        }
    }

    @Test func bytesThatAreNotText() {
        for bytes: [UInt8] in [[0xFF], [0xC3], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80]] {
            for text in [bytes, bytes + Array("\\n".utf8)] {
                guard case .failure(.malformed) = Self.outcome([0x22] + text + [0x22]) else {
                    Issue.record("\(text) parses")
                    continue
                }
            }
        }
    }

    @Test func limitsHold() {
        func nested(_ depth: Int) -> [UInt8] { Array((String(repeating: "[", count: depth) + String(repeating: "]", count: depth)).utf8) }
        #expect((try? Self.outcome(nested(32)).get()) != nil)
        #expect(Self.outcome(nested(33)) == .failure(.tooDeep))
        #expect(Self.outcome([UInt8](repeating: UInt8(ascii: "["), count: 1 << 20)) == .failure(.tooDeep))
        #expect(Self.outcome([UInt8](repeating: 0x20, count: 11), limits: JSONLimits(bytesMax: 10)) == .failure(.tooLarge))
        let many = Array(("[" + String(repeating: "1,", count: 99) + "1]").utf8)
        #expect(Self.outcome(many, limits: JSONLimits(bytesMax: 1000, valuesMax: 100)) == .failure(.tooManyValues))
        #expect((try? Self.outcome(many, limits: JSONLimits(bytesMax: 1000, valuesMax: 101)).get()) != nil)
    }

    /// Many members, all of one name or all different, cost no quadratic time.
    @Test func hostileObjects() throws {
        let same = "{" + String(repeating: "\"a\":1,", count: 50_000) + "\"a\":2}"
        #expect(try Self.parse(same).bytes.readableText == "{\"a\":2}")
        let different = "{" + (0..<50_000).map { "\"\($0)\":1" }.joined(separator: ",") + "}"
        #expect(try Self.parse(different).object?.members.count == 50_000)
    }
}

extension Int {
    fileprivate var json: JSONValue { .integer(self) }
}

extension String {
    fileprivate var json: JSONValue { .string(self) }
}

extension ByteBuffer {
    fileprivate var readableText: String { String(buffer: self) }
}
