import Model
import StoragePorts

/// Why an operation was refused or failed. Doors map it with one total switch.
package enum ObjectsError: Error, Sendable, Equatable {
    case noSuchBucket(BucketName)
    /// The bucket exists, the object does not.
    case noSuchKey(BucketName, ObjectKey)
    case noSuchVersion(ObjectKey, VersionID)
    /// What was asked for is a delete marker: by its own id when `isNamed`, else as the key's current version.
    case deleteMarker(BucketName, ObjectKey, VersionID, lastModified: Timestamp, isNamed: Bool)
    /// A version id other than `null` in a bucket that never had versions.
    case noVersions(BucketName, VersionID)
    /// A read as of a position of a bucket that never had versions.
    case noHistory(BucketName)
    /// A read as of a position that is not reached yet.
    case positionAhead(LSN, applied: LSN)
    case noSuchUpload(UploadID)
    /// The part number of a read lies beyond the object's parts.
    case noSuchPart(number: Int, partCount: Int)

    /// Owned by another account.
    case bucketAlreadyExists(BucketName)
    case bucketAlreadyOwnedByYou(BucketName)
    case bucketNotEmpty(BucketName, hasVersions: Bool)
    case tooManyBuckets(limit: Int)
    /// The write would make the bucket hold more than its quota.
    case quotaExceeded(BucketName)
    /// A copy of an object that has to be restored first.
    case archived(StorageClass)
    /// A restore of an object that is of no archive class.
    case notArchived(StorageClass)
    /// A restore that is more of a hurry than the object's archive class allows.
    case retrievalNotOffered

    case preconditionFailed(Condition)
    /// Another change came between on each of several tries; the client may try again.
    case conflict
    /// The condition of a complete holds, but the key was changed since the upload began.
    case uploadDisturbed(ObjectKey, Condition)
    /// Copy onto itself without any change of attributes.
    case copyWithoutChange
    /// More than `ObjectsLimits.singlePayloadBytesMax` in one payload or copy.
    case entityTooLarge(size: Int64, limit: Int64)
    /// The range of a part copy does not lie within its source.
    case invalidCopyRange(ClosedRange<Int64>, size: Int64)

    /// A part that a complete lists does not exist or has another ETag or checksum.
    case invalidPart(number: Int)
    case invalidPartOrder
    /// A part that is not the last is below `ObjectsLimits.partBytesMin`.
    case partTooSmall(number: Int, etag: ETag, size: Int64)
    case invalidPartNumber(Int)
    case noParts
    case sizeMismatch(declared: Int64, actual: Int64)
    /// A checksum that the client declared differs from the one computed.
    case checksumMismatch(ChecksumAlgorithm)
    /// The upload was created with a checksum algorithm and the payload was not hashed with it.
    case checksumMissing(ChecksumAlgorithm)
    /// A complete of a composite checksum has to list each part's own.
    case partChecksumMissing(ChecksumAlgorithm, number: Int)
    /// The algorithm cannot be of this type: CRC64NVME is never composite, SHA1 and SHA256 are never of the full object.
    case invalidChecksumType(ChecksumAlgorithm, ChecksumType)
    /// A complete lists a part with a checksum of another algorithm than the upload's.
    case partChecksumMismatch(ChecksumAlgorithm, number: Int)
    /// The type of a complete differs from the upload's, which is nil where the client chose no checksum.
    case checksumTypeMismatch(ChecksumType?)

    /// A retention or legal hold keeps the version; nothing was changed.
    case versionIsLocked(BucketName, ObjectKey)
    /// The bucket has no Object Lock.
    case noObjectLock(BucketName)
    /// Object Lock needs a bucket with versioning enabled.
    case lockNeedsVersioning(BucketName)
    /// Versioning stays enabled in a bucket with Object Lock.
    case versioningIsLocked(BucketName)
    case retentionInThePast
    /// The version has no retention, or no legal hold was ever set on it.
    case noSuchLock(ObjectKey)

    /// A rule of the bucket refuses the object; the text says which and why.
    case notAdmitted(String)
    case renameToItself
    /// Changes of a batch that were refused; none of it was made.
    case batchRefused([BatchFailure])
    /// Another change of the batch is about the same key.
    case repeatedKey
    /// The bytes that the batch's commit would carry.
    case batchTooLarge(limit: Int)
    /// The token came before with another rename.
    case tokenMismatch
    /// The offset of an append is not the object's size.
    case wrongOffset(size: Int64)
    case tooManyParts
    /// The bucket has versions, or the object is encrypted.
    case appendNotPossible

    case invalidNotification(NotificationProblem)
    case noSuchInventory(String)
    /// Of those that are only kept.
    case noSuchConfiguration(String)
    case tooManyInventories(limit: Int)
    case tooManyConfigurations(limit: Int)
    /// A copy or rename of an object with tags or grants that the caller may not give the new one.
    case withheld
    case encryption(EncryptionProblem)

    /// The ledger's own failure. `.busy`, `.noSpace`: nothing was changed.
    case ledger(LedgerError)
    /// The blobs' own failure; nothing was changed.
    case blobs(BlobError)
    /// Something unforeseen, for the log and not for clients.
    case failed(String)

    /// Which condition of a request did not hold, by the header that states it.
    package enum Condition: String, Sendable {
        case ifMatch = "If-Match"
        case ifNoneMatch = "If-None-Match"
        case ifModifiedSince = "If-Modified-Since"
        case ifUnmodifiedSince = "If-Unmodified-Since"
        case size = "x-amz-if-match-size"
        case lastModified = "x-amz-if-match-last-modified-time"
        case copySourceIfMatch = "x-amz-copy-source-If-Match"
        case copySourceIfNoneMatch = "x-amz-copy-source-If-None-Match"
        case copySourceIfModifiedSince = "x-amz-copy-source-If-Modified-Since"
        case copySourceIfUnmodifiedSince = "x-amz-copy-source-If-Unmodified-Since"
        case initiated = "x-amz-if-match-initiated-time"
    }
}
