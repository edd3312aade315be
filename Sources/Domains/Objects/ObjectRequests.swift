import Model

/// A PutObject, after its payload was received.
package struct PutRequest: Sendable {
    package var bucket: BucketName
    package var key: ObjectKey
    package var payload: Payload
    package var attributes: ObjectAttributes
    /// The checksum to keep with the object; the payload must have been hashed with it.
    package var checksum: ChecksumAlgorithm?
    package var condition: WriteCondition
    /// Without a retention the bucket's default one is taken. Throws when the bucket has no Object Lock.
    package var lock: ObjectLock
    /// By a browser's form rather than by PUT.
    package var isPost: Bool
    package var context: ChangeContext

    package init(
        bucket: BucketName, key: ObjectKey, payload: Payload, attributes: ObjectAttributes = ObjectAttributes(),
        checksum: ChecksumAlgorithm? = nil, condition: WriteCondition = .none, lock: ObjectLock = .none, isPost: Bool = false,
        context: ChangeContext
    ) {
        self.bucket = bucket
        self.key = key
        self.payload = payload
        self.attributes = attributes
        self.checksum = checksum
        self.condition = condition
        self.lock = lock
        self.isPost = isPost
        self.context = context
    }
}

/// The object that a copy reads.
package struct CopySource: Hashable, Sendable {
    package var bucket: BucketName
    package var key: ObjectKey
    /// Nil: the current one.
    package var version: VersionID?
    package var conditions: ReadConditions
    /// When the copy was asked for: an object of an archive class has to be restored then. Nil takes it as it is.
    package var asked: Timestamp?

    package init(
        bucket: BucketName, key: ObjectKey, version: VersionID? = nil, conditions: ReadConditions = .none, asked: Timestamp? = nil
    ) {
        self.bucket = bucket
        self.key = key
        self.version = version
        self.conditions = conditions
        self.asked = asked
    }
}

package struct CopyRequest: Sendable {
    package enum Attributes: Hashable, Sendable {
        /// The metadata directive COPY: headers and metadata of the source; class and redirect are never copied.
        case copied(storageClass: StorageClass?, websiteRedirect: String?)
        /// The directive REPLACE.
        case replaced(ObjectAttributes)
    }

    package enum Tags: Hashable, Sendable {
        /// The tagging directive COPY, by a caller who may read the source's tags.
        case copied
        /// The directive COPY by one who may not: refused when there are any.
        case withheld
        /// The directive REPLACE.
        case replaced(TagSet)
    }

    package var source: CopySource
    package var bucket: BucketName
    package var key: ObjectKey
    package var attributes: Attributes
    /// Whose the copy is and who else may do what with it; never the source's.
    package var access: ObjectAccess
    /// Takes the place of those in `attributes`.
    package var tags: Tags
    /// The algorithm of the copy's checksum; nil keeps the source's checksum.
    package var checksum: ChecksumAlgorithm?
    package var condition: WriteCondition
    /// The copy's own: locks are never copied.
    package var lock: ObjectLock
    /// Of the copy; the source's is not inherited.
    package var encryption = EncryptionChoice.unspecified
    /// That the source is stored with.
    package var sourceKey: CustomerKey?
    package var context: ChangeContext

    package init(
        source: CopySource, bucket: BucketName, key: ObjectKey,
        attributes: Attributes = .copied(storageClass: nil, websiteRedirect: nil), tags: Tags = .copied,
        access: ObjectAccess = .bucketOwnersAlone, checksum: ChecksumAlgorithm? = nil, condition: WriteCondition = .none,
        lock: ObjectLock = .none, context: ChangeContext
    ) {
        self.source = source
        self.bucket = bucket
        self.key = key
        self.attributes = attributes
        self.access = access
        self.tags = tags
        self.checksum = checksum
        self.condition = condition
        self.lock = lock
        self.context = context
    }
}

/// One key of a DeleteObjects.
package struct KeyDeletion: Hashable, Sendable {
    package var key: ObjectKey
    /// Removes this version for good. Nil: the key has no object afterwards, older versions stay.
    package var version: VersionID?
    package var condition: DeleteCondition
    /// A retention in governance mode does not keep the version. Whether the caller may is asked of each key.
    package var bypassesGovernance: Bool

    package init(
        key: ObjectKey, version: VersionID? = nil, condition: DeleteCondition = .none, bypassesGovernance: Bool = false
    ) {
        self.key = key
        self.version = version
        self.condition = condition
        self.bypassesGovernance = bypassesGovernance
    }
}

/// What became of one key of a DeleteObjects.
package enum KeyDeletionResult: Hashable, Sendable {
    case deleted(Deletion)
    /// A condition on a key that does not exist.
    case noSuchKey
    case preconditionFailed(ObjectsError.Condition)
    /// A retention or legal hold keeps the version.
    case locked
    /// A version other than `null` in a bucket that never had versions.
    case noVersions
}

/// A deletion that was done.
package struct Deletion: Hashable, Sendable {
    /// False when there was no such object or version, which is success too.
    package let existed: Bool
    /// The version that was removed, or the delete marker that was made; nil in a bucket without versions.
    package let version: VersionID?
    /// `version` is a delete marker.
    package let isDeleteMarker: Bool

    package init(existed: Bool, version: VersionID? = nil, isDeleteMarker: Bool = false) {
        self.existed = existed
        self.version = version
        self.isDeleteMarker = isDeleteMarker
    }
}
