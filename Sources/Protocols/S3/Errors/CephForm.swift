import AWSWire
import HTTPTypes

/// How Ceph tells a refusal for which AWS has another status or code, for clients that look at them. The refusal is the same.
struct CephForm: Sendable {
    let status: HTTPResponse.Status
    let code: String
    /// Also sent.
    let header: HTTPField?
}

extension S3Error {
    /// Stands where the error is defined, so that both forms are read together.
    func inCeph(_ status: HTTPResponse.Status, _ code: String, header: HTTPField? = nil) -> S3Error {
        var error = self
        error.cephForm = CephForm(status: status, code: code, header: header)
        return error
    }

    func told(in dialect: S3Dialect) -> S3Error {
        guard dialect == .ceph, let cephForm else { return self }
        var error = self
        error.wire.status = cephForm.status
        error.wire.code = cephForm.code
        if let header = cephForm.header { error.headers.append(header) }
        return error
    }
}
