import AWSWire
import Doors
import HTTPTypes
import Identity
import Model

/// Who sent a request, and how its body is to be checked.
struct Caller: Sendable {
    let principal: Principal
    let payload: PayloadMode
    /// What signed chunks go on from; version 2 has none.
    let seed: SeedSignature?
    let isPresigned: Bool
    /// Of a URL that version 4 signed; version 2's says neither when it was made nor what it limits.
    var presigned: PresignedSignature?
    /// That version 4 signed for: at AWS, the one whose endpoint takes the request.
    var region: Region?

    /// By Signature Version 4.
    var isVersion4: Bool { seed != nil }
}

extension S3Door {
    /// Throws S3's form of every refusal. Who does not sign is anonymous.
    func authenticate(_ request: DoorRequest) throws(S3Error) -> Caller {
        do {
            return try prove(WireRequest(request), at: request.arrival)
        } catch let error as SigV4Error {
            throw S3ErrorMap.map(error)
        } catch let error as S3Error {
            throw error
        } catch {
            throw S3Error.internalError.causedBy("\(error)")
        }
    }

    private func prove(_ request: WireRequest, at now: Timestamp) throws -> Caller {
        if let signed = try SigV2.parse(request) { return try prove(signed, request, at: now) }
        guard let signed = try SigV4.parse(request) else { return try anonymous(request) }
        guard let credential = identity.credential(for: signed.accessKeyID) else {
            throw SigV4Error.unknownAccessKey(signed.accessKeyID)
        }
        guard signed.securityToken == nil else { throw S3Error.invalidToken }
        let key = signingKeys.key(
            accessKeyID: credential.accessKeyID, secret: credential.secretAccessKey, scope: signed.scope)
        let seed = try signed.verify(signingKey: key, now: now, settings: signatureSettings, service: "s3")
        var presigned: PresignedSignature?
        if let seconds = signed.expiresSeconds {
            guard !credential.isURLRevoked(made: signed.time) else { throw S3Error.urlRevoked }
            presigned = PresignedSignature(made: signed.time, expires: signed.time + .seconds(seconds), text: signed.signatureText)
        }
        return Caller(
            principal: credential.principal, payload: signed.payload, seed: seed, isPresigned: presigned != nil, presigned: presigned,
            region: Region(stored: signed.scope.region))
    }

    /// Nobody signs for the payload either.
    private func anonymous(_ request: WireRequest) throws -> Caller {
        let payload = try PayloadMode.declared(by: request) ?? .unsigned
        guard payload != .streamingSigned, payload != .streamingSignedTrailer else { throw S3Error.accessDenied }
        return Caller(principal: identity.anonymous, payload: payload, seed: nil, isPresigned: false)
    }

    private func prove(_ signed: SigV2, _ request: WireRequest, at now: Timestamp) throws -> Caller {
        guard let credential = identity.credential(for: signed.accessKeyID) else {
            throw SigV4Error.unknownAccessKey(signed.accessKeyID)
        }
        let bucket = S3Target.virtualHostBucket(request.authority, configuration.baseDomains)
        try signed.verify(secret: credential.secretAccessKey, virtualHostBucket: bucket, now: now)
        let payload = try PayloadMode.declared(by: request) ?? .unsigned
        guard payload != .streamingSigned, payload != .streamingSignedTrailer else { throw SigV4Error.unsupportedMechanism }
        let isPresigned = signed.form == .presigned
        if isPresigned, credential.isURLRevoked(made: nil) { throw S3Error.urlRevoked }
        return Caller(principal: credential.principal, payload: payload, seed: nil, isPresigned: isPresigned)
    }
}

/// A presigned URL may carry `x-amz-*` headers and conditions as parameters of its query, in any letter case; they count as headers.
enum HoistedHeaders {
    static func merge(_ headers: HTTPFields, _ query: QueryItems) -> HTTPFields {
        var merged = headers
        for item in query.all {
            guard let name = HTTPField.Name(item.name), isHeader(name.canonicalName), !headers.contains(name) else { continue }
            merged.append(HTTPField(name: name, value: item.value ?? ""))
        }
        return merged
    }

    private static func isHeader(_ name: String) -> Bool {
        name.hasPrefix("x-amz-") ? !ofSignature.contains(name) : conditions.contains(name)
    }

    private static let conditions: Set<String> = ["if-match", "if-none-match", "if-modified-since", "if-unmodified-since"]

    /// Version 4's own parameters.
    private static let ofSignature: Set<String> = [
        "x-amz-algorithm", "x-amz-credential", "x-amz-date", "x-amz-expires", "x-amz-signedheaders", "x-amz-signature",
        "x-amz-security-token",
    ]
}
