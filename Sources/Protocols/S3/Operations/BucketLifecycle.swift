import AWSWire
import Doors
import HTTPTypes
import Identity
import Model
import Objects

/// https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketLifecycleConfiguration.html
enum PutBucketLifecycle {
    static let action = Action.s3("PutLifecycleConfiguration")

    static func answer(_ call: S3Call) async throws -> DoorResponse {
        let bucket = try call.bucket()
        try await call.authorise(action, bucket)
        guard let document = try await DocumentBody.read(call, bytesMax: S3Limits.configurationBytesMax, requiresDigest: true) else {
            throw S3Error.missingRequestBody
        }
        var lifecycle = try LifecycleDocument.decode(document, makeID: call.objects.makeRuleID)
        if let text = call.headers[.amzTransitionMinimumSize] {
            guard let size = MinimumTransitionSize(rawValue: text) else {
                throw S3Error.invalidRequest("Invalid TransitionDefaultMinimumObjectSize found: \(text)")
            }
            lifecycle.minimumSize = size
        }
        if let problem = lifecycle.problem() { throw S3Error(problem) }
        var headers = HTTPFields()
        headers.addPosition(try await call.objects.set(lifecycle, of: bucket, context: call.change))
        headers.add(.amzTransitionMinimumSize, lifecycle.minimumSize.rawValue)
        return S3Reply.empty(.ok, headers: headers)
    }
}

/// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketLifecycleConfiguration.html
enum GetBucketLifecycle {
    static let action = Action.s3("GetLifecycleConfiguration")

    static func answer(_ call: S3Call) async throws -> DoorResponse {
        let bucket = try call.bucket()
        try await call.authorise(action, bucket)
        guard let lifecycle = try await call.objects.setting(Lifecycle.self, of: bucket) else {
            throw S3Error.notConfigured(
                "NoSuchLifecycleConfiguration", "The lifecycle configuration does not exist", bucket: bucket.rawValue)
        }
        var headers = HTTPFields()
        headers.add(.amzTransitionMinimumSize, lifecycle.minimumSize.rawValue)
        return S3Reply.xml(LifecycleDocument.encode(lifecycle), headers: headers)
    }
}

/// https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketLifecycle.html
enum DeleteBucketLifecycle {
    static func answer(_ call: S3Call) async throws -> DoorResponse {
        let bucket = try call.bucket()
        try await call.authorise(PutBucketLifecycle.action, bucket)
        var headers = HTTPFields()
        headers.addPosition(try await call.objects.removeSetting(Lifecycle.self, of: bucket, context: call.change))
        return S3Reply.empty(.noContent, headers: headers)
    }
}
