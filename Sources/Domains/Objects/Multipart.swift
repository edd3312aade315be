import Model

/// Names a multipart upload: the LSN of its creation and a random number, as 32 hexadecimal digits.
/// Also names the parts that a finished object keeps.
package struct UploadID: Hashable, Sendable, CustomStringConvertible {
    let lsn: UInt64
    let random: UInt64

    init(lsn: UInt64, random: UInt64) {
        self.lsn = lsn
        self.random = random
    }

    /// Nil when `text` is no id that this server could have made.
    package init?(_ text: String) {
        let digits = Array(text.utf8)
        guard digits.count == 32 else { return nil }
        var words: (UInt64, UInt64) = (0, 0)
        for digit in digits {
            guard let value = Self.value(ofDigit: digit) else { return nil }
            words = (words.0 << 4 | words.1 >> 60, words.1 << 4 | value)
        }
        self.init(lsn: words.0, random: words.1)
    }

    package var description: String { MD5Digest(high: lsn, low: random).etag().description }

    private static func value(ofDigit digit: UInt8) -> UInt64? {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt64(digit - UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt64(digit - UInt8(ascii: "a") + 10)
        default: nil
        }
    }
}

package struct UploadRequest: Sendable {
    package var bucket: BucketName
    package var key: ObjectKey
    package var attributes: ObjectAttributes
    package var checksumAlgorithm: ChecksumAlgorithm?
    /// Nil means the algorithm's default: full object for CRC64NVME, else composite.
    package var checksumType: ChecksumType?
    /// False for the algorithm that an upload gets whose client named none.
    package var isChecksumChosen = true
    /// What the object shall have once it is complete.
    package var lock: ObjectLock
    package var encryption = EncryptionChoice.unspecified
    package var context: ChangeContext

    package init(
        bucket: BucketName, key: ObjectKey, attributes: ObjectAttributes = ObjectAttributes(),
        checksumAlgorithm: ChecksumAlgorithm? = nil, checksumType: ChecksumType? = nil, lock: ObjectLock = .none, context: ChangeContext
    ) {
        self.bucket = bucket
        self.key = key
        self.attributes = attributes
        self.checksumAlgorithm = checksumAlgorithm
        self.checksumType = checksumType
        self.lock = lock
        self.context = context
    }
}

/// An upload in progress.
package struct UploadInfo: Hashable, Sendable {
    package let id: UploadID
    package let key: ObjectKey
    package let initiated: Timestamp
    package let attributes: ObjectAttributes
    package let checksumAlgorithm: ChecksumAlgorithm?
    /// Nil when there is no algorithm.
    package let checksumType: ChecksumType?
    /// False where the client named no algorithm: then parts may bring any, and the checksum is shown of the object only.
    package let isChecksumChosen: Bool
    package let lock: ObjectLock
    package let owner: Owner
    package let initiator: Owner
    /// Of its parts, and of the object that they will be.
    let encryption: StoredEncryption?

    /// What is shown of the upload and its parts.
    package var shownChecksum: (algorithm: ChecksumAlgorithm, type: ChecksumType)? {
        guard isChecksumChosen, let checksumAlgorithm, let checksumType else { return nil }
        return (checksumAlgorithm, checksumType)
    }

    /// Nil when the object will be kept in the clear.
    package var shownEncryption: ObjectEncryption? { encryption?.shown }
}

package struct PartInfo: Hashable, Sendable {
    package let number: Int
    /// Bytes.
    package let size: Int64
    package let etag: ETag
    package let lastModified: Timestamp
    package let checksum: Checksum?
    /// Told of a part that was just made; nil for one in the clear.
    package var encryption: ObjectEncryption?
    /// Told of a part that was just made: whether the checksum is of the algorithm that the upload's client named.
    package var isChecksumChosen = true
}

/// An UploadPart, after its payload was received.
package struct PartRequest: Sendable {
    package var bucket: BucketName
    package var key: ObjectKey
    package var upload: UploadID
    package var number: Int
    package var payload: Payload
    package var context: ChangeContext

    package init(bucket: BucketName, key: ObjectKey, upload: UploadID, number: Int, payload: Payload, context: ChangeContext) {
        self.bucket = bucket
        self.key = key
        self.upload = upload
        self.number = number
        self.payload = payload
        self.context = context
    }
}

package struct PartCopyRequest: Sendable {
    package var source: CopySource
    /// Bytes of the source, both ends included as in the header; nil for all of it.
    package var range: ClosedRange<Int64>?
    package var bucket: BucketName
    package var key: ObjectKey
    package var upload: UploadID
    package var number: Int
    /// That the source is stored with.
    package var sourceKey: CustomerKey?
    /// That the upload was created with.
    package var customerKey: CustomerKey?
    package var context: ChangeContext

    package init(
        source: CopySource, range: ClosedRange<Int64>? = nil, bucket: BucketName, key: ObjectKey, upload: UploadID, number: Int,
        context: ChangeContext
    ) {
        self.source = source
        self.range = range
        self.bucket = bucket
        self.key = key
        self.upload = upload
        self.number = number
        self.context = context
    }
}

/// One part as a complete lists it.
package struct ListedPart: Hashable, Sendable {
    package var number: Int
    package var etag: ETag
    package var checksum: Checksum?

    package init(number: Int, etag: ETag, checksum: Checksum? = nil) {
        self.number = number
        self.etag = etag
        self.checksum = checksum
    }
}

package struct CompleteRequest: Sendable {
    package var bucket: BucketName
    package var key: ObjectKey
    package var upload: UploadID
    package var parts: [ListedPart]
    /// The whole object's checksum as the client computed it.
    package var checksum: Checksum?
    package var checksumType: ChecksumType?
    /// The whole object's size as the client knows it (`x-amz-mp-object-size`).
    package var size: Int64?
    package var condition: WriteCondition
    /// That the upload was created with.
    package var customerKey: CustomerKey?
    /// A composite checksum needs those of all parts in `parts`, as at AWS; without, those that the parts came with are enough.
    package var requiresPartChecksums = true
    /// As at AWS a checksum without a type is one of its algorithm's default type; without, it is one of the upload's.
    package var requiresChecksumType = true
    package var context: ChangeContext

    package init(
        bucket: BucketName, key: ObjectKey, upload: UploadID, parts: [ListedPart], checksum: Checksum? = nil,
        checksumType: ChecksumType? = nil, size: Int64? = nil, condition: WriteCondition = .none, context: ChangeContext
    ) {
        self.bucket = bucket
        self.key = key
        self.upload = upload
        self.parts = parts
        self.checksum = checksum
        self.checksumType = checksumType
        self.size = size
        self.condition = condition
        self.context = context
    }
}

/// What a completed upload made.
package struct CompletedUpload: Hashable, Sendable {
    package let key: ObjectKey
    package let etag: ETag
    package let checksum: ObjectChecksum?
    /// Nil in a bucket that never had versions.
    package let version: VersionID?
    /// Nil for one that is kept in the clear.
    package var encryption: ObjectEncryption?
    /// The commit that made the object; a repeated complete answers the first one's.
    package let lsn: LSN
}

/// One page of an upload's parts, ascending.
package struct PartPage: Hashable, Sendable {
    package let upload: UploadInfo
    package let parts: [PartInfo]
    package let isTruncated: Bool
}
