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
        if UnpackArchive.isWanted(call) { throw S3Error.notImplemented(header: UnpackArchive.header) }
        let new = try await NewObject(call, bucket, key)
        let algorithm = try ChecksumChoice.algorithm(call)
        let type = try ChecksumChoice.type(call)
        guard type == nil || algorithm != nil else {
            throw S3Error.invalidRequest("The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header.")
        }
        var request = UploadRequest(
            bucket: bucket, key: key, attributes: new.attributes, checksumAlgorithm: algorithm, checksumType: type, lock: new.lock,
            context: call.change)
        request.encryption = try EncryptionHeaders.choice(call)
        if algorithm == nil { request.takeDefaultChecksum() }
        let created = try await call.objects.createUpload(request)
        var headers = HTTPFields()
        EncryptionHeaders.add(created.value.shownEncryption, call, to: &headers)
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

extension UploadRequest {
    /// As AWS does: an object that a customer's key seals gets no checksum that nobody asked for.
    fileprivate mutating func takeDefaultChecksum() {
        if case .customer = encryption { return }
        checksumAlgorithm = PutObject.defaultChecksum
        isChecksumChosen = false
    }
}
