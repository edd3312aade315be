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
        case .getBucketEncryption: try await GetBucketEncryption.answer(self)
        case .putBucketEncryption: try await PutBucketEncryption.answer(self)
        case .deleteBucketEncryption: try await DeleteBucketEncryption.answer(self)
        case .getBucketVersioning, .getBucketAcl, .getBucketPolicy, .getBucketPolicyStatus, .getBucketCors, .getBucketLifecycle,
            .getBucketTagging, .getObjectLockConfiguration, .getPublicAccessBlock, .getBucketOwnershipControls,
            .getBucketWebsite, .getBucketLogging, .getBucketRequestPayment, .getBucketReplication, .getBucketAccelerate:
            try await UnsetConfiguration.answer(self)
        case .getObjectAcl, .getObjectTagging: try await UnsetObjectSettings.answer(self)
        default: throw S3Error.notImplemented(operation: operation.rawValue)
        }
    }
}
