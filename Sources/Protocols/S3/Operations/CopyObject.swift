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
        let request = try await request(call, bucket, key, try ConditionHeaders.write(call))
        let copied = try await CopySourceHeader.refusingMarkers { try await call.objects.copy(request) }
        var headers = HTTPFields()
        headers.add(copied.value.info.version)
        headers.add(copied.value.info.expiration)
        headers.add(copiedFrom: copied.value.source)
        headers.addPosition(copied.lsn)
        EncryptionHeaders.add(copied.value.info.encryption, call, to: &headers)
        return S3Reply.xml(encode(copied.value.info), headers: headers)
    }

    /// What the headers ask for, by a caller who may have it, and that the bucket's rules admit. Throws `AccessDenied`, `AdmissionRefused`,
    /// and what is wrong with the headers.
    static func request(
        _ call: S3Call, _ bucket: BucketName, _ key: ObjectKey, _ condition: WriteCondition
    ) async throws -> CopyRequest {
        let access = try await call.authorise(action, bucket, key)
        let source = try await CopySourceHeader.source(call)
        let tags = try await TagHeaders.directive(call) {
            await CarriedAlong.mayCarryTags(call, source, to: access, key)
        }
        if case .replaced(let given) = tags, !given.isEmpty, let access {
            try await call.authoriseForNewObject(PutObjectTagging.action, access, key)
        }
        var request = CopyRequest(
            source: source, bucket: bucket, key: key, attributes: try attributes(call), tags: tags,
            access: try await NewObjectAccess.decide(call, access, key), checksum: try ChecksumChoice.algorithm(call),
            condition: condition, lock: try await NewObject.lock(call, access, key), context: call.change)
        request.encryption = try EncryptionHeaders.choice(call)
        request.sourceKey = try EncryptionHeaders.sourceKey(call)
        let gate = try await AdmissionGate(call, bucket, key)
        let (contentType, sourceKey) = (request.newContentType, request.sourceKey)
        try await CopySourceHeader.refusingMarkers { try await gate.admit(source, contentType: contentType, customerKey: sourceKey) }
        return request
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

extension CopyRequest {
    /// Nil when the copy has the source's.
    fileprivate var newContentType: String? {
        if case .replaced(let attributes) = attributes { attributes.headers.contentType } else { nil }
    }
}

extension CopySourceHeader {
    /// The source that `x-amz-copy-source` names, with its conditions; the caller may read it. Throws `AccessDenied`.
    static func source(_ call: S3Call) async throws -> CopySource {
        let hosts = [call.request.authority] + call.door.configuration.baseDomains
        let named = try CopySourceHeader(call.headers[.amzCopySource] ?? "", hosts: hosts)
        try await call.authorise(
            named.version == nil ? GetObject.action : GetObject.versionAction, named.bucket, named.key,
            version: named.version)
        if let owner = call.headers[.amzSourceExpectedBucketOwner] {
            try await call.checkOwner(of: named.bucket, is: owner)
        }
        return CopySource(
            bucket: named.bucket, key: named.key, version: named.version, conditions: ConditionHeaders.copySource(call),
            asked: call.request.arrival)
    }

    /// A delete marker is no source: by its id that is the request's fault, without one the object is not there.
    static func refusingMarkers<Value>(_ copy: () async throws -> Value) async throws -> Value {
        do {
            return try await copy()
        } catch ObjectsError.deleteMarker(_, _, _, _, isNamed: true) {
            throw S3Error.invalidRequest("The source of a copy request may not specifically refer to a delete marker by version id.")
        }
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
