import NIOCore

/// The parameters of an AWS query-protocol request, `Action=...&Attribute.1.Name=...`, as a tree along the dots.
package struct QueryForm: Sendable {
    package static let parametersMax = 4096

    package let root: QueryNode
    package var action: String? { root["Action"]?.value }
    package var version: String? { root["Version"]?.value }

    /// From a form body or a URL's query. A repeated name: the last wins.
    package static func parse(_ bytes: ByteBuffer, parametersMax: Int = QueryForm.parametersMax) throws(QueryFormError) -> QueryForm {
        fatalError()
    }
}

package struct QueryNode: Sendable, Hashable {
    package var value: String?
    package subscript(_ name: String) -> QueryNode? { fatalError() }
    /// `Name.1`, `Name.2`, ... or `Name.member.1`, ..., or `Name.entry.1`, ... in the order of their numbers; empty when absent.
    package func list(_ name: String) -> [QueryNode] { fatalError() }
    /// A flattened or `entry` list of pairs: `Attribute.1.Name`, `Attribute.1.Value`.
    package func map(_ name: String, key: String = "Name", value: String = "Value") -> [(key: String, value: QueryNode)] { fatalError() }
}

package enum QueryFormError: Error, Hashable, Sendable {
    case tooManyParameters
    case tooDeep
    case malformed
}
