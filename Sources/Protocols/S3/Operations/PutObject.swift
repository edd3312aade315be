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
        let (bucket, key) = try call.object()
        try await call.authorise(action, bucket, key)
        let attributes = try AttributeHeaders.decode(call)
        if !attributes.tags.isEmpty { try await call.authorise(PutObjectTagging.action, bucket, key) }
        let condition = try ConditionHeaders.write(call)
        let lock = try LockHeaders.decode(call)
        let claims = try PayloadClaims(call)
        if lock != .none { try LockHeaders.checkDigest(claims) }
        let algorithm = claims.checksum.algorithm ?? defaultChecksum
        _ = try await call.objects.bucket(bucket)
        let payload = try await PayloadReceiver.receive(call, claims, digests: [algorithm])
        let stored = try await call.objects.put(
            PutRequest(
                bucket: bucket, key: key, payload: payload, attributes: attributes, checksum: algorithm, condition: condition,
                lock: lock, context: call.change))
        var headers = HTTPFields()
        headers.add(.eTag, stored.value.etag.quoted)
        headers.add(stored.value.checksum)
        headers.add(stored.value.version)
        headers.addPosition(stored.lsn)
        return S3Reply.empty(.ok, headers: headers)
    }
}
