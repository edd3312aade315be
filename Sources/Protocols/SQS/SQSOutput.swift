import AWSWire
import Bytes
import JSON
import NIOCore

/// An operation's answer, written in either protocol. Where their names differ a field has both.
struct SQSOutput: Sendable {
    struct Field: Sendable {
        let json: String
        let xml: StaticString
        let value: Value
    }

    enum Value: Sendable {
        case text(String)
        case number(Int)
        case flag(Bool)
        /// Base64 in both.
        case binary([UInt8])
        /// A list, flattened in XML: the element repeats.
        case texts([String])
        case structures([SQSOutput])
        /// A map, flattened in XML: `<element><key/><value/></element>` repeats.
        case textMap([(key: String, value: String)], key: StaticString, value: StaticString)
        case structureMap([(key: String, value: SQSOutput)])
    }

    private(set) var fields: [Field] = []

    init() {}

    mutating func add(_ name: StaticString, _ value: Value) {
        fields.append(Field(json: "\(name)", xml: name, value: value))
    }

    mutating func add(_ json: String, xml: StaticString, _ value: Value) {
        fields.append(Field(json: json, xml: xml, value: value))
    }

    mutating func add(_ name: StaticString, _ text: String?) {
        if let text { add(name, .text(text)) }
    }
}

extension SQSOutput {
    var json: JSONValue {
        .object(JSONObject(fields.map { JSONObject.Member($0.json, Self.json($0.value)) }))
    }

    private static func json(_ value: Value) -> JSONValue {
        switch value {
        case .text(let text): .string(text)
        case .number(let number): .integer(number)
        case .flag(let flag): .bool(flag)
        case .binary(let bytes): .string(Base64.encode(bytes))
        case .texts(let texts): .strings(texts)
        case .structures(let structures): .array(structures.map(\.json))
        case .textMap(let pairs, _, _): .object(JSONObject(pairs.map { JSONObject.Member($0.key, .string($0.value)) }))
        case .structureMap(let pairs): .object(JSONObject(pairs.map { JSONObject.Member($0.key, $0.value.json) }))
        }
    }

    /// As the query protocol says it in JSON: maps are lists of pairs.
    var queryJSON: JSONValue {
        .object(JSONObject(fields.map { JSONObject.Member(Self.queryNames[$0.json] ?? $0.json, Self.queryJSON($0.value)) }))
    }

    /// Members that are written otherwise there.
    private static let queryNames = ["Messages": "messages", "QueueUrls": "queueUrls"]

    private static func queryJSON(_ value: Value) -> JSONValue {
        switch value {
        case .structures(let structures): .array(structures.map(\.queryJSON))
        case .textMap(let pairs, let key, let value):
            .array(pairs.map { .object(["\(key)": .string($0.key), "\(value)": .string($0.value)]) })
        case .structureMap(let pairs): .array(pairs.map { .object(["Name": .string($0.key), "Value": $0.value.queryJSON]) })
        default: json(value)
        }
    }

    func write(to xml: inout XMLWriter) {
        for field in fields { Self.write(field, to: &xml) }
    }

    private static func write(_ field: Field, to xml: inout XMLWriter) {
        let name = field.xml
        switch field.value {
        case .text(let text): xml.element(name, text)
        case .number(let number): xml.element(name, number)
        case .flag(let flag): xml.element(name, flag)
        case .binary(let bytes): xml.element(name, Base64.encode(bytes))
        case .texts(let texts): for text in texts { xml.element(name, text) }
        case .structures(let structures): for structure in structures { write(structure, name, to: &xml) }
        case .textMap(let pairs, let key, let value):
            for pair in pairs {
                xml.open(name)
                xml.element(key, pair.key)
                xml.element(value, pair.value)
                xml.close(name)
            }
        case .structureMap(let pairs):
            for pair in pairs {
                xml.open(name)
                xml.element("Name", pair.key)
                write(pair.value, "Value", to: &xml)
                xml.close(name)
            }
        }
    }

    private static func write(_ structure: SQSOutput, _ name: StaticString, to xml: inout XMLWriter) {
        xml.open(name)
        structure.write(to: &xml)
        xml.close(name)
    }
}
