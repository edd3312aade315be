import AWSWire
import NIOCore

/// The outcome is the same however the body is cut into pieces, and a form that says the same in another order of bytes is understood
/// the same way again.
package func fuzzMultipartForm(_ bytes: UnsafeRawBufferPointer) {
    let body = Array(bytes)
    let whole = parse(body, pieces: max(body.count, 1))
    for size in [1, 2, 3, 7, 64] {
        precondition(parse(body, pieces: size) == whole, "the outcome depends on how the body is cut")
    }
    roundTrip(body)
}

private struct Outcome: Equatable {
    var fields: [String] = []
    var fileName: String?
    var file: [UInt8] = []
    var hasEnded = false
    var error: FormError?
}

private let boundary: FormBoundary = {
    guard let boundary = try? FormBoundary(contentType: "multipart/form-data; boundary=b") else { preconditionFailure("a boundary") }
    return boundary
}()

/// What a refused form told before does not count.
private func parse(_ body: [UInt8], pieces: Int) -> Outcome {
    var form = MultipartForm(boundary)
    var outcome = Outcome()
    do throws(FormError) {
        var rest = body[...]
        while !rest.isEmpty {
            form.append(ByteBuffer(bytes: rest.prefix(pieces)))
            rest = rest.dropFirst(pieces)
            while let event = try form.next() { outcome.add(event) }
        }
        try form.finish()
    } catch {
        return Outcome(error: error)
    }
    precondition(outcome.hasEnded && outcome.fileName != nil, "a form without a whole file was taken")
    return outcome
}

extension Outcome {
    fileprivate mutating func add(_ event: MultipartForm.Event) {
        switch event {
        case .field(let name, let value):
            precondition(fileName == nil, "a field was told behind the file")
            precondition(!name.isEmpty)
            fields.append("\(name)=\(value)")
        case .file(let name):
            precondition(fileName == nil, "two files")
            fileName = name ?? ""
        case .bytes(let piece):
            precondition(fileName != nil && !hasEnded && piece.readableBytes > 0)
            file.append(contentsOf: piece.readableBytesView)
        case .fileEnd:
            precondition(fileName != nil && !hasEnded)
            hasEnded = true
        }
    }
}

/// Any bytes that do not hold the boundary come through as a file.
private func roundTrip(_ content: [UInt8]) {
    let text = Array(
        "--b\r\nContent-Disposition: form-data; name=\"k\"\r\n\r\nv\r\n--b\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\n".utf8)
    let outcome = parse(text + content + Array("\r\n--b--".utf8), pieces: 5)
    guard !(Array("\r\n".utf8) + content + Array("\r".utf8)).holds(Array("\r\n--b".utf8)) else { return }
    precondition(outcome == Outcome(fields: ["k=v"], fileName: "", file: content, hasEnded: true, error: nil), "a file was changed")
}

extension [UInt8] {
    fileprivate func holds(_ other: [UInt8]) -> Bool {
        indices.contains { self[$0...].starts(with: other) }
    }
}
