import HTTPTypes
import JSON

/// An error as a client sees it, whatever the envelope: `S3ErrorBody`, `QueryErrorBody` and `JSONErrorBody` write it.
package struct WireError: Error, Sendable {
    package var status: HTTPResponse.Status
    package var code: String
    package var message: String
    /// Further elements of S3's XML body, in order.
    package var elements: [Element]

    package struct Element: Hashable, Sendable {
        package let name: String
        package let value: String

        package init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    package init(status: HTTPResponse.Status, code: String, message: String, elements: [Element] = []) {
        self.status = status
        self.code = code
        self.message = message
        self.elements = elements
    }

    /// The client's fault (`Sender`) or the server's (`Receiver`).
    package var isSenderFault: Bool { status.code < 500 }
}

extension JSONError {
    package var wireError: WireError {
        WireError(status: .badRequest, code: "SerializationException", message: "The request body is not valid JSON.")
    }
}
