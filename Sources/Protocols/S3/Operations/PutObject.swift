import Doors
import HTTPTypes
import Identity
import Model
import Objects
import StoragePorts

/// https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html
enum PutObject {
    static let action = Action.s3("PutObject")
    /// What an object gets whose client names no checksum, as AWS does.
    static let defaultChecksum = ChecksumAlgorithm.crc64nvme

    static func answer(_ call: S3Call) async throws -> DoorResponse {
        if call.groups.contains(.append) { return try await AppendObject.answer(call) }
        if UnpackArchive.isWanted(call) { return try await UnpackArchive.answer(call) }
        let (bucket, key) = try call.object()
        let access = try await call.authorise(action, bucket, key)
        var attributes = try AttributeHeaders.decode(call)
        if !attributes.tags.isEmpty, let access { try await call.authoriseForNewObject(PutObjectTagging.action, access, key) }
        attributes.access = try await NewObjectAccess.decide(call, access, key)
        let condition = try ConditionHeaders.write(call)
        let lock = try LockHeaders.decode(call)
        let claims = try PayloadClaims(call)
        if lock != .none { try LockHeaders.checkDigest(claims) }
        let algorithm = claims.checksum.algorithm ?? defaultChecksum
        let gate = try await AdmissionGate(call, bucket, key)
        let seal = try await call.objects.seal(try EncryptionHeaders.choice(call), of: bucket, key)
        let payload = try await PayloadReceiver.receive(call, claims, digests: [algorithm], gate: gate, seal: seal)
        try await gate.admit(size: payload.size, contentType: attributes.headers.contentType)
        let stored = try await call.objects.put(
            PutRequest(
                bucket: bucket, key: key, payload: payload, attributes: attributes, checksum: algorithm, condition: condition,
                lock: lock, context: call.change))
        var headers = HTTPFields()
        headers.add(.eTag, stored.value.etag.quoted)
        headers.add(stored.value.checksum)
        headers.add(made: stored.value.version)
        headers.add(stored.value.expiration)
        EncryptionHeaders.add(stored.value.encryption, call, to: &headers)
        headers.addPosition(stored.lsn)
        return S3Reply.empty(.ok, headers: headers)
    }
}
