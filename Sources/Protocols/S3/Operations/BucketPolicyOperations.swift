import AWSWire
import Doors
import HTTPTypes
import Identity
import Model
import NIOCore
import Objects
import Policy
import StoragePorts

/// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketPolicy.html
enum GetBucketPolicy {
    static let action = Action.s3("GetBucketPolicy")

    static func answer(_ call: S3Call) async throws -> DoorResponse {
        let bucket = try call.bucket()
        try await call.authorise(action, bucket)
        guard let policy = try await call.objects.access(to: bucket).policy else { throw missing(bucket) }
        return DoorResponse(
            status: .ok, headers: [.contentType: "application/json"], body: .bytes(ByteBuffer(bytes: policy.text)), operation: "")
    }

    static func missing(_ bucket: BucketName) -> S3Error {
        .notConfigured("NoSuchBucketPolicy", "The bucket policy does not exist", bucket: bucket.rawValue)
    }
}

/// https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketPolicy.html
enum PutBucketPolicy {
    static let action = Action.s3("PutBucketPolicy")
    /// Read before the policy is judged: more than any policy may have, so that its own limit speaks.
    private static let bytesMax = 4 * ResourcePolicyRules.bucketPolicyBytesMax

    static func answer(_ call: S3Call) async throws -> DoorResponse {
        let bucket = try call.bucket()
        try await call.authorise(action, bucket)
        let text = try await DocumentBody.bytes(call, bytesMax: bytesMax)
        let policy: BucketPolicy
        do {
            policy = try BucketPolicy(
                text: Array(text.readableBytesView), rules: BucketPolicyRules(bucket: bucket, dialect: call.door.configuration.dialect))
        } catch {
            throw S3Error(.badRequest, "MalformedPolicy", error.message)
        }
        let access = try await call.objects.access(to: bucket)
        if access.publicAccessBlock.blocksPublicPolicy, policy.document.isPublic {
            call.refuse(action, access, because: "BlockPublicPolicy")
            throw S3Error.accessDenied
        }
        return try await call.store(policy, of: bucket, status: .noContent)
    }
}

/// https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketPolicy.html
enum DeleteBucketPolicy {
    static let action = Action.s3("DeleteBucketPolicy")

    static func answer(_ call: S3Call) async throws -> DoorResponse {
        let bucket = try call.bucket()
        try await call.authorise(action, bucket)
        return try await call.store(nil as BucketPolicy?, of: bucket, status: .noContent)
    }
}

/// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketPolicyStatus.html
///
/// AWS speaks of the policy alone and finds none where there is none; Ceph counts public grants and always answers.
enum GetBucketPolicyStatus {
    static let action = Action.s3("GetBucketPolicyStatus")

    static func answer(_ call: S3Call) async throws -> DoorResponse {
        let bucket = try call.bucket()
        try await call.authorise(action, bucket)
        let access = try await call.objects.access(to: bucket)
        var isPublic = access.policy?.document.isPublic ?? false
        switch call.door.configuration.dialect {
        case .aws: guard access.policy != nil else { throw GetBucketPolicy.missing(bucket) }
        case .ceph: isPublic = isPublic || (!access.hasListsDisabled && access.acl?.isPublic == true)
        }
        var xml = XMLWriter()
        xml.open("PolicyStatus", xmlns: S3Reply.namespace)
        xml.element("IsPublic", isPublic)
        xml.close("PolicyStatus")
        return S3Reply.xml(xml.finish())
    }
}
