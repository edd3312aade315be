import CExpat

/// Builds the tree out of expat's callbacks. The first broken limit stops the parser, so that what comes after costs nothing.
final class XMLTreeBuilder {
    private let parser: XML_Parser
    private let limits: XMLLimits
    private var open: [XMLElement] = []
    private var root: XMLElement?
    private var elements = 0
    private var failure: XMLError?

    static func parse(_ bytes: UnsafeRawBufferPointer, limits: XMLLimits) -> Result<XMLElement, XMLError> {
        guard bytes.count <= limits.bytesMax, let length = Int32(exactly: bytes.count) else { return .failure(.tooLarge) }
        // An encoding given here wins over the document's own declaration.
        guard let parser = XML_ParserCreate("UTF-8") else { return .failure(.malformed(reason: "out of memory", line: 0)) }
        defer { XML_ParserFree(parser) }
        let builder = XMLTreeBuilder(parser, limits: limits)
        return withExtendedLifetime(builder) { builder.run(bytes, length: length) }
    }

    private init(_ parser: XML_Parser, limits: XMLLimits) {
        self.parser = parser
        self.limits = limits
    }

    private func run(_ bytes: UnsafeRawBufferPointer, length: Int32) -> Result<XMLElement, XMLError> {
        XML_SetUserData(parser, Unmanaged.passUnretained(self).toOpaque())
        XML_SetElementHandler(
            parser, { builder, name, attributes in XMLTreeBuilder.of(builder)?.start(name, attributes) },
            { builder, _ in XMLTreeBuilder.of(builder)?.end() })
        XML_SetCharacterDataHandler(parser) { builder, text, count in XMLTreeBuilder.of(builder)?.characters(text, count) }
        XML_SetStartDoctypeDeclHandler(parser) { builder, _, _, _, _ in XMLTreeBuilder.of(builder)?.fail(.declaresDocumentType) }
        let status = XML_Parse(parser, bytes.baseAddress?.assumingMemoryBound(to: CChar.self), length, 1)
        if let failure { return .failure(failure) }
        guard status == XML_STATUS_OK, let root else { return .failure(malformed()) }
        return .success(root)
    }

    private static func of(_ pointer: UnsafeMutableRawPointer?) -> XMLTreeBuilder? {
        pointer.map { Unmanaged<XMLTreeBuilder>.fromOpaque($0).takeUnretainedValue() }
    }

    private func fail(_ error: XMLError) {
        if failure == nil { failure = error }
        XML_StopParser(parser, 0)
    }

    private func malformed() -> XMLError {
        let reason = XML_ErrorString(XML_GetErrorCode(parser)).map { String(cString: $0) } ?? "no element found"
        return .malformed(reason: reason, line: Int(XML_GetCurrentLineNumber(parser)))
    }

    private func start(_ name: UnsafePointer<CChar>?, _ attributes: UnsafeMutablePointer<UnsafePointer<CChar>?>?) {
        // expat may still deliver what it has at hand after a stop.
        guard failure == nil, let name else { return }
        elements += 1
        if elements > limits.elementsMax { return fail(.tooManyElements) }
        if open.count >= limits.depthMax { return fail(.tooDeep) }
        var element = XMLElement(name: Self.localName(name))
        var index = 0
        while let attributes, let key = attributes[index], let value = attributes[index + 1] {
            index += 2
            if index / 2 > limits.attributesPerElementMax { return fail(.tooManyAttributes) }
            let name = String(cString: key)
            if name == "xmlns" || name.hasPrefix("xmlns:") { continue }
            element.attributes.append(.init(name: Self.localName(key), value: String(cString: value)))
        }
        open.append(element)
    }

    private func end() {
        guard failure == nil, let element = open.popLast() else { return }
        if open.isEmpty {
            root = element
        } else {
            open[open.count - 1].children.append(element)
        }
    }

    private func characters(_ text: UnsafePointer<CChar>?, _ count: Int32) {
        guard failure == nil, let text, !open.isEmpty else { return }
        let bytes = UnsafeRawBufferPointer(start: text, count: Int(count))
        open[open.count - 1].text += String(decoding: bytes, as: UTF8.self)
    }

    private static func localName(_ name: UnsafePointer<CChar>) -> String {
        let full = String(cString: name)
        guard let colon = full.utf8.lastIndex(of: UInt8(ascii: ":")) else { return full }
        return String(full[full.utf8.index(after: colon)...])
    }
}
