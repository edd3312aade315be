import HTTPTypes
import Model
import NIOCore

/// The version of TLS that a connection was made with. The raw values are those of S3's logs.
package enum TLSVersion: String, Sendable {
    case v1_2 = "TLSv1.2"
    case v1_3 = "TLSv1.3"

    /// `1.2`.
    package var number: String { String(rawValue.dropFirst(4)) }
}

/// A request as it came over the wire, before any decoding: signatures cover these exact bytes. A class, because it is handed on often
/// and a copy of so many texts would count as many references.
package final class DoorRequest: Sendable {
    package let id: RequestID
    package let method: HTTPRequest.Method
    /// The request target's path as sent, percent-encoding untouched, beginning with `/`, without `?`.
    package let rawPath: String
    /// What follows the first `?`, untouched; empty when there is none.
    package let rawQuery: String
    /// The `Host` header or `:authority`, with its port, as sent; empty when there is none.
    package let authority: String
    /// Nil for a connection in the clear.
    package let tls: TLSVersion?
    package let headers: HTTPFields
    /// The client's IP address, as text.
    package let remoteAddress: String
    /// Declared by `Content-Length`; nil for chunked transfer coding or when there is no body.
    package let contentLength: Int64?
    package let body: any DoorBody
    /// When the request's head had arrived.
    package let arrival: Timestamp

    package init(
        id: RequestID, method: HTTPRequest.Method, rawPath: String, rawQuery: String, authority: String, tls: TLSVersion?,
        headers: HTTPFields, remoteAddress: String, contentLength: Int64?, body: any DoorBody, arrival: Timestamp
    ) {
        self.id = id
        self.method = method
        self.rawPath = rawPath
        self.rawQuery = rawQuery
        self.authority = authority
        self.tls = tls
        self.headers = headers
        self.remoteAddress = remoteAddress
        self.contentLength = contentLength
        self.body = body
        self.arrival = arrival
    }

    package var isSecure: Bool { tls != nil }
}

/// A request's body, read piece by piece with back-pressure by one caller.
///
/// The first `next` sends `100 Continue` to a client that waits for it, so call it only after the head is authorised.
package protocol DoorBody: AnyObject, Sendable {
    /// The next piece (not empty, at most about 1 MiB), or nil at the proper end of the body.
    /// Throws `DoorBodyError` when the client went away or was too slow: what came so far is not a whole body.
    func next() async throws -> ByteBuffer?

    /// Takes memory of the server's budget that stays the request's until its door has answered: `wanted` bytes, or `least` when many
    /// are at work. Returns what was taken, which can be less than `least` when that is a large part of the whole budget. Waits its turn;
    /// throws `DoorBodyError.noMemory` when that takes too long, and `CancellationError` when the client went away. For what a request
    /// needs beside small pieces; ask once, before the memory is used.
    func reserve(_ wanted: Int, least: Int) async throws -> Int

    /// The same for the next piece of a streamed answer, to be asked for before it is read: at most so many bytes should it have. What
    /// was taken for the piece before, which the client has by then, is given back.
    func room(_ wanted: Int) async throws -> Int
}

extension DoorBody {
    package func reserve(_ wanted: Int, least: Int) async throws -> Int { wanted }
    package func room(_ wanted: Int) async throws -> Int { wanted }
}

package enum DoorBodyError: Error, Sendable {
    /// The connection ended before the declared length or the last chunk.
    case incomplete
    /// The client sent less than the least tolerated rate.
    case tooSlow
    /// The server's memory for bodies was taken by others for too long. Nothing is wrong with this request: it may be sent again.
    case noMemory
}

/// A body that is already in memory; for tests and for requests without one.
package final class BufferedBody: DoorBody {
    private let pieces: PieceQueue

    package init(_ pieces: [ByteBuffer] = []) {
        self.pieces = PieceQueue(pieces.filter { $0.readableBytes > 0 })
    }

    package func next() async throws -> ByteBuffer? { pieces.next() }
}
