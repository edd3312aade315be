import Doors
import HTTPTypes
import Identity
import Model
import Objects
import StoragePorts

/// https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketTagging.html
enum PutBucketTagging {
    static let action = Action.s3("PutBucketTagging")

    static func answer(_ call: S3Call) async throws -> DoorResponse {
        let bucket = try call.bucket()
        try await call.authorise(action, bucket)
        let document = try await call.settingDocument(of: bucket, requiresDigest: true)
        let tags = try TagDocument.decode(document, of: .bucket)
        return try await call.store(tags.isEmpty ? nil : BucketTags(tags), of: bucket, status: .noContent)
    }
}

/// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketTagging.html
enum GetBucketTagging {
    static let action = Action.s3("GetBucketTagging")

    static func answer(_ call: S3Call) async throws -> DoorResponse {
        let bucket = try call.bucket()
        try await call.authorise(action, bucket)
        guard let tags = try await call.objects.setting(BucketTags.self, of: bucket) else {
            throw S3Error.notConfigured("NoSuchTagSet", "The TagSet does not exist", bucket: bucket.rawValue)
        }
        return S3Reply.xml(TagDocument.encode(tags.set))
    }
}

/// https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketTagging.html
enum DeleteBucketTagging {
    static func answer(_ call: S3Call) async throws -> DoorResponse {
        let bucket = try call.bucket()
        try await call.authorise(PutBucketTagging.action, bucket)
        return try await call.store(nil as BucketTags?, of: bucket, status: .noContent)
    }
}
