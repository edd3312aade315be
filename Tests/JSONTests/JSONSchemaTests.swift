import JSON
import NIOCore
import Testing

@Suite struct JSONSchemaTests {
    static func value(_ text: String) -> JSONValue {
        guard let value = try? JSONValue.parse(ByteBuffer(string: text), limits: JSONLimits(bytesMax: 10_000)) else {
            Issue.record("\(text) is no JSON")
            return .null
        }
        return value
    }

    static func problem(_ schema: String, _ text: String) throws -> String? {
        try JSONSchema(value(schema)).problem(value(text))?.description
    }

    @Test(arguments: [
        (#"{"type":"object"}"#, "{}", "[]"), (#"{"type":["string","null"]}"#, "null", "1"), (#"{"type":"integer"}"#, "2.0", "2.5"),
        (#"{"type":"number"}"#, "2", #""2""#), (#"{"enum":[1,"a"]}"#, #""a""#, #""b""#), (#"{"const":[1]}"#, "[1]", "[2]"),
        (#"{"required":["a"]}"#, #"{"a":1}"#, "{}"), (#"{"properties":{"a":{"type":"boolean"}}}"#, #"{"a":true,"b":1}"#, #"{"a":1}"#),
        (#"{"properties":{"a":true},"additionalProperties":false}"#, #"{"a":1}"#, #"{"b":1}"#),
        (#"{"additionalProperties":{"type":"string"}}"#, #"{"x":"y"}"#, #"{"x":1}"#), (#"{"items":{"minimum":3}}"#, "[3,4]", "[4,2]"),
        (#"{"minItems":1,"maxItems":2}"#, "[1]", "[1,2,3]"), (#"{"minLength":2,"maxLength":3}"#, #""äß""#, #""a""#),
        (#"{"maximum":1e2}"#, "100", "100.5"), ("true", "1", ""), ("false", "", "1"),
    ])
    func keywords(_ schema: String, _ valid: String, _ invalid: String) throws {
        if !valid.isEmpty { #expect(try Self.problem(schema, valid) == nil) }
        if !invalid.isEmpty { #expect(try Self.problem(schema, invalid) != nil) }
    }

    @Test func theProblemNamesItsPlace() throws {
        let schema = #"{"title":"t","properties":{"a":{"items":{"properties":{"b":{"type":"string"}}}}}}"#
        #expect(try Self.problem(schema, #"{"a":[{"b":"x"},{"b":1}]}"#) == "/a/1/b must be of type string")
    }

    @Test(arguments: [
        "1", #"{"type":"text"}"#, #"{"pattern":"x"}"#, #"{"properties":[]}"#, #"{"required":[1]}"#, #"{"minItems":-1}"#, #"{"enum":1}"#,
        #"{"items":{"oneOf":[]}}"#,
    ])
    func whatIsNotCheckedIsRefused(_ schema: String) {
        #expect(throws: JSONSchema.Problem.self) { try JSONSchema(Self.value(schema)) }
    }
}
