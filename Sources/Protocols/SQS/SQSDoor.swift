import AWSWire
import Crypto
import Doors
import HTTPTypes
import Identity
import Model
import NIOCore
import Queues
import StoragePorts

/// Amazon SQS over HTTP: the JSON 1.0 protocol of today's SDKs and the query protocol of older ones. Each request: prove the
/// caller, decode, run the operation, and write its answer or error in the protocol that the request came in.
package final class SQSDoor: Door {
    let configuration: SQSConfiguration
    let queues: Queues
    let identity: Identity
    let ledger: any Ledger
    private let signingKeys: SigningKeyCache
    private let signatureSettings: SigV4Settings

    /// `ledger` is the one that `queues` writes to; the door only waits for its positions.
    package init(
        configuration: SQSConfiguration = SQSConfiguration(), queues: Queues, identity: Identity, ledger: any Ledger,
        signingKeys: SigningKeyCache = SigningKeyCache()
    ) {
        self.configuration = configuration
        self.queues = queues
        self.identity = identity
        self.ledger = ledger
        self.signingKeys = signingKeys
        self.signatureSettings = SigV4Settings(
            region: identity.region.rawValue, additionalHosts: configuration.additionalHosts)
    }

    package func answer(_ request: DoorRequest) async -> DoorResponse {
        let body = SQSBody(request)
        let format = SQSFormat(request)
        var operation: (any SQSOperation.Type)?
        var response: DoorResponse
        do {
            let (principal, region) = try await authenticate(request, body)
            let envelope = try SQSEnvelope(request, format, body.bytes)
            operation = SQSOperations.named(envelope.action, atQueue: format.isQuery && QueuePath.namesQueue(request.rawPath))
            guard let operation else { throw SQSOperations.refusal(of: envelope.action, format) }
            try await waitForPosition(request)
            let call = SQSCall(
                door: self, request: request, input: envelope.input, format: format, principal: principal, region: region)
            response = format.response(try await operation.run(call), of: operation.wire, request.id)
        } catch {
            let (known, cause) = SQSErrorMap.map(error)
            if let cause { configuration.report(request.id, cause) }
            response = format.response(known, request.id)
        }
        response.operation = operation?.wire.name ?? "Unknown"
        response.headers.append(HTTPField(name: .xAmznRequestID, value: request.id.description))
        response.closesConnection = await !body.settle()
        return response
    }

    /// Finds the caller before the body is read, so that strangers cannot fill memory, and proves it afterwards, because the
    /// body's hash is signed. Returns the region too that the request is signed for.
    private func authenticate(_ request: DoorRequest, _ body: SQSBody) async throws -> (Principal, Region) {
        guard let signed = try SigV4.parse(WireRequest(request), dialect: .of(service: SQSNames.service)) else {
            throw SQSError.missingAuthentication
        }
        guard let credential = identity.credential(for: signed.accessKeyID) else {
            throw SigV4Error.unknownAccessKey(signed.accessKeyID)
        }
        guard signed.securityToken == nil else { throw SQSError.invalidToken }
        try await body.read()
        let key = signingKeys.key(accessKeyID: credential.accessKeyID, secret: credential.secretAccessKey, scope: signed.scope)
        let hash = body.bytes.withUnsafeReadableBytes { $0.isEmpty ? nil : Array(SHA256.hash(data: $0)) }
        _ = try signed.verify(
            signingKey: key, now: request.arrival, settings: signatureSettings, service: SQSNames.service, bodySHA256: hash)
        guard let region = queues.engine.region(signed.scope.region) else {
            throw SigV4Error.wrongRegion(signed.form, sent: signed.scope.region, expected: queues.engine.region.rawValue)
        }
        return (credential.principal, region)
    }

    /// `x-roost-wait-lsn: N`: goes on once commit N can be read.
    private func waitForPosition(_ request: DoorRequest) async throws(SQSError) {
        guard let text = request.headers.value(of: .roostWaitLSN) else { return }
        guard let position = UInt64(text) else {
            throw .invalidParameter("Value \(text) for header x-roost-wait-lsn is invalid. Reason: Must be a position.")
        }
        if ledger.applied >= LSN(position) { return }
        guard await ledger.waitUntilApplied(LSN(position), timeout: SQSLimits.waitTimeoutMax) else {
            throw .unavailable("The position that x-roost-wait-lsn names is not reached yet. Try again later.")
        }
    }
}
