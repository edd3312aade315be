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

    private var page: ByteBuffer {
        let title = "\(error.status.code) \(error.status.reasonPhrase)"
        var html = XMLWriter(declaration: false)
        html.open("html")
        html.open("head")
        html.element("title", title)
        html.close("head")
        html.open("body")
        html.element("h1", title)
        html.open("ul")
        Self.write(error, to: &html)
        html.element("li", "RequestId: \(request.id)")
        html.element("li", "HostId: \(hostID)")
        html.close("ul")
        if let second {
            html.element("h3", "An Error Occurred While Attempting to Retrieve a Custom Error Document")
            html.open("ul")
            Self.write(second, to: &html)
            html.close("ul")
        }
        html.open("hr")
        html.close("body")
        html.close("html")
        return html.finish()
    }

    private static func write(_ error: S3Error, to html: inout XMLWriter) {
        html.element("li", "Code: \(error.code)")
        html.element("li", "Message: \(error.wire.message)")
        for element in error.wire.elements { html.element("li", "\(element.name): \(element.value)") }
    }
}
