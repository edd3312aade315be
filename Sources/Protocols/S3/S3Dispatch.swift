import Doors

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
        case .deleteBucket: try await DeleteBucket.answer(self)
        case .getBucketLocation: try await GetBucketLocation.answer(self)
        case .getBucketNotification: try await GetBucketNotification.answer(self)
        case .putBucketNotification: try await PutBucketNotification.answer(self)
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
        case .listParts: try await ListParts.answer(self)
        case .getObjectTagging: try await GetObjectTagging.answer(self)
        case .putObjectTagging: try await PutObjectTagging.answer(self)
        case .deleteObjectTagging: try await DeleteObjectTagging.answer(self)
        case .getBucketTagging: try await GetBucketTagging.answer(self)
        case .putBucketTagging: try await PutBucketTagging.answer(self)
        case .deleteBucketTagging: try await DeleteBucketTagging.answer(self)
        case .getBucketCors: try await GetBucketCors.answer(self)
        case .putBucketCors: try await PutBucketCors.answer(self)
        case .deleteBucketCors: try await DeleteBucketCors.answer(self)
        case .getBucketVersioning: try await BucketVersioning.get(self)
        case .putBucketVersioning: try await BucketVersioning.put(self)
        case .getObjectLockConfiguration: try await BucketObjectLock.get(self)
        case .putObjectLockConfiguration: try await BucketObjectLock.put(self)
        case .getObjectRetention: try await ObjectRetention.get(self)
        case .putObjectRetention: try await ObjectRetention.put(self)
        case .getObjectLegalHold: try await ObjectLegalHold.get(self)
        case .putObjectLegalHold: try await ObjectLegalHold.put(self)
        case .getBucketAcl, .getBucketPolicy, .getBucketPolicyStatus, .getBucketLifecycle, .getBucketEncryption,
            .getPublicAccessBlock, .getBucketOwnershipControls,
            .getBucketWebsite, .getBucketLogging, .getBucketRequestPayment, .getBucketReplication, .getBucketAccelerate:
            try await UnsetConfiguration.answer(self)
        case .getObjectAcl: try await UnsetObjectSettings.answer(self)
        default: throw S3Error.notImplemented(operation: operation.rawValue)
        }
    }
}
