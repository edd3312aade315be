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
                throw S3Error.invalidRequest("Invalid TransitionDefaultMinimumObjectSize value")
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

extension S3Error {
    /// Texts as the service sends them.
    init(_ problem: LifecycleProblem) {
        switch problem {
        case .tooManyRules: self = .malformedXML
        case .idTooLong: self = .invalidArgument("ID length should not exceed allowed limit of 255")
        case .repeatedID: self = .invalidArgument("Rule ID must be unique. Found same ID for more than one rule")
        case .noAction: self = .invalidRequest("At least one action needs to be specified in a rule")
        case .daysNotPositive(let action): self = .invalidArgument("'Days' for \(action) action must be a positive integer")
        case .dateNotMidnight: self = .invalidArgument("'Date' must be at midnight GMT")
        case .keptOutOfRange(let action):
            self = .invalidArgument("'NewerNoncurrentVersions' for \(action) action must be a positive integer that is at most 100")
        case .markersWithTags: self = .invalidRequest("Tag based filter cannot be used with ExpiredObjectDeleteMarker")
        case .markersWithSize: self = .invalidRequest("Object size filter cannot be used with ExpiredObjectDeleteMarker")
        case .abortWithTags: self = .invalidRequest("AbortIncompleteMultipartUpload cannot be specified with Tags.")
        case .abortWithSize: self = .invalidRequest("AbortIncompleteMultipartUpload cannot be specified with Object Size.")
        case .sizesCrossed: self = .invalidRequest("'ObjectSizeGreaterThan' must be less than 'ObjectSizeLessThan'")
        case .transitionTooEarly(let storageClass, let days):
            self = .invalidArgument(
                "'Days' in Transition action must be greater than or equal to \(days) for storageClass '\(storageClass.wireName)'")
        case .repeatedStorageClass(let storageClass):
            self = .invalidRequest("'StorageClass' must be different for 'Transition' actions in same 'Rule': \(storageClass.wireName)")
        case .mixedMoments: self = .invalidRequest("Found mixed 'Date' and 'Days' based Transition actions in lifecycle rule")
        case .expiresBeforeTransition:
            self = .invalidArgument("'Days' in the Expiration action must be greater than 'Days' in the Transition action")
        case .repeatedTag: self = .invalidRequest("Duplicate Tag Keys are not allowed.")
        }
    }
}
