import Model
import NIOCore
import StoragePorts

// Signatures first; the bodies move into one file per family of operations.

extension Objects {
    // MARK: Buckets

    /// `region` is the location constraint; nil means this server's.
    /// Throws `.bucketAlreadyExists`, `.bucketAlreadyOwnedByYou`, `.tooManyBuckets`, `.illegalLocation`.
    package func createBucket(
        _ name: BucketName, region: Region? = nil, context: ChangeContext
    ) async throws(ObjectsError) -> Committed<BucketCreation> { throw .failed("") }

    /// Throws `.noSuchBucket`.
    package func bucket(_ name: BucketName) async throws(ObjectsError) -> Bucket { throw .failed("") }

    /// Uploads in progress go with the bucket. Throws `.noSuchBucket`, `.bucketNotEmpty`.
    package func deleteBucket(_ name: BucketName, context: ChangeContext) async throws(ObjectsError) -> Committed<Void> {
        throw .failed("")
    }

    /// The buckets of one account whose names begin with `prefix` and lie above `after`.
    package func listBuckets(
        owner: AccountID, prefix: String = "", after: String? = nil, countMax: Int = ObjectsLimits.bucketPageMax
    ) async throws(ObjectsError) -> BucketPage { throw .failed("") }

    // MARK: Objects

    /// Stores an object in place of what the key held. Throws `.noSuchBucket`, `.preconditionFailed`, `.noSuchKey` (If-Match
    /// on a missing object), `.entityTooLarge`, `.checksumMissing`.
    package func put(_ request: PutRequest) async throws(ObjectsError) -> Committed<ObjectInfo> { throw .failed("") }

    /// What is known of an object, and where its bytes lie. Throws `.noSuchBucket`, `.noSuchKey`.
    package func lookup(_ bucket: BucketName, _ key: ObjectKey) async throws(ObjectsError) -> StoredObject { throw .failed("") }

    /// Looks the object up and opens what `select` chooses of it, so that the answer's head and body are of the same object even
    /// when it is replaced meanwhile. `select` may run more than once; nil from it opens nothing (a HEAD, a failed condition), and
    /// its range must lie within the object's size. Throws `.noSuchBucket`, `.noSuchKey`, what `select` throws, `.conflict`.
    package func open(
        _ bucket: BucketName, _ key: ObjectKey, select: (StoredObject) throws(ObjectsError) -> Range<Int64>?
    ) async throws(ObjectsError) -> (object: StoredObject, reader: ObjectReader?) { throw .failed("") }

    /// Deletes an object; a missing one is success. The value is false when there was none. Throws `.noSuchBucket`,
    /// `.preconditionFailed`, `.noSuchKey` (a condition on a missing object).
    package func delete(
        _ bucket: BucketName, _ key: ObjectKey, condition: DeleteCondition = .none, context: ChangeContext
    ) async throws(ObjectsError) -> Committed<Bool> { throw .failed("") }

    /// Deletes up to `ObjectsLimits.deletesPerRequestMax` objects in one commit. One result per key, in order. Throws `.noSuchBucket`.
    package func deleteMany(
        _ bucket: BucketName, _ keys: [KeyDeletion], context: ChangeContext
    ) async throws(ObjectsError) -> Committed<[KeyDeletionResult]> { throw .failed("") }

    /// Copies an object; the bytes of large ones are shared, not copied. The ETag is the source's. Throws `.noSuchBucket`,
    /// `.noSuchKey`, `.preconditionFailed`, `.copyWithoutChange`, `.entityTooLarge`, `.conflict`.
    package func copy(_ request: CopyRequest) async throws(ObjectsError) -> Committed<ObjectInfo> { throw .failed("") }

    /// One page of a bucket's objects. Costs as much as it returns, however many keys a common prefix stands for. Throws `.noSuchBucket`.
    package func list(_ bucket: BucketName, _ query: ListQuery) async throws(ObjectsError) -> ListPage { throw .failed("") }

    // MARK: Multipart uploads

    /// Throws `.noSuchBucket`, `.invalidChecksumType`.
    package func createUpload(_ request: UploadRequest) async throws(ObjectsError) -> Committed<UploadInfo> { throw .failed("") }

    /// The upload, to know its checksum algorithm before a part's payload comes. Throws `.noSuchBucket`, `.noSuchUpload`.
    package func upload(
        _ bucket: BucketName, _ key: ObjectKey, _ id: UploadID
    ) async throws(ObjectsError) -> UploadInfo { throw .failed("") }

    /// Stores a part in place of what its number held. Throws `.noSuchBucket`, `.noSuchUpload`, `.invalidPartNumber`, `.entityTooLarge`,
    /// `.checksumMissing`.
    package func uploadPart(_ request: PartRequest) async throws(ObjectsError) -> Committed<PartInfo> { throw .failed("") }

    /// Makes a part of an object's bytes. Throws as `uploadPart` and for the source as `copy`; `.invalidCopyRange`.
    package func copyPart(_ request: PartCopyRequest) async throws(ObjectsError) -> Committed<PartInfo> { throw .failed("") }

    /// Makes the object of the listed parts and gives up the others. Repeated within `ObjectsLimits.completedUploadKept` it
    /// answers as the first time. Throws `.noSuchBucket`, `.noSuchUpload`, `.noParts`, `.invalidPart`, `.invalidPartOrder`,
    /// `.partTooSmall`, `.sizeMismatch`, `.checksumMismatch`, `.checksumTypeMismatch`, `.preconditionFailed`, `.noSuchKey`.
    package func completeUpload(_ request: CompleteRequest) async throws(ObjectsError) -> Committed<CompletedUpload> { throw .failed("") }

    /// Gives up an upload and its parts. `initiated`, when given, must be the upload's (in whole seconds). Throws `.noSuchBucket`,
    /// `.noSuchUpload`, `.preconditionFailed`.
    package func abortUpload(
        _ bucket: BucketName, _ key: ObjectKey, _ id: UploadID, initiated: Timestamp? = nil, context: ChangeContext
    ) async throws(ObjectsError) -> Committed<Void> { throw .failed("") }

    /// The parts with numbers above `after`. Throws `.noSuchBucket`, `.noSuchUpload`.
    package func listParts(
        _ bucket: BucketName, _ key: ObjectKey, _ id: UploadID, after: Int = 0, countMax: Int = ObjectsLimits.pageMax
    ) async throws(ObjectsError) -> PartPage { throw .failed("") }

    /// Throws `.noSuchBucket`.
    package func listUploads(_ bucket: BucketName, _ query: UploadListQuery) async throws(ObjectsError) -> UploadPage { throw .failed("") }

    // MARK: Notifications

    /// Replaces a bucket's configuration; an empty one ends all notifications. Throws `.noSuchBucket`, `.invalidNotification`.
    /// Whether the queues exist and may be written to is for the caller to check.
    package func setNotifications(
        _ bucket: BucketName, _ configuration: NotificationConfiguration, context: ChangeContext
    ) async throws(ObjectsError) -> Committed<Void> { throw .failed("") }

    /// Throws `.noSuchBucket`.
    package func notifications(_ bucket: BucketName) async throws(ObjectsError) -> NotificationConfiguration { throw .failed("") }

    /// Finishes what a stop may have left half done (the parts of deleted buckets). Call once after the ledger has opened;
    /// serving may begin before it returns.
    package func resume() async throws(ObjectsError) {}
}
