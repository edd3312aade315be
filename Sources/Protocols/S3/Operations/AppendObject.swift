import AWSWire
import Doors
import HTTPTypes
import Identity
import Model
import Objects
import StoragePorts

/// PutObject with `x-amz-write-offset-bytes`, on every bucket without versions. See docs/beyond-aws/append.md.
///
/// https://docs.aws.amazon.com/AmazonS3/latest/userguide/directory-buckets-objects-append.html
enum AppendObject {
    static func answer(_ call: S3Call) async throws -> DoorResponse {
        let (bucket, key) = try call.object()
        let new = try await NewObject(call, bucket, key)
        let condition = try ConditionHeaders.write(call)
        let claims = try PayloadClaims(call)
        let offset = try offset(call)
        let target = try await call.objects.appending(to: bucket, key, try EncryptionHeaders.choice(call))
        let algorithm = claims.checksum.algorithm ?? PutObject.defaultChecksum
        var digests: Set = [algorithm]
        if let standing = target.checksum { digests.insert(standing) }
        let payload = try await PayloadReceiver.receive(call, claims, digests: digests, seal: target.seal)
        try await AdmissionGate(call, bucket, key).admitUnseen(size: offset + payload.size, contentType: new.attributes.headers.contentType)
        let put = PutRequest(
            bucket: bucket, key: key, payload: payload, attributes: new.attributes, checksum: algorithm, condition: condition,
            lock: new.lock, context: call.change)
        let appended = try await call.objects.append(AppendRequest(put: put, offset: offset, target: target))
        var headers = HTTPFields()
        headers.add(.eTag, appended.value.etag.quoted)
        headers.add(appended.value.checksum)
        headers.add(.amzObjectSize, String(appended.value.size))
        EncryptionHeaders.add(target.shownEncryption, call, to: &headers)
        headers.addPosition(appended.lsn)
        return S3Reply.empty(.ok, headers: headers)
    }

    private static func offset(_ call: S3Call) throws(S3Error) -> Int64 {
        let text = call.headers[.amzWriteOffsetBytes] ?? ""
        guard let offset = Int64(text), offset >= 0 else {
            throw .invalidArgument("Invalid write offset", name: "x-amz-write-offset-bytes", value: text)
        }
        return offset
    }
}
