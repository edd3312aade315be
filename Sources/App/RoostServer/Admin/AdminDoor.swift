import AWSWire
import Crypto
import Doors
import Environment
import HTTPTypes
import Model
import NIOCore

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// What `roost` commands ask of a running server: JSON over POST, signed by the root's key for the service `roost`.
///
/// `X-Amz-Target: Roost.BackUp` with `{"target": "/absolute/path"}` answers `{"lsn": N}` when the backup is durable.
package struct AdminDoor: Door {
    /// The service's name in credential scopes.
    package static let service = "roost"
    private static let bodyBytesMax = 64 * 1024

    private let keys: RootKeys
    private let region: Region
    private let hostNames: [String]
    /// Writes a backup into a folder of the server's machine; returns its position.
    private let backUp: @Sendable (String) async throws -> LSN

    package init(
        keys: RootKeys, region: Region, hostNames: [String], backUp: @escaping @Sendable (String) async throws -> LSN
    ) {
        self.keys = keys
        self.region = region
        self.hostNames = hostNames
        self.backUp = backUp
    }

    package func answer(_ request: DoorRequest) async -> DoorResponse {
        guard let body = await read(request) else {
            return refusal(.badRequest, "SerializationException", "the body is too large or broken")
        }
        do {
            guard try isRoot(request, body) else { return refusal(.forbidden, "AccessDenied", "only the root's key may do this") }
        } catch {
            return refusal(.forbidden, "AccessDenied", "the signature is not valid: \(error)")
        }
        guard HTTPField.Name("x-amz-target").flatMap({ request.headers[$0] }) == "Roost.BackUp" else {
            return refusal(.badRequest, "UnknownOperationException", "known is Roost.BackUp")
        }
        guard let asked = try? JSONDecoder().decode(BackUpRequest.self, from: Data(body)), asked.target.hasPrefix("/") else {
            return refusal(.badRequest, "ValidationException", "target must be an absolute path")
        }
        do {
            let position = try await backUp(asked.target)
            return json(.ok, #"{"lsn":\#(position)}"#)
        } catch {
            return refusal(.internalServerError, "BackUpFailed", "\(error)")
        }
    }

    private struct BackUpRequest: Decodable {
        let target: String
    }

    private func read(_ request: DoorRequest) async -> [UInt8]? {
        var body: [UInt8] = []
        while true {
            guard let next = try? await request.body.next() as ByteBuffer?? else { return nil }
            guard let piece = next else { return body }
            body.append(contentsOf: piece.readableBytesView)
            if body.count > Self.bodyBytesMax { return nil }
        }
    }

    private func isRoot(_ request: DoorRequest, _ body: [UInt8]) throws -> Bool {
        guard let signed = try SigV4.parse(WireRequest(request)), signed.accessKeyID == keys.accessKeyID else { return false }
        _ = try signed.verify(
            signingKey: SigningKey(secret: keys.secretAccessKey, scope: signed.scope), now: request.arrival,
            settings: SigV4Settings(region: region.rawValue, additionalHosts: hostNames), service: Self.service,
            bodySHA256: body.isEmpty ? nil : Array(SHA256.hash(data: body)))
        return true
    }

    private func refusal(_ status: HTTPResponse.Status, _ type: String, _ message: String) -> DoorResponse {
        let text = (try? JSONEncoder().encode(["__type": type, "message": message])) ?? Data()
        return json(status, String(decoding: text, as: UTF8.self))
    }

    private func json(_ status: HTTPResponse.Status, _ text: String) -> DoorResponse {
        DoorResponse(
            status: status, headers: [.contentType: "application/x-amz-json-1.0"], body: .bytes(ByteBuffer(string: text)),
            operation: "BackUp", closesConnection: status == .badRequest)
    }
}
