import AWSWire
import Doors
import HTTPTypes
import NIOCore

/// An error as browsers get it from a website: a page in AWS's form, and the code in headers.
struct ErrorPage {
    private let error: S3Error
    private let request: DoorRequest
    private let hostID: String
    /// Why the website's own error document could not be shown.
    var second: S3Error?

    init(_ error: S3Error, _ request: DoorRequest, hostID: String) {
        self.error = error
        self.request = request
        self.hostID = hostID
    }

    static func headers(_ error: S3Error) -> HTTPFields {
        var headers = HTTPFields()
        headers.add(.amzErrorCode, error.code)
        headers.add(.amzErrorMessage, error.wire.message)
        for element in error.wire.elements {
            guard let name = HTTPField.Name("x-amz-error-detail-\(element.name)") else { continue }
            headers.add(name, element.value)
        }
        return headers
    }

    var response: DoorResponse {
        var headers = error.headers
        guard error.status != .notModified else { return S3Reply.empty(.notModified, headers: headers) }
        headers.append(contentsOf: Self.headers(error))
        headers.add(.contentType, "text/html; charset=utf-8")
        guard request.method != .head else { return S3Reply.empty(error.status, headers: headers) }
        return DoorResponse(status: error.status, headers: headers, body: .bytes(page), operation: "")
    }

    /// Line for line as AWS writes it.
    private var page: ByteBuffer {
        let title = "\(error.status.code) \(error.status.reasonPhrase)"
        var html = XMLWriter(declaration: false)
        html.open("html")
        html.text("\n")
        html.open("head")
        html.element("title", title)
        html.close("head")
        html.text("\n")
        html.open("body")
        html.text("\n")
        Self.line("h1", title, to: &html)
        Self.write(error, ["RequestId: \(request.id)", "HostId: \(hostID)"], to: &html)
        if let second {
            Self.line("h3", "An Error Occurred While Attempting to Retrieve a Custom Error Document", to: &html)
            Self.write(second, [], to: &html)
        }
        html.empty("hr")
        html.text("\n")
        html.close("body")
        html.text("\n")
        html.close("html")
        html.text("\n")
        return html.finish()
    }

    private static func write(_ error: S3Error, _ more: [String], to html: inout XMLWriter) {
        html.open("ul")
        html.text("\n")
        let elements = error.wire.elements.map { "\($0.name): \($0.value)" }
        for text in ["Code: \(error.code)", "Message: \(error.wire.message)"] + elements + more { line("li", text, to: &html) }
        html.close("ul")
        html.text("\n")
    }

    private static func line(_ name: StaticString, _ text: String, to html: inout XMLWriter) {
        html.element(name, text)
        html.text("\n")
    }
}
