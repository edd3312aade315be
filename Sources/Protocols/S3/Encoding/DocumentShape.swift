import AWSWire
import NIOCore

/// What an element of a document may hold, for documents of which nothing but their form matters.
indirect enum DocumentShape: Sendable {
    /// Text alone, which has to pass.
    case text(@Sendable (String) -> Bool)
    /// These elements, in any order.
    case all([Member])
    /// Exactly one of these.
    case one([Member])

    struct Member: Sendable {
        let name: StaticString
        let count: ClosedRange<Int>
        let shape: DocumentShape

        init(_ name: StaticString, _ count: ClosedRange<Int> = 1...1, _ shape: DocumentShape = .anyText) {
            self.name = name
            self.count = count
            self.shape = shape
        }
    }

    static let anyText = DocumentShape.text { _ in true }

    static func oneOf(_ texts: String...) -> DocumentShape { .text { texts.contains($0) } }

    /// Writes what stands within the element, in the shape's order. Throws `MalformedXML` for what does not have the shape.
    func write(_ element: XMLElement, to xml: inout XMLWriter) throws(S3Error) {
        switch self {
        case .text(let accepts):
            guard element.children.isEmpty, accepts(element.text) else { throw .malformedXML }
            xml.text(element.text)
        case .all(let members):
            try write(members, of: element, to: &xml)
        case .one(let members):
            guard element.children.count == 1 else { throw .malformedXML }
            try write(members.filter { $0.name.description == element.children[0].name }, of: element, to: &xml)
        }
    }

    private func write(_ members: [Member], of element: XMLElement, to xml: inout XMLWriter) throws(S3Error) {
        var left = element.children.count
        for member in members {
            let found = element.children(named: member.name.description)
            guard member.count.contains(found.count) else { throw .malformedXML }
            left -= found.count
            for child in found {
                xml.open(member.name)
                try member.shape.write(child, to: &xml)
                xml.close(member.name)
            }
        }
        guard left == 0 else { throw .malformedXML }
    }
}
