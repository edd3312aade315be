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
    /// By a browser's form rather than by PUT.
    package var isPost: Bool
    package var context: ChangeContext

    package init(
        bucket: BucketName, key: ObjectKey, payload: Payload, attributes: ObjectAttributes = ObjectAttributes(),
        checksum: ChecksumAlgorithm? = nil, condition: WriteCondition = .none, isPost: Bool = false, context: ChangeContext
    ) {
        self.bucket = bucket
        self.key = key
        self.payload = payload
        self.attributes = attributes
        self.checksum = checksum
        self.condition = condition
        self.isPost = isPost
        self.context = context
    }
}

/// The object that a copy reads.
package struct CopySource: Hashable, Sendable {
    package var bucket: BucketName
    package var key: ObjectKey
    package var conditions: ReadConditions

    package init(bucket: BucketName, key: ObjectKey, conditions: ReadConditions = .none) {
        self.bucket = bucket
        self.key = key
        self.conditions = conditions
    }
}

package struct CopyRequest: Sendable {
    package enum Attributes: Hashable, Sendable {
        /// The metadata directive COPY: headers and metadata of the source; class and redirect are never copied.
        case copied(storageClass: StorageClass?, websiteRedirect: String?)
        /// The directive REPLACE.
        case replaced(ObjectAttributes)
    }

    package var source: CopySource
    package var bucket: BucketName
    package var key: ObjectKey
    package var attributes: Attributes
    /// The algorithm of the copy's checksum; nil keeps the source's checksum.
    package var checksum: ChecksumAlgorithm?
    package var condition: WriteCondition
    /// Of the copy; the source's is not inherited.
    package var encryption = EncryptionChoice.unspecified
    /// That the source is stored with.
    package var sourceKey: CustomerKey?
    package var context: ChangeContext

    package init(
        source: CopySource, bucket: BucketName, key: ObjectKey,
        attributes: Attributes = .copied(storageClass: nil, websiteRedirect: nil), checksum: ChecksumAlgorithm? = nil,
        condition: WriteCondition = .none, context: ChangeContext
    ) {
        self.source = source
        self.bucket = bucket
        self.key = key
        self.attributes = attributes
        self.checksum = checksum
        self.condition = condition
        self.context = context
    }
}

/// One key of a DeleteObjects.
package struct KeyDeletion: Hashable, Sendable {
    package var key: ObjectKey
    package var condition: DeleteCondition

    package init(key: ObjectKey, condition: DeleteCondition = .none) {
        self.key = key
        self.condition = condition
    }
}

/// What became of one key of a DeleteObjects.
package enum KeyDeletionResult: Hashable, Sendable {
    /// It is gone; `existed` is false when there was none, which is success too.
    case deleted(existed: Bool)
    /// A condition on a key that does not exist.
    case noSuchKey
    case preconditionFailed(ObjectsError.Condition)
}
