import Doors
import HTTPTypes

/// What a signature covers of a request, exactly as sent: method, path, query, host and headers, not the body.
package struct WireRequest: Sendable {
    package var method: String
    /// Begins with `/`, percent-encoding untouched, no `?`.
    package var rawPath: String
    /// What follows the first `?`, untouched; empty when there is none.
    package var rawQuery: String
    /// The `Host` header or `:authority`, with its port, as sent.
    package var authority: String
    /// All other headers, repeated ones as separate fields in their order.
    package var headers: HTTPFields

    package init(method: String, rawPath: String, rawQuery: String = "", authority: String, headers: HTTPFields = [:]) {
        self.method = method
        self.rawPath = rawPath
        self.rawQuery = rawQuery
        self.authority = authority
        self.headers = headers
    }

    package init(_ request: DoorRequest) {
        self.init(
            method: request.method.rawValue, rawPath: request.rawPath, rawQuery: request.rawQuery, authority: request.authority,
            headers: request.headers)
    }
}
