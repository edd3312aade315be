import AWSWire
import Bytes
import Doors
import HTTPTypes
import Identity
import Model
import NIOCore
import Objects
import StoragePorts

/// https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html
enum CopyObject {
    static let action = Action.s3("PutObject")

    static func answer(_ call: S3Call) async throws -> DoorResponse {
        let (bucket, key) = try call.object()
        try await call.authorise(action, bucket, key)
        let source = try await CopySourceHeader.source(call)
        var request = CopyRequest(
            source: source, bucket: bucket, key: key, attributes: try attributes(call),
            checksum: try ChecksumChoice.algorithm(call), condition: try ConditionHeaders.write(call), context: call.change)
        request.encryption = try EncryptionHeaders.choice(call)
        request.sourceKey = try EncryptionHeaders.sourceKey(call)
        let copied = try await call.objects.copy(request)
        var headers = HTTPFields()
        headers.addPosition(copied.lsn)
        EncryptionHeaders.add(copied.value.encryption, call, to: &headers)
        return S3Reply.xml(encode(copied.value), headers: headers)
    }

    private static func attributes(_ call: S3Call) throws(S3Error) -> CopyRequest.Attributes {
        switch call.headers[.amzMetadataDirective] ?? "COPY" {
        case "COPY":
            return .copied(
                storageClass: try AttributeHeaders.storageClass(call), websiteRedirect: try AttributeHeaders.websiteRedirect(call))
        case "REPLACE":
            return .replaced(try AttributeHeaders.decode(call))
        case let other:
            throw .invalidArgument("Unknown metadata directive.", name: "x-amz-metadata-directive", value: other)
        }
    }

    private static func encode(_ info: ObjectInfo) -> ByteBuffer {
        var xml = XMLWriter()
        xml.open("CopyObjectResult", xmlns: S3Reply.namespace)
        xml.time("LastModified", info.lastModified)
        xml.element("ETag", info.etag.quoted)
        xml.element(info.checksum)
        xml.close("CopyObjectResult")
        return xml.finish()
    }
}

extension CopySourceHeader {
    /// The source that `x-amz-copy-source` names, with its conditions; the caller may read it. Throws `AccessDenied`.
    static func source(_ call: S3Call) async throws -> CopySource {
        let named = try CopySourceHeader(call.headers[.amzCopySource] ?? "")
        try await call.authorise(GetObject.action, named.bucket, named.key)
        if let owner = call.headers[.amzSourceExpectedBucketOwner] {
            try await call.checkOwner(of: named.bucket, is: owner)
        }
        return CopySource(bucket: named.bucket, key: named.key, conditions: ConditionHeaders.copySource(call))
    }
}

/// `x-amz-checksum-algorithm`: the algorithm that a copy or an upload shall have.
enum ChecksumChoice {
    /// Nil when it is not named. Throws `InvalidRequest`.
    static func algorithm(_ call: S3Call) throws(S3Error) -> ChecksumAlgorithm? {
        guard let text = call.headers[.amzChecksumAlgorithm] else { return nil }
        guard let algorithm = ChecksumAlgorithm(wireName: text) else {
            throw .invalidRequest(
                "Checksum algorithm provided is unsupported. Please try again with any of the valid types: "
                    + "[CRC32, CRC32C, CRC64NVME, SHA1, SHA256]")
        }
        return algorithm
    }

    /// Throws `InvalidRequest`.
    static func type(_ call: S3Call) throws(S3Error) -> ChecksumType? {
        guard let text = call.headers[.amzChecksumType] else { return nil }
        guard let type = ChecksumType(wireName: text) else {
            throw .invalidRequest("Value for x-amz-checksum-type header is invalid.")
        }
        return type
    }
}
