import AWSWire
import Crypto
import Doors
import HTTPTypes
import Identity
import JSON
import Model
import NIOCore

/// What `roost` commands ask of a running server: a JSON object over POST, signed by a root key of the server's own account for the
/// service `roost`; `X-Amz-Target: Roost.CreateUser` names the operation. docs/admin.md lists them.
package struct AdminDoor: Door {
    /// The service's name in credential scopes.
    package static let service = "roost"
    private static let targetPrefix = "Roost."
    /// A policy document of `IdentityLimits.policyBytesMax`, each byte of which may be escaped.
    private static let inputLimits = JSONLimits(bytesMax: 1 << 20, valuesMax: 10_000)

    private let keys: RootKeys
    private let root: Principal
    private let region: Region
    private let hostNames: [String]
    private let operations: AdminOperations

    /// `root` is the principal that the keys speak for.
    package init(keys: RootKeys, root: Principal, region: Region, hostNames: [String], operations: AdminOperations) {
        self.keys = keys
        self.root = root
        self.region = region
        self.hostNames = hostNames
        self.operations = operations
    }

    package func answer(_ request: DoorRequest) async -> DoorResponse {
        var name = "Unknown"
        do {
            let signed = try signature(request)
            let body = try await read(request)
            try prove(signed, request, body)
            let target = HTTPField.Name("x-amz-target").flatMap { request.headers[$0] } ?? ""
            let asked = target.hasPrefix(Self.targetPrefix) ? String(target.dropFirst(Self.targetPrefix.count)) : ""
            guard let operation = operations[asked] else {
                throw AdminError(.badRequest, "UnknownOperationException", "known are \(operations.names.joined(separator: ", "))")
            }
            name = asked
            let origin = IdentityOrigin(principal: root, requestID: request.id, sourceIP: request.remoteAddress)
            let output = try await operation(AdminCall(input: try input(body), origin: origin))
            return json(.ok, .object(output), name)
        } catch {
            let error = AdminError(error)
            return json(error.status, .object(["__type": .string(error.type), "message": .string(error.message)]), name)
        }
    }

    private func input(_ body: [UInt8]) throws -> JSONObject {
        if body.isEmpty { return JSONObject() }
        guard let value = try? JSONValue.parse(ByteBuffer(bytes: body), limits: Self.inputLimits), let object = value.object else {
            throw AdminError(.badRequest, "SerializationException", "the body must be a JSON object")
        }
        return object
    }

    private func read(_ request: DoorRequest) async throws -> [UInt8] {
        _ = try await request.body.reserve(2 * Self.inputLimits.bytesMax, least: 2 * Self.inputLimits.bytesMax)
        var body: [UInt8] = []
        while let piece = try await request.body.next() {
            body.append(contentsOf: piece.readableBytesView)
            guard body.count <= Self.inputLimits.bytesMax else {
                throw AdminError(.badRequest, "SerializationException", "the body is too large")
            }
        }
        return body
    }

    /// Looked at before the body is read, so that strangers cannot fill memory.
    private func signature(_ request: DoorRequest) throws -> SignedRequest {
        let signed: SignedRequest?
        do {
            signed = try SigV4.parse(WireRequest(request))
        } catch {
            throw AdminError(.forbidden, "AccessDenied", "the signature is not valid: \(error)")
        }
        guard let signed, signed.accessKeyID == keys.accessKeyID else {
            throw AdminError(.forbidden, "AccessDenied", "only the root's key may do this")
        }
        return signed
    }

    private func prove(_ signed: SignedRequest, _ request: DoorRequest, _ body: [UInt8]) throws {
        do {
            _ = try signed.verify(
                signingKey: SigningKey(secret: keys.secretAccessKey, scope: signed.scope), now: request.arrival,
                settings: SigV4Settings(region: region.rawValue, additionalHosts: hostNames), service: Self.service,
                bodySHA256: body.isEmpty ? nil : Array(SHA256.hash(data: body)))
        } catch {
            throw AdminError(.forbidden, "AccessDenied", "the signature is not valid: \(error)")
        }
    }

    private func json(_ status: HTTPResponse.Status, _ value: JSONValue, _ operation: String) -> DoorResponse {
        DoorResponse(
            status: status, headers: [.contentType: "application/x-amz-json-1.0"], body: .bytes(value.bytes), operation: operation,
            closesConnection: status == .badRequest)
    }
}
