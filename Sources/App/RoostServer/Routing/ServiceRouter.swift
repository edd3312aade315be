import Doors
import Edge
import HTTPTypes
import Model
import NIOCore

/// Which AWS service a request is meant for.
package enum ServiceChoice: Sendable, Equatable {
    /// By its name in credential scopes: `s3`, `sqs`.
    case service(String)
    /// An unsigned form: its body has to be read to know.
    case unknownUntilFormIsRead
}

/// Tells services apart. Pure: called for every request.
package protocol ServiceNaming: Sendable {
    func service(of request: DoorRequest) -> ServiceChoice
    /// Nil when the form names no known service.
    func service(ofForm body: [UInt8]) -> String?
}

/// Sends each request to the built-in answers or to its service's door.
package struct ServiceRouter: DoorRouter {
    private let builtIn: Route
    private let doors: [String: Route]
    private let form: Route
    private let unknown: Route
    private let naming: any ServiceNaming

    /// `doors` by the service's name.
    package init(builtIn: BuiltInDoor, doors: [String: any Door], naming: any ServiceNaming) {
        self.builtIn = Route(name: "builtin", door: builtIn)
        let routes = Dictionary(uniqueKeysWithValues: doors.map { ($0.key, Route(name: $0.key, door: $0.value)) })
        self.doors = routes
        self.unknown = Route(name: "unknown", door: UnknownServiceDoor())
        self.form = Route(name: "form", door: FormDoor(doors: doors, naming: naming))
        self.naming = naming
    }

    package func route(_ request: DoorRequest) -> Route {
        if BuiltInDoor.isMeant(request) { return builtIn }
        switch naming.service(of: request) {
        case .service(let name): return doors[name] ?? unknown
        case .unknownUntilFormIsRead: return form
        }
    }
}

/// Reads an unsigned form, finds out whose it is and passes it on with its body in memory.
struct FormDoor: Door {
    /// No door grants anything to an unsigned form: it is read to be refused in its service's words. So nobody needs a larger one, and
    /// strangers cannot fill memory.
    static let formBytesMax = 64 * 1024

    let doors: [String: any Door]
    let naming: any ServiceNaming

    func answer(_ request: DoorRequest) async -> DoorResponse {
        var form = ByteBuffer()
        do {
            guard request.contentLength ?? 0 <= Self.formBytesMax else { return Self.tooLarge }
            while let piece = try await request.body.next() {
                form.writeImmutableBuffer(piece)
                guard form.readableBytes <= Self.formBytesMax else { return Self.tooLarge }
            }
        } catch {
            return DoorResponse(status: .badRequest, operation: "Form", closesConnection: true)
        }
        let read = DoorRequest(
            id: request.id, method: request.method, rawPath: request.rawPath, rawQuery: request.rawQuery, authority: request.authority,
            tls: request.tls, headers: request.headers, remoteAddress: request.remoteAddress,
            contentLength: request.contentLength, body: BufferedBody([form]), arrival: request.arrival)
        let door = doors[naming.service(ofForm: Array(form.readableBytesView)) ?? "s3"] ?? UnknownServiceDoor()
        return await door.answer(read)
    }

    private static let tooLarge = DoorResponse(status: .contentTooLarge, operation: "Form", closesConnection: true)
}

/// Answers for the services that Roost does not have: 501 in the shape that the client's protocol expects.
struct UnknownServiceDoor: Door {
    func answer(_ request: DoorRequest) async -> DoorResponse {
        let message = "Roost does not have this service."
        let isJSON = request.headers[HTTPField.Name.amzTarget] != nil
        let body =
            isJSON
            ? #"{"__type":"NotImplemented","message":"\#(message)"}"#
            : "<ErrorResponse><Error><Type>Sender</Type><Code>NotImplemented</Code><Message>\(message)</Message></Error>"
                + "<RequestId>\(request.id)</RequestId></ErrorResponse>"
        var headers: HTTPFields = [.contentType: isJSON ? "application/x-amz-json-1.0" : "text/xml"]
        headers[HTTPField.Name.amznRequestID] = request.id.description
        return DoorResponse(
            status: .notImplemented, headers: headers, body: .bytes(ByteBuffer(string: body)), operation: "Unknown")
    }
}

extension HTTPField.Name {
    fileprivate static let amzTarget = HTTPField.Name("x-amz-target").unsafelyKnown
    fileprivate static let amznRequestID = HTTPField.Name("x-amzn-requestid").unsafelyKnown
}

extension Optional where Wrapped == HTTPField.Name {
    /// For names written in this file.
    fileprivate var unsafelyKnown: HTTPField.Name {
        guard let self else { preconditionFailure("not a header's name") }
        return self
    }
}
