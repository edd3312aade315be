#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// As much JSON as the demo needs.
enum JSONText {
    /// The first string under `name`, however deep. Throws `StepFailure` when there is none.
    static func string(_ name: String, in bytes: [UInt8]) throws -> String {
        guard let tree = try? JSONDecoder().decode(Tree.self, from: Data(bytes)), let found = tree.string(name) else {
            throw StepFailure(title: "read the answer", reason: "it has no \(name): \(String(decoding: bytes.prefix(500), as: UTF8.self))")
        }
        return found
    }

    static func quoted(_ text: String) -> String {
        let bytes = (try? JSONEncoder().encode(text)) ?? Data("\"\"".utf8)
        return String(decoding: bytes, as: UTF8.self)
    }

    private enum Tree: Decodable {
        case string(String)
        case object([String: Tree])
        case list([Tree])
        case other

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let text = try? container.decode(String.self) {
                self = .string(text)
            } else if let members = try? container.decode([String: Tree].self) {
                self = .object(members)
            } else if let items = try? container.decode([Tree].self) {
                self = .list(items)
            } else {
                self = .other
            }
        }

        func string(_ name: String) -> String? {
            switch self {
            case .object(let members):
                if case .string(let text)? = members[name] { return text }
                return members.sorted { $0.key < $1.key }.lazy.compactMap { $0.value.string(name) }.first
            case .list(let items): return items.lazy.compactMap { $0.string(name) }.first
            case .string, .other: return nil
            }
        }
    }
}
