/// What a caller wants to do, named as policies name it: `s3:GetObject`.
///
/// Doors keep one constant per operation, so that naming an action costs nothing on a request's path.
package struct Action: Hashable, Sendable, CustomStringConvertible {
    /// The prefix that policies use: `s3`, `sqs`.
    package let service: String
    /// The API's own name: `GetObject`.
    package let name: String

    package init(service: String, name: String) {
        self.service = service
        self.name = name
    }

    package static func s3(_ name: String) -> Action { Action(service: "s3", name: name) }
    package static func sqs(_ name: String) -> Action { Action(service: "sqs", name: name) }

    package var description: String { "\(service):\(name)" }
}
