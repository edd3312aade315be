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
        let new = try await NewObject(call, bucket, key)
        let condition = try ConditionHeaders.write(call)
        let claims = try PayloadClaims(call)
        if new.lock != .none { try LockHeaders.checkDigest(claims) }
        let algorithm = claims.checksum.algorithm ?? defaultChecksum
        let gate = try await AdmissionGate(call, bucket, key)
        let seal = try await call.objects.seal(try EncryptionHeaders.choice(call), of: bucket, key)
        let payload = try await PayloadReceiver.receive(call, claims, digests: [algorithm], gate: gate, seal: seal)
        try await gate.admit(size: payload.size, contentType: new.attributes.headers.contentType)
        let stored = try await call.objects.put(
            PutRequest(
                bucket: bucket, key: key, payload: payload, attributes: new.attributes, checksum: algorithm, condition: condition,
                lock: new.lock, context: call.change))
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
