import HTTPTypes
import NIOCore

/// The parameters of an AWS query-protocol request, `Action=...&Attribute.1.Name=...`, as a tree along the dots.
///
/// Source: https://smithy.io/2.0/aws/protocols/aws-query-protocol.html
package struct QueryForm: Sendable {
    package static let parametersMax = 4096
    /// Components of one name.
    static let depthMax = 16

    package let root: QueryNode
    package var action: String? { root["Action"]?.value }
    package var version: String? { root["Version"]?.value }

    /// From a form body or a URL's query; the caller bounds the bytes. Of a repeated name the last wins.
    package static func parse(_ bytes: ByteBuffer, parametersMax: Int = QueryForm.parametersMax) throws(QueryFormError) -> QueryForm {
        let bytes = Array(bytes.readableBytesView)
        var parameters: [Parameter] = []
        for pair in bytes.split(separator: UInt8(ascii: "&")) {
            guard parameters.count < parametersMax else { throw .tooManyParameters }
            parameters.append(try Parameter(pair, position: parameters.count))
        }
        parameters.sort()
        return QueryForm(root: QueryNode(parameters[...], depth: 0))
    }
}

/// A name's place in the tree: its own value, and what stands under it.
package struct QueryNode: Sendable, Hashable {
    package let value: String?
    /// Sorted by name, byte by byte.
    private let children: [Child]

    private struct Child: Sendable, Hashable {
        let name: String
        let node: QueryNode
    }

    package subscript(_ name: String) -> QueryNode? { children.first { $0.name == name }?.node }

    /// The names of what stands directly under this node.
    package var names: [String] { children.map(\.name) }

    /// `Name.1`, `Name.2`, ..., or `Name.member.1`, ..., or `Name.entry.1`, ... in the order of their numbers; empty when absent.
    package func list(_ name: String) -> [QueryNode] {
        guard let base = self[name] else { return [] }
        let list = base["member"] ?? base["entry"] ?? base
        return list.children.compactMap { child in Int(child.name).map { (number: $0, node: child.node) } }
            .sorted { $0.number < $1.number }.map(\.node)
    }

    /// A list of pairs, `Attribute.1.Name=...&Attribute.1.Value=...`. Pairs without a key or a value are left out.
    package func map(_ name: String, key: String = "Name", value: String = "Value") -> [(key: String, value: QueryNode)] {
        list(name).compactMap { pair in
            guard let key = pair[key]?.value, let value = pair[value] else { return nil }
            return (key, value)
        }
    }

    /// - `parameters`: sorted, all with the same first `depth` components.
    fileprivate init(_ parameters: ArraySlice<QueryForm.Parameter>, depth: Int) {
        self.value = parameters.last { $0.path.count == depth }?.value
        var children: [Child] = []
        var rest = parameters.drop { $0.path.count == depth }
        while let first = rest.first {
            let name = first.path[depth]
            let group = rest.prefix { $0.path[depth] == name }
            children.append(Child(name: name.text, node: QueryNode(group, depth: depth + 1)))
            rest = rest.dropFirst(group.count)
        }
        self.children = children
    }
}

package enum QueryFormError: Error, Hashable, Sendable {
    case tooManyParameters
    /// A name of too many components.
    case tooDeep
    /// A broken escape, or not UTF-8.
    case malformed

    package var wireError: WireError {
        WireError(status: .badRequest, code: "MalformedQueryString", message: "The query string contains a syntax error.")
    }
}

extension QueryForm {
    fileprivate struct Parameter: Comparable {
        let path: [Component]
        let value: String
        let position: Int

        init(_ pair: ArraySlice<UInt8>, position: Int) throws(QueryFormError) {
            let equals = pair.firstIndex(of: UInt8(ascii: "=")) ?? pair.endIndex
            guard let name = FormDecoding.decode(pair[..<equals]), let value = FormDecoding.decode(pair[equals...].dropFirst()),
                let value = String(validating: value, as: UTF8.self)
            else { throw .malformed }
            var path: [Component] = []
            for component in name.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false) {
                guard path.count < QueryForm.depthMax else { throw .tooDeep }
                guard let text = String(validating: component, as: UTF8.self) else { throw .malformed }
                path.append(Component(text: text))
            }
            self.path = path
            self.value = value
            self.position = position
        }

        static func == (a: Parameter, b: Parameter) -> Bool { a.path == b.path && a.position == b.position }

        static func < (a: Parameter, b: Parameter) -> Bool {
            a.path == b.path ? a.position < b.position : a.path.lexicographicallyPrecedes(b.path)
        }
    }

    /// A name's part, compared byte by byte.
    fileprivate struct Component: Comparable {
        let text: String

        static func == (a: Component, b: Component) -> Bool { a.text.utf8.elementsEqual(b.text.utf8) }
        static func < (a: Component, b: Component) -> Bool { a.text.utf8.lexicographicallyPrecedes(b.text.utf8) }
    }
}
