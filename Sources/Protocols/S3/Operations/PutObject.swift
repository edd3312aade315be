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
        let condition = try ConditionHeaders.write(call)
        let claims = try PayloadClaims(call)
        let algorithm = claims.checksum.algorithm ?? defaultChecksum
        let encryption = try await call.objects.encryption(try EncryptionHeaders.choice(call), of: bucket, key)
        let payload = try await PayloadReceiver.receive(
            call, claims, digests: [algorithm], seal: encryption.map { call.objects.seal($0) })
        let stored = try await call.objects.put(
            PutRequest(
                bucket: bucket, key: key, payload: payload, attributes: attributes, checksum: algorithm, condition: condition,
                context: call.change))
        var headers = HTTPFields()
        headers.add(.eTag, stored.value.etag.quoted)
        headers.add(stored.value.checksum)
        EncryptionHeaders.add(stored.value.encryption, call, to: &headers)
        headers.addPosition(stored.lsn)
        return S3Reply.empty(.ok, headers: headers)
    }
}
