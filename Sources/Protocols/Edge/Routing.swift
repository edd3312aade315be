import Doors
import HTTPTypes
import Model

/// Says which door serves a request.
package protocol DoorRouter: Sendable {
    /// Must not block: called on an event loop for every request.
    func route(_ request: DoorRequest) -> Route
}

/// A door and its name in metrics and logs (`s3`, `sqs`).
package struct Route: Sendable {
    package let name: String
    package let door: any Door

    package init(name: String, door: any Door) {
        self.name = name
        self.door = door
    }
}

/// Watches connections and requests, for metrics and the request log. Called on event loops: must not block.
package protocol EdgeObserver: Sendable {
    func connectionOpened()
    func connectionClosed()
    func exchangeStarted()
    /// Once for each `exchangeStarted`.
    func exchangeFinished(_ record: ExchangeRecord)
    /// A head that was no request: answered with this status, or dropped without one.
    func requestRefused(_ status: HTTPResponse.Status?)
}

/// A request and its answer, told when the last byte of the answer has been handed to the connection, or the connection is gone.
package struct ExchangeRecord: Sendable {
    package enum Outcome: String, Sendable {
        case answered
        /// The client left, or was cut off as too slow, before the whole answer was written.
        case clientGone = "client_gone"
        /// The door could not complete a streamed answer: the connection was cut.
        case cut
    }

    package let id: RequestID
    package let route: String
    package let operation: String
    package let method: HTTPRequest.Method
    package let status: HTTPResponse.Status
    package let outcome: Outcome
    package let bytesIn: Int64
    package let bytesOut: Int64
    /// From the head's arrival.
    package let nanoseconds: UInt64
    package let remoteAddress: String
    package let isHTTP2: Bool
}
