import AWSWire
import Doors
import HTTPTypes
import Identity
import Model
import Objects
import StoragePorts

/// https://docs.aws.amazon.com/AmazonS3/latest/API/API_UploadPart.html
enum UploadPart {
    static func answer(_ call: S3Call) async throws -> DoorResponse {
        let (bucket, key) = try call.object()
        try await call.authorise(PutObject.action, bucket, key)
        let number = try PartNumber.required(call)
        let id = try UploadIDParameter.required(call)
        let claims = try PayloadClaims(call)
        let upload = try await call.objects.upload(bucket, key, id)
        let seal = try await call.objects.seal(part: number, of: upload, in: bucket, try EncryptionHeaders.customerKey(call))
        let payload = try await PayloadReceiver.receive(call, claims, digests: try digests(claims, upload), seal: seal)
        let stored = try await call.objects.uploadPart(
            PartRequest(bucket: bucket, key: key, upload: id, number: number, payload: payload, context: call.change))
        var headers = HTTPFields()
        headers.add(.eTag, stored.value.etag.quoted)
        headers.add(claims.checksum.algorithm.flatMap { payload.checksums[$0] } ?? stored.value.checksum)
        EncryptionHeaders.add(upload.shownEncryption, call, to: &headers)
        headers.addPosition(stored.lsn)
        return S3Reply.empty(.ok, headers: headers)
    }

    /// Throws `InvalidRequest` when the part brings another checksum than the upload's client chose.
    private static func digests(_ claims: PayloadClaims, _ upload: UploadInfo) throws(S3Error) -> Set<ChecksumAlgorithm> {
        guard let expected = upload.checksumAlgorithm else { return [] }
        if let brought = claims.checksum.algorithm, brought != expected, upload.isChecksumChosen {
            throw .invalidRequest(
                "Checksum Type mismatch occurred, expected checksum Type: \(expected.wireName.lowercased()), "
                    + "actual checksum Type: \(brought.wireName.lowercased())")
        }
        return [expected]
    }
}
