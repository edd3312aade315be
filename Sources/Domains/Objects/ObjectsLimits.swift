/// S3's limits, as AWS documents them.
///
/// Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html
package enum ObjectsLimits {
    package static let bucketsPerAccountMax = 10_000
    /// The largest payload of one PutObject, UploadPart or copy.
    package static let singlePayloadBytesMax: Int64 = 5 << 30
    package static let objectBytesMax: Int64 = 5 << 40
    package static let partNumbers = 1...10_000
    /// Every part but the last has at least this many bytes.
    package static let partBytesMin: Int64 = 5 << 20
    package static let deletesPerRequestMax = 1_000
    /// The largest page of objects, uploads or parts.
    package static let pageMax = 1_000
    package static let bucketPageMax = 10_000
    package static let notificationTargetsMax = 100
    /// Lines of one access control list. Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html
    package static let grantsMax = 100
    /// Changes of one batch: about ten milliseconds of the ledger's thread.
    package static let batchChangesMax = 1_000
    /// Bytes in packs that one batch writes; they wait in memory and are synced with one commit.
    package static let batchPackedBytesMax = 16 << 20
    /// How long a rename's token is remembered, for the same reason.
    package static let renameTokenKept: Duration = .seconds(3_600)
    /// How long a completed upload is remembered, so that a client that lost the answer may ask again.
    package static let completedUploadKept: Duration = .seconds(3_600)
}
