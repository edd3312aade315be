import AWSWire
import Doors
import HTTPTypes
import Identity
import Model
import NIOCore
import Objects

/// A browser's form on its way in: its fields are known, its file's bytes still to come.
struct PostForm {
    /// Names in lower case, in the form's order, none twice; `${filename}` is replaced.
    let fields: [PostField]
    private var parser: MultipartForm
    private let body: TrackedBody

    /// Reads up to the file. Throws `PreconditionFailed` for another content type, `MalformedPOSTRequest`,
    /// `MaxPostPreDataLengthExceeded`, `InvalidArgument` for a form without a file.
    init(_ request: DoorRequest, _ body: TrackedBody) async throws {
        do {
            parser = MultipartForm(try FormBoundary(contentType: request.headers[.contentType]))
            self.body = body
            var fields: [PostField] = []
            while let event = try await Self.next(&parser, body) {
                switch event {
                case .field(let name, let value):
                    let name = name.lowercased()
                    guard !fields.contains(where: { $0.name == name }) else { throw S3Error.repeatedField(name) }
                    fields.append(PostField(name: name, value: value))
                case .file(let fileName):
                    // A file that is a plain field has no name to put in.
                    self.fields = fileName.map { name in fields.map { $0.naming(name) } } ?? fields
                    return
                case .bytes, .fileEnd: throw FormError.malformed
                }
            }
            throw FormError.fileCount(0)
        } catch let error as FormError {
            throw S3Error(error)
        }
    }

    subscript(name: String) -> String? { fields.first { $0.name == name }?.value }

    /// Throws `InvalidArgument` in AWS's words.
    func required(_ name: String) throws(S3Error) -> String {
        guard let value = self[name.lowercased()] else { throw .missingField(name) }
        return value
    }

    /// The file's next bytes, never empty; nil when the form ended as it should.
    mutating func nextBytes() async throws -> ByteBuffer? {
        do {
            while let event = try await Self.next(&parser, body) {
                if case .bytes(let bytes) = event { return bytes }
            }
            return nil
        } catch let error as FormError {
            throw S3Error(error)
        }
    }

    /// Nil at the form's proper end.
    private static func next(_ parser: inout MultipartForm, _ body: TrackedBody) async throws -> MultipartForm.Event? {
        while true {
            if let event = try parser.next() { return event }
            guard let piece = try await body.next() else {
                try parser.finish()
                return nil
            }
            parser.append(piece)
        }
    }
}

extension PostForm {
    /// What the fields say of the object, as the headers that a PUT would say it with; `metadata` apart, whose values no header holds.
    func headers() throws(S3Error) -> HTTPFields {
        var headers = HTTPFields()
        for field in fields {
            guard let name = Self.headerName(field.name) else { continue }
            guard let parsed = HTTPField.Name(name) else {
                throw .invalidArgument("The name of the field is not valid", name: field.name, value: field.value)
            }
            if !field.name.hasPrefix(AttributeHeaders.metadataPrefix) { headers.append(HTTPField(name: parsed, value: field.value)) }
        }
        return headers
    }

    /// The object's own names and values, every character as it came.
    var metadata: [UserMetadata] {
        fields.filter { $0.name.hasPrefix(AttributeHeaders.metadataPrefix) }.map {
            UserMetadata(name: String($0.name.dropFirst(AttributeHeaders.metadataPrefix.count)), value: $0.value)
        }
    }

    private static func headerName(_ field: String) -> String? {
        switch field {
        case "acl": "x-amz-acl"
        case "cache-control", "content-type", "content-disposition", "content-encoding", "content-language", "content-md5", "expires": field
        case "x-amz-algorithm", "x-amz-credential", "x-amz-date", "x-amz-signature", "x-amz-security-token": nil
        default: field.hasPrefix("x-amz-") ? field : nil
        }
    }
}

extension PostField {
    /// With the file's name in place of `${filename}`; the policy is signed as it is.
    fileprivate func naming(_ fileName: String) -> PostField {
        guard name != "policy", value.contains("${filename}") else { return self }
        return PostField(name: name, value: value.replacing("${filename}", with: fileName))
    }
}

extension S3Error {
    init(_ error: FormError) {
        switch error {
        case .wrongContentType: self = .preconditionFailed("Bucket POST must be of the enclosure-type multipart/form-data")
        case .malformed:
            self = S3Error(
                .badRequest, "MalformedPOSTRequest", "The body of your POST request is not well-formed multipart/form-data.")
        case .fieldsTooLarge:
            self = S3Error(
                .badRequest, "MaxPostPreDataLengthExceeded",
                "Your POST request fields preceeding the upload file was too large.",
                [("MaxPostPreDataLengthBytes", String(MultipartForm.fieldBytesMax))])
        case .fileCount(let count):
            self = .invalidArgument("POST requires exactly one file upload per request.", name: "file", value: String(count))
        }
    }

    static func missingField(_ name: String) -> S3Error {
        .invalidArgument(
            "Bucket POST must contain a field named '\(name)'.  If it is specified, please check the order of the fields.", name: name,
            value: "")
    }

    static func repeatedField(_ name: String) -> S3Error {
        .invalidArgument("Bucket POST must contain only one field of this name.", name: name, value: "")
    }
}
