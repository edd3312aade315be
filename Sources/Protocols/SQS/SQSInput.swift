import AWSWire
import Bytes
import JSON
import NIOCore

/// A request's parameters, whichever protocol they came in. Names are the JSON protocol's; where the query protocol's differ,
/// the accessor takes both.
enum SQSInput: Sendable {
    case json(JSONObject)
    case query(QueryNode)

    /// A text, or nil when absent or null. Throws `SerializationException` for another type.
    func string(_ name: String) throws(SQSError) -> String? {
        switch self {
        case .json(let object):
            guard let value = object[name], !value.isNull else { return nil }
            guard let string = value.string else { throw .serialization("\(name) must be a string.") }
            return string
        case .query(let node): return node[name]?.value
        }
    }

    func requiredString(_ name: String) throws(SQSError) -> String {
        guard let string = try string(name) else { throw .missingParameter(name) }
        return string
    }

    func integer(_ name: String) throws(SQSError) -> Int? {
        switch self {
        case .json(let object):
            guard let value = object[name], !value.isNull else { return nil }
            guard let number = value.int64 else { throw .serialization("\(name) must be an integer.") }
            return Int(number)
        case .query(let node):
            guard let text = node[name]?.value else { return nil }
            guard let number = Int(text) else {
                throw .invalidParameter("Value \(text) for parameter \(name) is invalid. Reason: Must be an integer.")
            }
            return number
        }
    }

    /// Bytes, in Base64 in both protocols.
    func binary(_ name: String) throws(SQSError) -> [UInt8]? {
        guard let text = try string(name) else { return nil }
        guard let bytes = Base64.decode(text) else { throw .serialization("\(name) must be Base64.") }
        return bytes
    }

    /// Texts in their order; empty when absent.
    func strings(_ name: String, query: String) throws(SQSError) -> [String] {
        switch self {
        case .json(let object):
            guard let value = object[name], !value.isNull else { return [] }
            guard let array = value.array else { throw .serialization("\(name) must be a list.") }
            var strings: [String] = []
            for element in array {
                guard let string = element.string else { throw .serialization("\(name) must hold strings.") }
                strings.append(string)
            }
            return strings
        case .query(let node): return node.list(query).compactMap(\.value)
        }
    }

    /// Structures in their order; empty when absent.
    func structures(_ name: String, query: String) throws(SQSError) -> [SQSInput] {
        switch self {
        case .json(let object):
            guard let value = object[name], !value.isNull else { return [] }
            guard let array = value.array else { throw .serialization("\(name) must be a list.") }
            var structures: [SQSInput] = []
            for element in array {
                guard let object = element.object else { throw .serialization("\(name) must hold structures.") }
                structures.append(.json(object))
            }
            return structures
        case .query(let node): return node.list(query).map { .query($0) }
        }
    }

    /// Pairs of texts; empty when absent. In the query protocol `query.N.key` and `query.N.value`.
    func strings(
        map name: String, query: String, key: String = "Name", value: String = "Value"
    ) throws(SQSError) -> [(key: String, value: String)] {
        switch self {
        case .json(let object):
            var pairs: [(key: String, value: String)] = []
            for member in try members(of: object, name) {
                guard let string = member.value.string else { throw .serialization("\(name) must hold strings.") }
                pairs.append((member.name, string))
            }
            return pairs
        case .query(let node): return node.map(query, key: key, value: value).map { ($0.key, $0.value.value ?? "") }
        }
    }

    /// Structures by name; empty when absent.
    func structures(map name: String, query: String) throws(SQSError) -> [(key: String, value: SQSInput)] {
        switch self {
        case .json(let object):
            var pairs: [(key: String, value: SQSInput)] = []
            for member in try members(of: object, name) {
                guard let object = member.value.object else { throw .serialization("\(name) must hold structures.") }
                pairs.append((member.name, .json(object)))
            }
            return pairs
        case .query(let node): return node.map(query).map { ($0.key, .query($0.value)) }
        }
    }

    private func members(of object: JSONObject, _ name: String) throws(SQSError) -> [JSONObject.Member] {
        guard let value = object[name], !value.isNull else { return [] }
        guard let map = value.object else { throw .serialization("\(name) must be a map.") }
        return map.members
    }
}
