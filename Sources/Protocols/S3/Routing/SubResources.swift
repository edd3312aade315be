/// The sub-resources of buckets and objects: one row for each query item that AWS gives a meaning of its own.
extension S3Router {
    static let bucketSubResources: [SubResource] = [
        SubResource(name: "location", get: .getBucketLocation),
        SubResource(name: "uploads", get: .listMultipartUploads),
        SubResource(name: "versions", get: .listObjectVersions),
        SubResource(name: "delete", post: .deleteObjects),
        SubResource(name: "notification", get: .getBucketNotification, put: .putBucketNotification),
        SubResource(name: "versioning", get: .getBucketVersioning, put: .putBucketVersioning),
        SubResource(name: "acl", get: .getBucketAcl, put: .putBucketAcl),
        SubResource(name: "policy", get: .getBucketPolicy, put: .putBucketPolicy, delete: .deleteBucketPolicy),
        SubResource(name: "policyStatus", get: .getBucketPolicyStatus),
        SubResource(name: "cors", get: .getBucketCors, put: .putBucketCors, delete: .deleteBucketCors),
        SubResource(name: "lifecycle", get: .getBucketLifecycle, put: .putBucketLifecycle, delete: .deleteBucketLifecycle),
        SubResource(name: "tagging", get: .getBucketTagging, put: .putBucketTagging, delete: .deleteBucketTagging),
        SubResource(name: "encryption", get: .getBucketEncryption, put: .putBucketEncryption, delete: .deleteBucketEncryption),
        SubResource(name: "object-lock", get: .getObjectLockConfiguration, put: .putObjectLockConfiguration),
        SubResource(
            name: "publicAccessBlock", get: .getPublicAccessBlock, put: .putPublicAccessBlock, delete: .deletePublicAccessBlock),
        SubResource(
            name: "ownershipControls", get: .getBucketOwnershipControls, put: .putBucketOwnershipControls,
            delete: .deleteBucketOwnershipControls),
        SubResource(name: "website", get: .getBucketWebsite, put: .putBucketWebsite, delete: .deleteBucketWebsite),
        SubResource(name: "logging", get: .getBucketLogging, put: .putBucketLogging),
        SubResource(name: "requestPayment", get: .getBucketRequestPayment, put: .putBucketRequestPayment),
        SubResource(name: "replication", get: .getBucketReplication, put: .putBucketReplication, delete: .deleteBucketReplication),
        SubResource(name: "accelerate", get: .getBucketAccelerate, put: .putBucketAccelerate),
        SubResource(name: "analytics", get: .getBucketAnalytics, put: .putBucketAnalytics, delete: .deleteBucketAnalytics),
        SubResource(
            name: "intelligent-tiering", get: .getBucketIntelligentTiering, put: .putBucketIntelligentTiering,
            delete: .deleteBucketIntelligentTiering),
        SubResource(name: "inventory", get: .getBucketInventory, put: .putBucketInventory, delete: .deleteBucketInventory),
        SubResource(name: "metrics", get: .getBucketMetrics, put: .putBucketMetrics, delete: .deleteBucketMetrics),
        SubResource(
            name: "metadataTable", get: .getBucketMetadataTable, post: .createBucketMetadataTable, delete: .deleteBucketMetadataTable),
        SubResource(
            name: "metadataConfiguration", get: .getBucketMetadata, post: .createBucketMetadata, delete: .deleteBucketMetadata),
        SubResource(name: "metadataInventoryTable", put: .updateBucketMetadataInventory),
        SubResource(name: "metadataJournalTable", put: .updateBucketMetadataJournal),
        SubResource(name: "abac", get: .getBucketAbac, put: .putBucketAbac),
        SubResource(name: "session", get: .createSession),
        SubResource(
            name: "roost-admission", get: .getBucketAdmission, put: .putBucketAdmission, delete: .deleteBucketAdmission),
        SubResource(name: "roost-batch", post: .batchChanges),
    ]

    static let objectSubResources: [SubResource] = [
        SubResource(name: "uploads", post: .createMultipartUpload),
        SubResource(name: "attributes", get: .getObjectAttributes),
        SubResource(name: "acl", get: .getObjectAcl, put: .putObjectAcl),
        SubResource(name: "tagging", get: .getObjectTagging, put: .putObjectTagging, delete: .deleteObjectTagging),
        SubResource(name: "legal-hold", get: .getObjectLegalHold, put: .putObjectLegalHold),
        SubResource(name: "retention", get: .getObjectRetention, put: .putObjectRetention),
        SubResource(name: "torrent", get: .getObjectTorrent),
        SubResource(name: "renameObject", put: .renameObject),
        SubResource(name: "encryption", put: .updateObjectEncryption),
        SubResource(name: "restore", post: .restoreObject),
        SubResource(name: "select", post: .selectObjectContent),
    ]
}
