import Model
import Policy

/// What S3 expects of a bucket's policy beyond the language.
///
/// Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-policies.html
struct BucketPolicyRules: PolicyRules {
    let bucket: BucketName
    let dialect: S3Dialect

    var kind: PolicyKind { .resource }
    var textBytesMax: Int { ResourcePolicyRules.bucketPolicyBytesMax }

    /// Ceph's principals may name a tenant where AWS's have an account's number.
    func isAccount(_ text: String) -> Bool {
        if AccountID(text) != nil { return true }
        return dialect == .ceph && text.utf8.allSatisfy { ($0 | 0x20) &- UInt8(ascii: "a") < 26 || $0 &- UInt8(ascii: "0") < 10 }
    }

    /// Keys of AWS as a whole and of S3 have to be ones that there are.
    func number(ofKey family: String) -> Int? {
        let isKnown =
            family.hasPrefix("s3:")
            ? RequestConditions.keys.contains(family) : !family.hasPrefix("aws:") || GlobalConditionKeys.all.contains(family)
        return isKnown ? 0 : nil
    }

    func check(_ statement: PolicyStatement) throws(PolicyError) {
        let name = "arn:aws:s3:::\(bucket)"
        for resource in statement.resources where !resource.canMatch(name) && !resource.canMatch(textBeginningWith: "\(name)/") {
            throw .invalidResource
        }
        for action in statement.actions where !S3Actions.all.contains(where: { action.canMatch($0) }) { throw .invalidAction }
        if dialect == .aws, !statement.excludesActions, !statement.excludesResources { try checkReach(statement, name) }
    }

    /// Every action has to be one of something that the statement's resources name.
    private func checkReach(_ statement: PolicyStatement, _ name: String) throws(PolicyError) {
        let reachesBucket = statement.resources.contains { $0.canMatch(name) }
        let reachesObjects = statement.resources.contains { $0.canMatch(textBeginningWith: "\(name)/") }
        for action in statement.actions {
            let applies =
                (reachesBucket && S3Actions.ofBuckets.contains { action.canMatch($0) })
                || (reachesObjects && S3Actions.ofObjects.contains { action.canMatch($0) })
            guard applies else { throw .actionWithoutResource }
        }
    }
}

/// The actions that policies may name.
///
/// Source: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html
enum S3Actions {
    static let all = ofBuckets + ofObjects

    static let ofBuckets = [
        "CreateBucket", "DeleteBucket", "DeleteBucketPolicy", "DeleteBucketWebsite", "GetAccelerateConfiguration",
        "GetAnalyticsConfiguration", "GetBucketAbac", "GetBucketAcl", "GetBucketCORS", "GetBucketLocation", "GetBucketLogging",
        "GetBucketMetadataTableConfiguration", "GetBucketNotification", "GetBucketObjectLockConfiguration", "GetBucketOwnershipControls",
        "GetBucketPolicy", "GetBucketPolicyStatus", "GetBucketPublicAccessBlock", "GetBucketRequestPayment", "GetBucketTagging",
        "GetBucketVersioning", "GetBucketWebsite", "GetEncryptionConfiguration", "GetIntelligentTieringConfiguration",
        "GetInventoryConfiguration", "GetLifecycleConfiguration", "GetMetricsConfiguration", "GetReplicationConfiguration", "ListBucket",
        "ListBucketMultipartUploads", "ListBucketVersions", "PutAccelerateConfiguration", "PutAnalyticsConfiguration", "PutBucketAbac",
        "PutBucketAcl", "PutBucketCORS", "PutBucketLogging", "PutBucketNotification", "PutBucketObjectLockConfiguration",
        "PutBucketOwnershipControls", "PutBucketPolicy", "PutBucketPublicAccessBlock", "PutBucketRequestPayment", "PutBucketTagging",
        "PutBucketVersioning", "PutBucketWebsite", "PutEncryptionConfiguration", "PutIntelligentTieringConfiguration",
        "PutInventoryConfiguration", "PutLifecycleConfiguration", "PutMetricsConfiguration", "PutReplicationConfiguration",
    ].map { "s3:\($0)" }

    static let ofObjects = [
        "AbortMultipartUpload", "BypassGovernanceRetention", "DeleteObject", "DeleteObjectTagging", "DeleteObjectVersion",
        "DeleteObjectVersionTagging", "GetObject", "GetObjectAcl", "GetObjectAttributes", "GetObjectLegalHold", "GetObjectRetention",
        "GetObjectTagging", "GetObjectTorrent", "GetObjectVersion", "GetObjectVersionAcl", "GetObjectVersionAttributes",
        "GetObjectVersionForReplication", "GetObjectVersionTagging", "GetObjectVersionTorrent", "InitiateReplication",
        "ListMultipartUploadParts", "ObjectOwnerOverrideToBucketOwner", "PutObject", "PutObjectAcl", "PutObjectLegalHold",
        "PutObjectRetention", "PutObjectTagging", "PutObjectVersionAcl", "PutObjectVersionTagging", "ReplicateDelete", "ReplicateObject",
        "ReplicateTags", "RestoreObject",
    ].map { "s3:\($0)" }
}
