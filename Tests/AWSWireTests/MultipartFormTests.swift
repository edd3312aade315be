import AWSWire
import NIOCore
import Testing

@Suite struct MultipartFormTests {
    static let boundary = "----WebKitFormBoundary7MA4YWxkTrZu0gW"

    static func part(_ name: String, _ value: String, _ extra: String = "") -> String {
        "--\(boundary)\r\nContent-Disposition: form-data; name=\"\(name)\"\(extra)\r\n\r\n\(value)\r\n"
    }

    static let end = "--\(boundary)--\r\n"

    /// What a form told: fields as `name=value`, the file as `file NAME: content`.
    func parse(_ body: [UInt8], pieces: Int = .max, contentType: String = "multipart/form-data; boundary=\(boundary)") throws -> [String] {
        var form = MultipartForm(try FormBoundary(contentType: contentType))
        var told: [String] = []
        var file: [UInt8] = []
        var rest = body[...]
        while !rest.isEmpty {
            form.append(ByteBuffer(bytes: rest.prefix(pieces)))
            rest = rest.dropFirst(pieces)
            while let event = try form.next() {
                switch event {
                case .field(let name, let value): told.append("\(name)=\(value)")
                case .file(let name): told.append(name.map { "file \($0)" } ?? "file")
                case .bytes(let bytes): file.append(contentsOf: bytes.readableBytesView)
                case .fileEnd: told[told.count - 1] += ": " + String(decoding: file, as: UTF8.self)
                }
            }
        }
        try form.finish()
        return told
    }

    func parse(_ body: String, pieces: Int = .max) throws -> [String] { try parse(Array(body.utf8), pieces: pieces) }

    /// With everything that looks like a boundary and is none.
    static let content = "\r\n--\(boundary.dropLast())\r\r\n\r\n-\r\n--\r\n--\(boundary.dropLast())\r\n"

    static let whole =
        part("key", "a b") + part("x-amz-meta-\u{FC}", "\u{FC}\r\n") + part("policy", "", "; filename=\"policy\"")
        + part("file", content, "; filename=\"a.txt\"\r\nContent-Type: text/plain") + part("submit", "Upload") + end

    static let told = ["key=a b", "x-amz-meta-\u{FC}=\u{FC}\r\n", "policy=", "file a.txt: \(content)"]

    @Test func splitsAtEveryByte() throws {
        let body = Array(Self.whole.utf8)
        #expect(try parse(body) == Self.told)
        for size in 1...80 { #expect(try parse(body, pieces: size) == Self.told) }
        for cut in 0...body.count {
            var form = MultipartForm(try FormBoundary(contentType: "multipart/form-data; boundary=\(Self.boundary)"))
            var file: [UInt8] = []
            for piece in [body[..<cut], body[cut...]] where !piece.isEmpty {
                form.append(ByteBuffer(bytes: piece))
                while let event = try form.next() {
                    if case .bytes(let bytes) = event { file.append(contentsOf: bytes.readableBytesView) }
                }
            }
            try form.finish()
            #expect(file == Array(Self.content.utf8), "cut at \(cut)")
        }
    }

    @Test func everyShorterBodyIsRefused() throws {
        let body = Array(Self.whole.utf8)
        // The last line's end is not needed.
        for length in 0..<(body.count - 2) {
            #expect(throws: FormError.self, "the first \(length) bytes") { try parse(Array(body.prefix(length))) }
        }
        #expect(try parse(Array(body.dropLast(2))) == Self.told)
    }

    @Test(arguments: [
        ("\"C:\\dir\\a.txt\"", "a.txt"), ("\"/x/y/b\"", "b"), ("\"a\\\"b\"", "a\"b"), ("plain", "plain"), ("\"\"", ""), ("\"a;b\"", "a;b"),
        ("\"dir/\"", ""),
    ])
    func fileNames(_ written: String, _ name: String) throws {
        let told = try parse(Self.part("file", "x", "; filename=\(written)") + Self.end)
        #expect(told == ["file \(name): x"])
    }

    @Test func theNameMakesTheFile() throws {
        let told = try parse(Self.part("key", "k", "; filename=\"key\"") + Self.part("File", "x") + Self.end)
        #expect(told == ["key=k", "file: x"])
        #expect(throws: FormError.fileCount(0)) { try parse(Self.part("key", "k", "; filename=\"file\"") + Self.end) }
        #expect(throws: FormError.fileCount(2)) { try parse(Self.part("file", "x") + Self.part("file", "y") + Self.end) }
    }

    @Test(arguments: [
        "--\(boundary)", "--\(boundary)\r\n", "--\(boundary)x\r\n", "--\(boundary)\r\n\r\nno headers\r\n--\(boundary)--",
        "--\(boundary)\r\nContent-Disposition: attachment; name=\"file\"\r\n\r\n\r\n--\(boundary)--",
        "--\(boundary)\r\nContent-Disposition: form-data; name=\"\"\r\n\r\n\r\n--\(boundary)--",
        "--\(boundary)\r\nContent-Disposition: form-data\r\n\r\n\r\n--\(boundary)--",
        "--\(boundary)\r\nnonsense\r\n\r\n\r\n--\(boundary)--", "", "\r\n", "no boundary at all",
    ])
    func malformedForms(_ body: String) {
        #expect(throws: FormError.malformed) { try parse(body) }
    }

    @Test func fieldsThatAreNoText() throws {
        let body = Array(Self.part("key", "").utf8.dropLast(2)) + [0xFF, 0xFE] + Array(("\r\n" + Self.end).utf8)
        #expect(throws: FormError.malformed) { try parse(body) }
    }

    @Test func fieldsAreBounded() throws {
        let file = Self.part("file", "x") + Self.end
        let most = MultipartForm.fieldBytesMax
        for body in [
            Self.part("key", String(repeating: "a", count: most)) + file, String(repeating: "p", count: most + 1) + "\r\n" + file,
            Self.part("key", "", "; x=\"\(String(repeating: "h", count: most))\"") + file,
            String(repeating: Self.part("key", "v"), count: 300) + file, "--\(Self.boundary)\r\nX: " + String(repeating: "h", count: most),
        ] {
            for size in [1_000, .max] { #expect(throws: FormError.fieldsTooLarge) { try parse(body, pieces: size) } }
        }
        #expect(try parse(Self.part("key", String(repeating: "a", count: most - 1_000)) + file).count == 2)
        #expect(try parse(Self.part("file", String(repeating: "a", count: 10 * most)) + Self.end, pieces: 1_000).count == 1)
        #expect(throws: FormError.fieldsTooLarge, "behind the file too") {
            try parse(Self.part("file", "x") + Self.part("s", "", "; x=\"\(String(repeating: "h", count: most))\"") + Self.end, pieces: 999)
        }
    }

    @Test(
        arguments: [
            ("multipart/form-data; boundary=\(boundary)", nil), ("Multipart/Form-Data;charset=utf-8; BOUNDARY=\"\(boundary)\"", nil),
            ("multipart/form-data", .malformed), ("multipart/form-data; boundary=", .malformed),
            ("multipart/form-data; boundary=\(String(repeating: "b", count: 71))", .malformed), ("text/plain", .wrongContentType),
            ("", .wrongContentType), ("application/x-www-form-urlencoded; boundary=\(boundary)", .wrongContentType),
        ] as [(String, FormError?)])
    func contentTypes(_ contentType: String, _ error: FormError?) throws {
        let body = Array((Self.part("file", "x") + Self.end).utf8)
        guard let error else {
            #expect(try parse(body, contentType: contentType) == ["file: x"])
            return
        }
        #expect(throws: error) { try parse(body, contentType: contentType) }
    }
}
