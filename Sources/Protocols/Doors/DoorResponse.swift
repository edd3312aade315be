import HTTPTypes
import NIOCore

/// An answer. Edge adds `Date`, `Server` and, unless a header of the same name is set, `Content-Length`.
package struct DoorResponse: Sendable {
    package var status: HTTPResponse.Status
    package var headers: HTTPFields
    package var body: DoorResponseBody
    /// The operation's name (`PutObject`), for logs and metrics; never a raw path.
    package var operation: String
    /// The connection is closed after this answer, because the rest of the request's body was not read.
    package var closesConnection: Bool

    package init(
        status: HTTPResponse.Status, headers: HTTPFields = [:], body: DoorResponseBody = .empty, operation: String,
        closesConnection: Bool = false
    ) {
        self.status = status
        self.headers = headers
        self.body = body
        self.operation = operation
        self.closesConnection = closesConnection
    }
}

package enum DoorResponseBody: Sendable {
    case empty
    case bytes(ByteBuffer)
    /// `length` bytes, or an unknown number sent in chunks, produced with back-pressure. A throw from `produce` cuts
    /// the connection, so that the client sees a broken body and never a short one that looks whole.
    case stream(length: Int64?, produce: @Sendable (any DoorBodyWriter) async throws -> Void)
}

/// Where a streamed body goes. `write` returns when the connection takes more.
package protocol DoorBodyWriter: Sendable {
    func write(_ piece: ByteBuffer) async throws
}
