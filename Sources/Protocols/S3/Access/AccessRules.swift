import Identity
import Objects

/// What an action means to lists of grants, and to what it is done.
///
/// Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html#permissions
enum AccessRules {
    /// The permission in a bucket's list that gives the action; nil when none does.
    static func bucketPermission(_ action: String) -> Grant.Permission? {
        switch action {
        case "ListBucket", "ListBucketVersions", "ListBucketMultipartUploads": .read
        case "PutObject", "DeleteObject": .write
        case "GetBucketAcl": .readACP
        case "PutBucketAcl": .writeACP
        default: nil
        }
    }

    /// The permission in an object's list that gives the action; nil when none does.
    static func objectPermission(_ action: String) -> Grant.Permission? {
        switch action {
        case "GetObject", "GetObjectVersion", "GetObjectTorrent": .read
        case "GetObjectAcl", "GetObjectVersionAcl": .readACP
        case "PutObjectAcl", "PutObjectVersionAcl": .writeACP
        default: nil
        }
    }

    /// Whether the bucket's owner decides about the action, whoever owns the object that the key holds.
    static func isBucketOwners(_ action: String) -> Bool {
        switch action {
        case "PutObject", "DeleteObject", "DeleteObjectVersion", "AbortMultipartUpload", "ListMultipartUploadParts", "ReplicateObject",
            "BypassGovernanceRetention":
            true
        default: false
        }
    }

    /// Whether a grant of the bucket's list gives the action to the owner of the object that the key holds, and to nobody else.
    static func isObjectOwners(_ action: String) -> Bool { action == "DeleteObject" }

    /// What the root of the bucket's owner may always do, so that no policy locks everybody out.
    /// Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketPolicy.html
    static func isNeverLockedOut(_ action: String) -> Bool {
        switch action {
        case "GetBucketPolicy", "PutBucketPolicy", "DeleteBucketPolicy": true
        default: false
        }
    }

    /// Operations that tell by their error whether a key exists; to callers who may not list they do not.
    static func revealsKeys(_ operation: S3Operation) -> Bool {
        switch operation {
        case .getObject, .headObject, .getObjectAttributes, .getObjectAcl, .putObjectAcl, .getObjectTagging, .putObjectTagging,
            .deleteObjectTagging, .copyObject, .uploadPartCopy, .getObjectLegalHold, .putObjectLegalHold, .getObjectRetention,
            .putObjectRetention, .restoreObject, .selectObjectContent, .renameObject, .batchChanges:
            true
        default: false
        }
    }
}
