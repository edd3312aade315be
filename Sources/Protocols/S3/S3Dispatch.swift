import Doors
import Objects

extension S3Call {
    /// Runs the operation. What Roost lacks is refused by name, after the caller was authenticated.
    func perform() async throws -> DoorResponse {
        switch operation {
        case .getObject: try await GetObject.answer(self)
        case .putObject: try await PutObject.answer(self)
        case .headObject: try await HeadObject.answer(self)
        case .listObjectsV2: try await ListObjectsV2.answer(self)
        case .deleteObject: try await DeleteObject.answer(self)
        case .uploadPart: try await UploadPart.answer(self)
        case .listBuckets: try await ListBuckets.answer(self)
        case .createBucket: try await CreateBucket.answer(self)
        case .headBucket: try await HeadBucket.answer(self)
        case .getBucketLocation: try await GetBucketLocation.answer(self)
        case .listObjects: try await ListObjects.answer(self)
        case .listObjectVersions: try await ListObjectVersions.answer(self)
        case .listMultipartUploads: try await ListMultipartUploads.answer(self)
        case .deleteObjects: try await DeleteObjects.answer(self)
        case .copyObject: try await CopyObject.answer(self)
        case .getObjectAttributes: try await GetObjectAttributes.answer(self)
        case .createMultipartUpload: try await CreateMultipartUpload.answer(self)
        case .uploadPartCopy: try await UploadPartCopy.answer(self)
        case .completeMultipartUpload: try await CompleteMultipartUpload.answer(self)
        case .abortMultipartUpload: try await AbortMultipartUpload.answer(self)
        case .restoreObject: try await RestoreObject.answer(self)
        case .renameObject: try await RenameObject.answer(self)
        case .batchChanges: try await BatchChanges.answer(self)
        case .listParts: try await ListParts.answer(self)
        case .getObjectTagging: try await GetObjectTagging.answer(self)
        case .putObjectTagging: try await PutObjectTagging.answer(self)
        case .deleteObjectTagging: try await DeleteObjectTagging.answer(self)
        case .getObjectAcl: try await GetObjectAcl.answer(self)
        case .putObjectAcl: try await PutObjectAcl.answer(self)
        case .getObjectRetention: try await ObjectRetention.get(self)
        case .putObjectRetention: try await ObjectRetention.put(self)
        case .getObjectLegalHold: try await ObjectLegalHold.get(self)
        case .putObjectLegalHold: try await ObjectLegalHold.put(self)
        default: try await performOnSettings()
        }
    }

    /// Operations on a bucket's settings.
    private func performOnSettings() async throws -> DoorResponse {
        switch operation {
        case .deleteBucket: try await DeleteBucket.answer(self)
        case .getBucketNotification: try await GetBucketNotification.answer(self)
        case .putBucketNotification: try await PutBucketNotification.answer(self)
        case .getBucketAdmission: try await GetBucketAdmission.answer(self)
        case .putBucketAdmission: try await PutBucketAdmission.answer(self)
        case .deleteBucketAdmission: try await DeleteBucketAdmission.answer(self)
        case .putBucketLifecycle: try await PutBucketLifecycle.answer(self)
        case .getBucketLifecycle: try await GetBucketLifecycle.answer(self)
        case .deleteBucketLifecycle: try await DeleteBucketLifecycle.answer(self)
        case .getBucketTagging: try await GetBucketTagging.answer(self)
        case .putBucketTagging: try await PutBucketTagging.answer(self)
        case .deleteBucketTagging: try await DeleteBucketTagging.answer(self)
        case .getBucketInventory: try await GetBucketInventory.answer(self)
        case .putBucketInventory: try await PutBucketInventory.answer(self)
        case .deleteBucketInventory: try await DeleteBucketInventory.answer(self)
        case .getBucketLogging: try await GetBucketLogging.answer(self)
        case .putBucketLogging: try await PutBucketLogging.answer(self)
        case .getBucketWebsite: try await GetBucketWebsite.answer(self)
        case .putBucketWebsite: try await PutBucketWebsite.answer(self)
        case .deleteBucketWebsite: try await DeleteBucketWebsite.answer(self)
        case .getBucketCors: try await GetBucketCors.answer(self)
        case .putBucketCors: try await PutBucketCors.answer(self)
        case .deleteBucketCors: try await DeleteBucketCors.answer(self)
        default: try await performOnAccess()
        }
    }

    /// What says who may do what, and what may not be changed at all.
    private func performOnAccess() async throws -> DoorResponse {
        switch operation {
        case .getBucketAcl: try await GetBucketAcl.answer(self)
        case .putBucketAcl: try await PutBucketAcl.answer(self)
        case .getBucketPolicy: try await GetBucketPolicy.answer(self)
        case .putBucketPolicy: try await PutBucketPolicy.answer(self)
        case .deleteBucketPolicy: try await DeleteBucketPolicy.answer(self)
        case .getBucketPolicyStatus: try await GetBucketPolicyStatus.answer(self)
        case .getPublicAccessBlock: try await GetPublicAccessBlock.answer(self)
        case .putPublicAccessBlock: try await PutPublicAccessBlock.answer(self)
        case .deletePublicAccessBlock: try await DeletePublicAccessBlock.answer(self)
        case .getBucketOwnershipControls: try await GetBucketOwnershipControls.answer(self)
        case .putBucketOwnershipControls: try await PutBucketOwnershipControls.answer(self)
        case .deleteBucketOwnershipControls: try await DeleteBucketOwnershipControls.answer(self)
        case .getBucketRequestPayment: try await GetBucketRequestPayment.answer(self)
        case .putBucketRequestPayment: try await PutBucketRequestPayment.answer(self)
        case .getBucketVersioning: try await BucketVersioning.get(self)
        case .putBucketVersioning: try await BucketVersioning.put(self)
        case .getObjectLockConfiguration: try await BucketObjectLock.get(self)
        case .putObjectLockConfiguration: try await BucketObjectLock.put(self)
        case .getBucketEncryption: try await GetBucketEncryption.answer(self)
        case .putBucketEncryption: try await PutBucketEncryption.answer(self)
        case .deleteBucketEncryption: try await DeleteBucketEncryption.answer(self)
        default: try await performOnKept()
        }
    }

    /// What is kept for the tools that set it and has no effect here, and what is not there.
    private func performOnKept() async throws -> DoorResponse {
        switch operation {
        case .getBucketMetrics: try await KeptConfigurationOperations<RequestMetrics>.get(self)
        case .putBucketMetrics: try await KeptConfigurationOperations<RequestMetrics>.put(self)
        case .deleteBucketMetrics: try await KeptConfigurationOperations<RequestMetrics>.delete(self)
        case .getBucketAnalytics: try await KeptConfigurationOperations<StorageAnalytics>.get(self)
        case .putBucketAnalytics: try await KeptConfigurationOperations<StorageAnalytics>.put(self)
        case .deleteBucketAnalytics: try await KeptConfigurationOperations<StorageAnalytics>.delete(self)
        case .getBucketIntelligentTiering: try await KeptConfigurationOperations<IntelligentTiering>.get(self)
        case .putBucketIntelligentTiering: try await KeptConfigurationOperations<IntelligentTiering>.put(self)
        case .deleteBucketIntelligentTiering: try await KeptConfigurationOperations<IntelligentTiering>.delete(self)
        case .getBucketAccelerate: try await BucketAccelerate.get(self)
        case .putBucketAccelerate: try await BucketAccelerate.put(self)
        case .getBucketReplication: try await GetBucketReplication.answer(self)
        default: throw S3Error.notImplemented(operation: operation.rawValue)
        }
    }
}
