import AWSWire
import Bytes
import JSON
import NIOCore

/// What was parsed is written and parsed again: the same tree.
package func fuzzXML(_ bytes: UnsafeRawBufferPointer) {
    let limits = XMLLimits(bytesMax: 1 << 16, elementsMax: 200, depthMax: 32, attributesPerElementMax: 4)
    guard let first = try? XMLElement.parse(ByteBuffer(bytes: bytes), limits: limits) else { return }
    guard let plain = withoutAttributes(first) else { return }
    var writer = XMLWriter()
    writer.write(plain)
    let roomy = XMLLimits(bytesMax: 1 << 20, elementsMax: 200, depthMax: 32)
    guard let second = try? XMLElement.parse(writer.finish(), limits: roomy) else { preconditionFailure("what was written does not parse") }
    precondition(second == plain, "XML changes when it is written and parsed")
}

/// Nil for names that lose their form with their prefix, such as `a:1`.
private func withoutAttributes(_ element: XMLElement) -> XMLElement? {
    guard let first = element.name.unicodeScalars.first, first.isASCII, first.properties.isAlphabetic else { return nil }
    var children: [XMLElement] = []
    for child in element.children {
        guard let child = withoutAttributes(child) else { return nil }
        children.append(child)
    }
    return XMLElement(name: element.name, text: element.text, children: children)
}

/// Parse, write, parse: the same value; write again: the same bytes.
package func fuzzJSON(_ bytes: UnsafeRawBufferPointer) {
    let limits = JSONLimits(bytesMax: 1 << 16, valuesMax: 1000)
    guard let first = try? JSONValue.parse(ByteBuffer(bytes: bytes), limits: limits) else { return }
    let written = first.bytes
    let roomy = JSONLimits(bytesMax: 1 << 20, valuesMax: 1000)
    guard let second = try? JSONValue.parse(written, limits: roomy) else { preconditionFailure("what was written does not parse") }
    precondition(second == first, "JSON changes when it is written and parsed")
    precondition(second.bytes == written, "JSON is written in two ways")
}

/// Decoded items, encoded and parsed again, are the same items; the form's tree can be walked whole.
package func fuzzQuery(_ bytes: UnsafeRawBufferPointer) {
    if let form = try? QueryForm.parse(ByteBuffer(bytes: bytes), parametersMax: 256) {
        precondition(count(form.root, depth: 0) <= 256 * 16 + 1)
        _ = form.root.list("Entry")
        _ = form.root.map("Attribute")
        _ = ServiceClassifier.classify(form: form)
    }
    let items = QueryItems(rawQuery: String(decoding: bytes, as: UTF8.self)).all
    let encoded = items.map { item in
        let name = PercentEncoding.encode(Array(item.name.utf8), keepingSlash: false)
        return item.value.map { name + "=" + PercentEncoding.encode(Array($0.utf8), keepingSlash: false) } ?? name
    }
    let again = QueryItems(rawQuery: encoded.joined(separator: "&")).all
    // A name that is empty and has no `=` cannot be sent.
    let sendable = items.filter { !($0.name.isEmpty && $0.value == nil) }
    precondition(sendable.count == again.count, "query items get lost")
    for (a, b) in zip(sendable, again) {
        precondition(a.name == b.name && a.value == b.value, "query items change")
    }
}

private func count(_ node: QueryNode, depth: Int) -> Int {
    precondition(depth <= 16, "the tree is too deep")
    return node.names.reduce(1) { $0 + count(node[$1]!, depth: depth + 1) }
}
