import NIOCore

/// Takes a browser's form apart, piece by piece: fields whole, the file's bytes as they come. Memory is bounded by `fieldBytesMax` and
/// the piece at hand, however the body is cut.
///
/// Which part is the file tells its name, `file`: some clients give every field a file name. What follows the file is not told, but
/// must be well-formed up to the last boundary.
/// Sources: RFC 7578; RFC 2046, section 5.1
package struct MultipartForm: Sendable {
    /// Everything before the file's content, boundaries and part headers included.
    /// Source: https://docs.aws.amazon.com/AmazonS3/latest/API/RESTObjectPOST.html
    package static let fieldBytesMax = 20 * 1024

    package enum Event: Hashable, Sendable {
        case field(name: String, value: String)
        /// The file's bytes follow. The name is the last element of the client's path; nil when it gave none.
        case file(name: String?)
        /// Never empty.
        case bytes(ByteBuffer)
        case fileEnd
    }

    private enum State: Sendable {
        case preamble
        /// Behind a boundary: the last one, or a line's end.
        case boundary
        case headers
        case value(name: String)
        case file
        /// In a part behind the file.
        case skipped
        case epilogue
    }

    private static let headersEnd = Array("\r\n\r\n".utf8)
    private static let lineEnd = Array("\r\n".utf8)

    private let delimiter: [UInt8]
    /// What came and was not yet understood. Begins with the line's end that the first boundary needs.
    private var pending = ByteBuffer(string: "\r\n")
    private var state = State.preamble
    /// Consumed outside of the file's content.
    private var fieldBytes = 0
    private var hasFile = false

    package init(_ boundary: FormBoundary) {
        delimiter = boundary.delimiter
    }

    /// Call `next` until it gives nil after each piece.
    package mutating func append(_ piece: ByteBuffer) {
        if case .epilogue = state { return }
        if pending.readableBytes == 0 {
            pending = piece
        } else if pending.readerIndex <= pending.readableBytes {
            pending.writeImmutableBuffer(piece)
        } else {
            // What was read goes with the old storage, so that none grows with the body.
            var joined = ByteBuffer()
            joined.reserveCapacity(pending.readableBytes + piece.readableBytes)
            joined.writeImmutableBuffer(pending)
            joined.writeImmutableBuffer(piece)
            pending = joined
        }
    }

    /// Nil: more is needed. After an error the form is of no use.
    package mutating func next() throws(FormError) -> Event? {
        while true {
            switch state {
            case .preamble:
                guard try take(upTo: delimiter) != nil else { return nil }
                state = .boundary
            case .boundary: guard try passBoundary() else { return nil }
            case .headers:
                guard let event = try headers() else { return nil }
                if case .some(let file) = event { return file }
            case .value(let name):
                guard let value = try take(upTo: delimiter) else { return nil }
                state = .boundary
                return .field(name: name, value: try Self.text(value))
            case .file:
                if let bytes = content() { return .bytes(bytes) }
                guard case .boundary = state else { return nil }
                return .fileEnd
            case .skipped:
                if content() != nil { continue }
                guard case .boundary = state else { return nil }
            case .epilogue: return nil
            }
        }
    }

    /// Call at the body's end. Throws `.malformed` without the last boundary, `.fileCount(0)` without a file.
    package func finish() throws(FormError) {
        guard case .epilogue = state else { throw .malformed }
        guard hasFile else { throw .fileCount(0) }
    }

    /// The bytes before `mark`, which is passed too; nil while it did not come.
    private mutating func take(upTo mark: [UInt8]) throws(FormError) -> ByteBuffer? {
        guard case .found(let count) = pending.search(mark) else {
            guard fieldBytes + pending.readableBytes <= Self.fieldBytesMax else { throw .fieldsTooLarge }
            return nil
        }
        try consume(count + mark.count)
        let bytes = pending.readSlice(length: count)
        pending.moveReaderIndex(forwardBy: mark.count)
        return bytes
    }

    private mutating func consume(_ count: Int) throws(FormError) {
        fieldBytes += count
        guard fieldBytes <= Self.fieldBytesMax else { throw .fieldsTooLarge }
    }

    private mutating func passBoundary() throws(FormError) -> Bool {
        guard pending.readableBytes >= 2 else { return false }
        let next = pending.readBytes(length: 2) ?? []
        try consume(2)
        switch next {
        case Array("--".utf8):
            state = .epilogue
            pending = ByteBuffer()
        case Self.lineEnd:
            // Given back: an empty list of headers ends with two line ends in a row, this being the first.
            pending.moveReaderIndex(to: pending.readerIndex - 2)
            fieldBytes -= 2
            state = .headers
        default: throw .malformed
        }
        return true
    }

    /// Nil while the headers are not all there; else the event that they are, if they are one.
    private mutating func headers() throws(FormError) -> Event?? {
        guard let block = try take(upTo: Self.headersEnd) else { return nil }
        let part = try FormPart(String(buffer: block))
        guard part.isFile else {
            state = hasFile ? .skipped : .value(name: part.name)
            return .some(nil)
        }
        guard !hasFile else { throw .fileCount(2) }
        hasFile = true
        fieldBytes = 0
        state = .file
        return .some(.file(name: part.fileName))
    }

    /// Content of the present part as far as it is certain to be that; at its end the state changes. The boundary may stand across pieces,
    /// so an end that it could begin with waits for more.
    private mutating func content() -> ByteBuffer? {
        let count: Int
        switch pending.search(delimiter) {
        case .found(let before):
            if before == 0 {
                pending.moveReaderIndex(forwardBy: delimiter.count)
                fieldBytes = 0
                state = .boundary
                return nil
            }
            count = before
        case .absent(let certain): count = certain
        }
        return count == 0 ? nil : pending.readSlice(length: count)
    }

    private static func text(_ bytes: ByteBuffer) throws(FormError) -> String {
        guard let text = String(validating: bytes.readableBytesView, as: UTF8.self) else { throw .malformed }
        return text
    }
}

/// What the headers of one part say.
private struct FormPart {
    let name: String
    /// Without the folders that some browsers send.
    let fileName: String?

    var isFile: Bool { name.lowercased() == "file" }

    init(_ block: String) throws(FormError) {
        for line in block.split(separator: "\r\n") {
            guard let colon = line.utf8.firstIndex(of: UInt8(ascii: ":")) else { throw .malformed }
            guard line[..<colon].lowercased() == "content-disposition" else { continue }
            var parameters = HeaderParameters(String(line[line.utf8.index(after: colon)...]))
            guard parameters.value.lowercased() == "form-data" else { throw .malformed }
            var found: [String: String] = [:]
            while let (name, value) = parameters.next() { found[name] = value }
            guard let name = found["name"], !name.isEmpty else { throw .malformed }
            self.name = name
            fileName = found["filename"].map { path in
                String(path.split(omittingEmptySubsequences: false) { $0 == "/" || $0 == "\\" }.last ?? "")
            }
            return
        }
        throw .malformed
    }
}

private enum SearchOutcome {
    /// So many bytes stand before the mark.
    case found(Int)
    /// The mark is not there; so many bytes cannot be the beginning of it.
    case absent(certain: Int)
}

extension ByteBuffer {
    /// `mark` begins with CR, which nothing else in it is but at the place of a line's end.
    fileprivate func search(_ mark: [UInt8]) -> SearchOutcome {
        withUnsafeReadableBytes { bytes in
            var start = 0
            while let place = bytes[start...].firstIndex(of: mark[0]) {
                let there = bytes[place...].prefix(mark.count)
                if there.elementsEqual(mark.prefix(there.count)) {
                    return there.count == mark.count ? .found(place) : .absent(certain: place)
                }
                start = place + 1
            }
            return .absent(certain: bytes.count)
        }
    }
}
