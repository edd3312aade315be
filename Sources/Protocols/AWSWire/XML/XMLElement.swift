import HTTPTypes
import NIOCore

/// An element of a small document. Names come without namespace prefix; `xmlns` attributes are dropped.
package struct XMLElement: Hashable, Sendable {
    package var name: String
    /// All character data directly inside, entities resolved, nothing trimmed.
    package var text: String
    package var children: [XMLElement]
    package var attributes: [Attribute]

    package struct Attribute: Hashable, Sendable {
        package let name: String
        package let value: String

        package init(name: String, value: String) {
            self.name = name
            self.value = value
        }
    }

    package init(name: String, text: String = "", children: [XMLElement] = [], attributes: [Attribute] = []) {
        self.name = name
        self.text = text
        self.children = children
        self.attributes = attributes
    }

    /// The first child of that name.
    package subscript(_ name: String) -> XMLElement? { children.first { $0.name == name } }

    package func children(named name: String) -> [XMLElement] { children.filter { $0.name == name } }

    package func attribute(_ name: String) -> String? { attributes.first { $0.name == name }?.value }

    /// Parses a whole document in UTF-8. Document type declarations, and with them entities of one's own, are refused.
    package static func parse(_ bytes: ByteBuffer, limits: XMLLimits) throws(XMLError) -> XMLElement {
        try bytes.withUnsafeReadableBytes { XMLTreeBuilder.parse($0, limits: limits) }.get()
    }
}

/// What a document may have at most. Text is bounded by the document's bytes.
package struct XMLLimits: Sendable {
    package var bytesMax: Int
    package var elementsMax: Int
    package var depthMax: Int
    package var attributesPerElementMax: Int

    package init(bytesMax: Int, elementsMax: Int = 100_000, depthMax: Int = 32, attributesPerElementMax: Int = 16) {
        self.bytesMax = bytesMax
        self.elementsMax = elementsMax
        self.depthMax = depthMax
        self.attributesPerElementMax = attributesPerElementMax
    }
}

/// Every case is S3's MalformedXML.
package enum XMLError: Error, Hashable, Sendable {
    case tooLarge
    case tooDeep
    case tooManyElements
    case tooManyAttributes
    case declaresDocumentType
    /// expat's own words and the line (from 1).
    case malformed(reason: String, line: Int)

    package var wireError: WireError {
        WireError(
            status: .badRequest, code: "MalformedXML",
            message: "The XML you provided was not well-formed or did not validate against our published schema")
    }
}
