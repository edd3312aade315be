/// A JSON schema, as far as Roost checks one: of JSON Schema 2020-12 the keywords `type`, `enum`, `const`, `properties`, `required`,
/// `additionalProperties`, `items`, `minItems`, `maxItems`, `minLength`, `maxLength`, `minimum`, `maximum`; annotations are allowed. Any
/// other keyword is refused when the schema is read, so that none is ever passed over.
///
/// Source: https://json-schema.org/draft/2020-12/json-schema-validation
package indirect enum JSONSchema: Hashable, Sendable {
    /// `true` and `false`.
    case always(Bool)
    case rules(JSONSchemaRules)

    /// What a schema's problem is and where.
    package struct Problem: Error, Hashable, Sendable, CustomStringConvertible {
        /// As a JSON pointer's path: `/items/name`; empty for the whole.
        package let path: String
        package let text: String

        package var description: String { (path.isEmpty ? "the document" : path) + " " + text }
    }

    private static let depthMax = 32

    /// Throws `Problem` for what is no schema, or one that asks for more than is checked.
    package init(_ value: JSONValue, path: String = "", depth: Int = 0) throws(Problem) {
        guard depth < Self.depthMax else { throw Problem(path: path, text: "is nested too deeply") }
        if let answer = value.bool {
            self = .always(answer)
            return
        }
        guard let object = value.object else { throw Problem(path: path, text: "is no schema: an object or a boolean") }
        self = .rules(try JSONSchemaRules(object, path: path, depth: depth))
    }

    /// The first thing in which `value` is not as the schema says; nil when it is valid.
    package func problem(_ value: JSONValue, path: String = "") -> Problem? {
        switch self {
        case .always(let isValid): isValid ? nil : Problem(path: path, text: "must not be there")
        case .rules(let rules): rules.problem(value, path: path)
        }
    }
}

package struct JSONSchemaRules: Hashable, Sendable {
    private static let annotations: Set<String> = ["$schema", "$id", "$comment", "title", "description", "default", "examples"]
    private static let types: Set<String> = ["null", "boolean", "object", "array", "number", "integer", "string"]

    private var types: Set<String>?
    private var values: [JSONValue]?
    private var properties: [String: JSONSchema] = [:]
    private var required: [String] = []
    private var others: JSONSchema?
    private var items: JSONSchema?
    private var counts: [String: Int] = [:]
    private var bounds: [String: Double] = [:]

    init(_ object: JSONObject, path: String, depth: Int) throws(JSONSchema.Problem) {
        for member in object.members where !Self.annotations.contains(member.name) {
            let (value, place) = (member.value, path + "/" + member.name)
            switch member.name {
            case "type": types = try Self.readTypes(value, place)
            case "enum": values = try Self.list(value, place)
            case "const": values = [value]
            case "required":
                for name in try Self.list(value, place) {
                    guard let name = name.string else { throw JSONSchema.Problem(path: place, text: "must be a list of names") }
                    required.append(name)
                }
            case "properties":
                guard let members = value.object?.members else { throw JSONSchema.Problem(path: place, text: "must be an object") }
                for inner in members {
                    properties[inner.name] = try JSONSchema(inner.value, path: place + "/" + inner.name, depth: depth + 1)
                }
            case "additionalProperties": others = try JSONSchema(value, path: place, depth: depth + 1)
            case "items": items = try JSONSchema(value, path: place, depth: depth + 1)
            case "minItems", "maxItems", "minLength", "maxLength":
                guard let count = value.int64, let count = Int(exactly: count), count >= 0 else {
                    throw JSONSchema.Problem(path: place, text: "must be a number of zero and up")
                }
                counts[member.name] = count
            case "minimum", "maximum":
                guard let bound = Self.number(value) else { throw JSONSchema.Problem(path: place, text: "must be a number") }
                bounds[member.name] = bound
            default: throw JSONSchema.Problem(path: place, text: "is a keyword that is not checked here")
            }
        }
    }

    private static func readTypes(_ value: JSONValue, _ path: String) throws(JSONSchema.Problem) -> Set<String> {
        let names = value.string.map { [$0] } ?? (value.array ?? []).compactMap(\.string)
        guard !names.isEmpty, types.isSuperset(of: names) else {
            throw JSONSchema.Problem(path: path, text: "must be one or more of JSON's types")
        }
        return Set(names)
    }

    private static func list(_ value: JSONValue, _ path: String) throws(JSONSchema.Problem) -> [JSONValue] {
        guard let list = value.array else { throw JSONSchema.Problem(path: path, text: "must be a list") }
        return list
    }

    private static func number(_ value: JSONValue) -> Double? {
        if case .number(let text) = value { Double(text) } else { nil }
    }

    func problem(_ value: JSONValue, path: String) -> JSONSchema.Problem? {
        func fault(_ text: String) -> JSONSchema.Problem { JSONSchema.Problem(path: path, text: text) }
        if let types, types.isDisjoint(with: value.schemaTypes) {
            return fault("must be of type \(types.sorted().joined(separator: " or "))")
        }
        if let values, !values.contains(value) { return fault("is none of the values that are allowed") }
        switch value {
        case .object(let object): return problem(of: object, path: path)
        case .array(let elements):
            if let least = counts["minItems"], elements.count < least { return fault("must have at least \(least) items") }
            if let most = counts["maxItems"], elements.count > most { return fault("must have at most \(most) items") }
            guard let items else { return nil }
            for (index, element) in elements.enumerated() {
                if let problem = items.problem(element, path: "\(path)/\(index)") { return problem }
            }
            return nil
        case .string(let text):
            let length = text.unicodeScalars.count
            if let least = counts["minLength"], length < least { return fault("must have at least \(least) characters") }
            if let most = counts["maxLength"], length > most { return fault("must have at most \(most) characters") }
            return nil
        case .number:
            guard let number = Self.number(value) else { return nil }
            if let least = bounds["minimum"], number < least { return fault("must be at least \(least)") }
            if let most = bounds["maximum"], number > most { return fault("must be at most \(most)") }
            return nil
        case .null, .bool: return nil
        }
    }

    private func problem(of object: JSONObject, path: String) -> JSONSchema.Problem? {
        let names = Set(object.members.map(\.name))
        if let missing = required.first(where: { !names.contains($0) }) {
            return JSONSchema.Problem(path: path, text: "must have \"\(missing)\"")
        }
        for member in object.members {
            guard let schema = properties[member.name] ?? others else { continue }
            if let problem = schema.problem(member.value, path: path + "/" + member.name) { return problem }
        }
        return nil
    }
}

extension JSONValue {
    /// The schema's names of the value's type: a number without fraction is an integer too.
    fileprivate var schemaTypes: Set<String> {
        switch self {
        case .null: ["null"]
        case .bool: ["boolean"]
        case .object: ["object"]
        case .array: ["array"]
        case .string: ["string"]
        case .number(let text): Double(text).map { $0 == $0.rounded() } == true ? ["number", "integer"] : ["number"]
        }
    }
}
