import AWSWire
import Doors
import HTTPTypes
import Identity
import Model
import NIOCore
import Objects
import StoragePorts

/// Amazon S3 over HTTP. Each request: find bucket and key, find the operation, prove the caller, run the operation, and turn
/// whatever it threw into S3's error document.
package final class S3Door: Door {
    let configuration: S3Configuration
    let objects: Objects
    let identity: Identity
    let ledger: any Ledger
    let presignedURLs: PresignedURLs
    let signingKeys: SigningKeyCache
    let signatureSettings: SigV4Settings
    /// What was decided about access lately, for explanations.
    package let decisions: DecisionRing
    let userPolicies = UserPolicies()
    let accessLog: AccessLog?

    /// `ledger` is the one that `objects` writes to; the door only waits for its positions. Without `accessLog` nothing is logged.
    package init(
        configuration: S3Configuration, objects: Objects, identity: Identity, ledger: any Ledger,
        signingKeys: SigningKeyCache = SigningKeyCache(), decisions: DecisionRing = DecisionRing(), accessLog: AccessLog? = nil
    ) {
        self.configuration = configuration
        self.objects = objects
        self.identity = identity
        self.ledger = ledger
        self.presignedURLs = PresignedURLs(ledger: ledger)
        self.signingKeys = signingKeys
        self.decisions = decisions
        self.accessLog = accessLog
        self.signatureSettings = SigV4Settings(
            region: objects.region.rawValue, additionalHosts: configuration.additionalHosts)
    }

    package func answer(_ request: DoorRequest) async -> DoorResponse {
        let body = TrackedBody(request)
        var named: S3Target?
        var operation: S3Operation?
        var principal: Principal?
        var errorCode: String?
        var notes: LogNotes?
        var response: DoorResponse
        if let bucket = S3Target.virtualHostBucket(request.authority, configuration.websiteDomains) {
            return await answer(Website(door: self, request: request, body: body, bucket: bucket))
        }
        do {
            let target = try S3Target(
                authority: request.authority, rawPath: request.rawPath, baseDomains: configuration.baseDomains)
            named = target
            let query = QueryItems(rawQuery: SignatureQuery.isAll(of: request.rawQuery) ? "" : request.rawQuery)
            let isObjectResponse = request.method == .post && request.rawPath == S3Router.objectResponsePath
            let found =
                isObjectResponse
                ? .writeGetObjectResponse
                : try S3Router.route(request.method, target.level, query, hasCopySource: request.headers.contains(.amzCopySource))
            operation = found
            notes = self.notes(found, target)
            guard query.isWellFormed else { throw S3Error.invalidURI(request.rawPath) }
            response = try await run(found, request, target, query, body, notes, &principal)
        } catch {
            let error = S3ErrorMap.s3Error(for: error).told(in: configuration.dialect)
            errorCode = error.code
            response = refusal(error, to: request)
        }
        if let named, operation != .preflight, request.headers.contains(.origin) {
            await CORSHeaders.add(to: &response, request, named, objects)
        }
        response.operation = operation?.rawValue ?? S3Operation.unknownName
        if let named { log(&response, request, operation, named, principal, errorCode, notes) }
        await complete(&response, request, body)
        return response
    }

    private func answer(_ website: Website) async -> DoorResponse {
        let target = S3Target(bucket: website.bucket, key: Array(website.request.rawPath.utf8.dropFirst()))
        var response: DoorResponse
        if website.request.method == .options {
            do {
                response = try await Preflight.answer(website.request, target, objects)
            } catch {
                response = refusal(S3ErrorMap.s3Error(for: error), to: website.request)
            }
        } else {
            response = await website.answer()
            if website.request.headers.contains(.origin) { await CORSHeaders.add(to: &response, website.request, target, objects) }
        }
        response.operation = S3Operation.website.rawValue
        log(&response, website.request, .website, target, nil, response.headers[.amzErrorCode], nil)
        await complete(&response, website.request, website.body)
        return response
    }

    private func complete(_ response: inout DoorResponse, _ request: DoorRequest, _ body: TrackedBody) async {
        response.headers.append(HTTPField(name: .amzRequestID, value: request.id.description))
        response.headers.append(HTTPField(name: .amzID2, value: configuration.hostID(of: request.id)))
        if await body.settle() { response.closesConnection = true }
    }

    private func run(
        _ operation: S3Operation, _ request: DoorRequest, _ target: S3Target, _ query: QueryItems, _ body: TrackedBody,
        _ notes: LogNotes?, _ principal: inout Principal?
    ) async throws -> DoorResponse {
        // Neither is signed by a header: a browser asks first, and a form carries its own policy.
        if operation == .preflight { return try await Preflight.answer(request, target, objects) }
        if operation == .postObject { return try await PostObject.answer(self, request, target, query, body, &principal) }
        let caller = try authenticate(request)
        principal = caller.principal
        let call = try S3Call(
            door: self, request: request, operation: operation, target: target, query: query, caller: caller, body: body,
            notes: notes)
        if call.groups.contains(.wait) { try await call.waitForPosition() }
        if call.groups.contains(.asOf) { try AsOfHeader.checkAcceptance(call) }
        if call.groups.contains(.expectedOwner) { try await call.checkExpectedOwner() }
        do {
            var response = try await call.performWithinLimits()
            if call.groups.contains(.payer), let charged = await call.requestCharged() { response.headers.append(charged) }
            return response
        } catch {
            throw call.namingMethod(await call.concealed(error))
        }
    }

    private func refusal(_ error: S3Error, to request: DoorRequest) -> DoorResponse {
        if let cause = error.cause { configuration.report(request.id, cause) }
        var headers = error.headers
        guard request.method != .head, error.status != .notModified else {
            return DoorResponse(status: error.status, headers: headers, operation: "")
        }
        headers.append(HTTPField(name: .contentType, value: S3ErrorBody.contentType))
        let document = S3ErrorBody.write(
            error.wire, resource: nil, requestID: request.id.description, hostID: configuration.hostID(of: request.id))
        return DoorResponse(status: error.status, headers: headers, body: .bytes(document), operation: "")
    }
}
