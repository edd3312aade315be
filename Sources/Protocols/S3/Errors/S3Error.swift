import AWSWire
import HTTPTypes

/// An error as an S3 client gets it, with what belongs to the answer but not to its body.
package struct S3Error: Error, Sendable {
    package var wire: WireError
    /// Further headers of the answer.
    package var headers: HTTPFields = [:]
    /// How Ceph tells it, where it has another form.
    var cephForm: CephForm?
    /// What happened, for the log and never for the client.
    package var cause: String?

    package var code: String { wire.code }
    package var status: HTTPResponse.Status { wire.status }

    package init(_ wire: WireError) {
        self.wire = wire
    }

    init(_ status: HTTPResponse.Status, _ code: String, _ message: String, _ elements: [(String, String)] = []) {
        wire = WireError(status: status, code: code, message: message, elements: elements.map { WireError.Element($0.0, $0.1) })
    }

    func causedBy(_ cause: String) -> S3Error {
        var error = self
        error.cause = cause
        return error
    }
}
