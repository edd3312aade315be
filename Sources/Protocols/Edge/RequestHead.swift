import HTTPTypes
import NIOHTTP1

/// A request's head after the checks that no door should have to repeat.
struct RequestHead {
    let method: HTTPRequest.Method
    let target: RequestTarget
    let authority: String
    let fields: HTTPFields
    let contentLength: Int64?
    /// Chunked, or a stream of HTTP/2 without a declared length.
    let hasUnknownLength: Bool
    let hasBody: Bool
    let expectsContinue: Bool

    /// Throws the status with which the head is refused.
    init(_ head: HTTPRequestHead, isHTTP2: Bool, _ known: inout KnownFields) throws(HeadRefusal) {
        guard let method = HTTPRequest.Method(rawValue: head.method.rawValue), head.method != .CONNECT else {
            throw HeadRefusal(.methodNotAllowed)
        }
        guard let target = RequestTarget(head.uri) else { throw HeadRefusal(.badRequest) }
        self.method = method
        self.target = target
        var scan = FieldScan()
        for (name, value) in head.headers {
            guard let (field, role) = known.field(name, value) else { throw HeadRefusal(.badRequest) }
            try scan.take(field, value, role, isHTTP2: isHTTP2)
        }
        guard scan.hosts == 1 || (scan.hosts == 0 && head.version == .http1_0) else { throw HeadRefusal(.badRequest) }
        self.authority = target.authority ?? scan.host
        self.fields = scan.fields
        self.contentLength = scan.contentLength
        self.hasUnknownLength = scan.isChunked && scan.contentLength == nil
        self.hasBody = scan.isChunked || (scan.contentLength ?? 0) > 0
        self.expectsContinue = scan.expectsContinue && head.version != .http1_0
    }
}

/// A head that is answered here, before any door sees it.
struct HeadRefusal: Error {
    let status: HTTPResponse.Status

    init(_ status: HTTPResponse.Status) {
        self.status = status
    }
}

private struct FieldScan {
    var fields = HTTPFields()
    var hosts = 0
    var host = ""
    var contentLength: Int64?
    var isChunked = false
    var expectsContinue = false

    init() {
        fields.reserveCapacity(16)
    }

    mutating func take(_ field: HTTPField, _ value: String, _ role: KnownFields.Role, isHTTP2: Bool) throws(HeadRefusal) {
        switch role {
        case .host:
            hosts += 1
            host = value
        case .contentLength:
            guard let length = Self.length(value), contentLength == nil || contentLength == length else {
                throw HeadRefusal(.badRequest)
            }
            contentLength = length
        case .transferEncoding:
            isChunked = true
            // The codec of HTTP/2 puts it in where no length was declared; the client did not send it.
            if isHTTP2 { return }
            guard value.lowercased() == "chunked" else { throw HeadRefusal(.notImplemented) }
        case .expect:
            // Any other expectation may be passed over (RFC 9110, section 10.1.1), and S3's clients rely on that.
            if value.lowercased() == "100-continue" { expectsContinue = true }
        case .other:
            break
        }
        fields.append(field)
    }

    /// Digits only: `Int64.init` would take a sign.
    private static func length(_ text: String) -> Int64? {
        guard !text.isEmpty, text.utf8.allSatisfy({ $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }) else { return nil }
        return Int64(text)
    }
}
