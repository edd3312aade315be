import AWSWire
import Doors
import HTTPTypes
import Identity
import Model
import Objects
import StoragePorts

/// https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateMultipartUpload.html
enum CreateMultipartUpload {
    static func answer(_ call: S3Call) async throws -> DoorResponse {
        let (bucket, key) = try call.object()
        try await call.authorise(PutObject.action, bucket, key)
        let attributes = try AttributeHeaders.decode(call)
        if !attributes.tags.isEmpty { try await call.authorise(PutObjectTagging.action, bucket, key) }
        let algorithm = try ChecksumChoice.algorithm(call)
        let type = try ChecksumChoice.type(call)
        guard type == nil || algorithm != nil else {
            throw S3Error.invalidRequest("The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header.")
        }
        let lock = try LockHeaders.decode(call)
        let created = try await call.objects.createUpload(
            UploadRequest(
                bucket: bucket, key: key, attributes: attributes, checksumAlgorithm: algorithm ?? PutObject.defaultChecksum,
                checksumType: type, lock: lock, context: call.change))
        var headers = HTTPFields()
        if let algorithm {
            headers.add(.amzChecksumAlgorithm, algorithm.wireName)
            headers.add(.amzChecksumType, created.value.checksumType?.wireName)
        }
        headers.addPosition(created.lsn)
        var xml = XMLWriter()
        xml.open("InitiateMultipartUploadResult", xmlns: S3Reply.namespace)
        xml.element("Bucket", bucket.rawValue)
        xml.element("Key", utf8: key.utf8)
        xml.element("UploadId", created.value.id.description)
        xml.close("InitiateMultipartUploadResult")
        return S3Reply.xml(xml.finish(), headers: headers)
    }
}
