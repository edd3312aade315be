import AWSWire
import Doors
import HTTPTypes
import Identity
import Model
import Objects
import StoragePorts

/// https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectTagging.html
enum PutObjectTagging {
    static let action = Action.s3("PutObjectTagging")
    static let versionAction = Action.s3("PutObjectVersionTagging")

    static func answer(_ call: S3Call) async throws -> DoorResponse {
        let (bucket, key) = try call.object()
        try await call.authorise(call.query.contains("versionId") ? versionAction : action, bucket, key)
        guard let document = try await DocumentBody.read(call, bytesMax: S3Limits.configurationBytesMax, requiresDigest: true) else {
            throw S3Error.malformedXML
        }
        let tags = try TagDocument.decode(document, of: .object)
        let stored = try await call.objects.setTags(bucket, key, tags, version: try VersionParameter.optional(call), context: call.change)
        var headers = HTTPFields()
        headers.add(stored.value)
        headers.addPosition(stored.lsn)
        return S3Reply.empty(.ok, headers: headers)
    }
}

/// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectTagging.html
enum GetObjectTagging {
    static let action = Action.s3("GetObjectTagging")
    static let versionAction = Action.s3("GetObjectVersionTagging")

    static func answer(_ call: S3Call) async throws -> DoorResponse {
        let (bucket, key) = try call.object()
        try await call.authorise(call.query.contains("versionId") ? versionAction : action, bucket, key)
        let object = try await object(call, bucket, key)
        var headers = HTTPFields()
        headers.add(object.info.version)
        return S3Reply.xml(TagDocument.encode(object.info.attributes.tags), headers: headers)
    }

    /// AWS names the bucket too where there is no such key, in this operation alone.
    private static func object(_ call: S3Call, _ bucket: BucketName, _ key: ObjectKey) async throws -> StoredObject {
        let choice = try VersionParameter.choice(call)
        do throws(ObjectsError) {
            return try await call.objects.lookup(bucket, key, choice)
        } catch .noSuchKey {
            throw S3Error.noSuchKey("\(bucket)/\(key.string)")
        }
    }

    /// `x-amz-tagging-count` in the answers to GET and HEAD, for a caller who may read the tags.
    static func addCount(_ info: ObjectInfo, _ call: S3Call, to headers: inout HTTPFields) async throws {
        guard !info.attributes.tags.isEmpty else { return }
        let (bucket, key) = try call.object()
        guard await call.isAuthorised(call.query.contains("versionId") ? versionAction : action, bucket, key) else { return }
        headers.add(.amzTaggingCount, String(info.attributes.tags.count))
    }
}

/// https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjectTagging.html
enum DeleteObjectTagging {
    static let action = Action.s3("DeleteObjectTagging")
    static let versionAction = Action.s3("DeleteObjectVersionTagging")

    static func answer(_ call: S3Call) async throws -> DoorResponse {
        let (bucket, key) = try call.object()
        try await call.authorise(call.query.contains("versionId") ? versionAction : action, bucket, key)
        let stored = try await call.objects.setTags(bucket, key, .empty, version: try VersionParameter.optional(call), context: call.change)
        var headers = HTTPFields()
        headers.add(stored.value)
        headers.addPosition(stored.lsn)
        return S3Reply.empty(.noContent, headers: headers)
    }
}
