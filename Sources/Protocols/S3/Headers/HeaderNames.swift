import HTTPTypes

/// S3's own header names, parsed once.
extension HTTPField.Name {
    /// For names written in this file only: a bad one is a programming error.
    private static func named(_ name: String) -> HTTPField.Name {
        guard let parsed = HTTPField.Name(name) else { preconditionFailure("not a header name: \(name)") }
        return parsed
    }

    static let amzRequestID = named("x-amz-request-id")
    static let amzID2 = named("x-amz-id-2")
    static let amzBucketRegion = named("x-amz-bucket-region")
    static let amzExpectedBucketOwner = named("x-amz-expected-bucket-owner")
    static let amzSourceExpectedBucketOwner = named("x-amz-source-expected-bucket-owner")
    static let amzStorageClass = named("x-amz-storage-class")
    static let amzWebsiteRedirectLocation = named("x-amz-website-redirect-location")
    static let amzMpPartsCount = named("x-amz-mp-parts-count")
    static let amzMpObjectSize = named("x-amz-mp-object-size")

    static let amzCopySource = named("x-amz-copy-source")
    static let amzCopySourceRange = named("x-amz-copy-source-range")
    static let amzCopySourceIfMatch = named("x-amz-copy-source-if-match")
    static let amzCopySourceIfNoneMatch = named("x-amz-copy-source-if-none-match")
    static let amzCopySourceIfModifiedSince = named("x-amz-copy-source-if-modified-since")
    static let amzCopySourceIfUnmodifiedSince = named("x-amz-copy-source-if-unmodified-since")
    static let amzTagging = named("x-amz-tagging")
    static let amzTaggingCount = named("x-amz-tagging-count")
    static let amzTaggingDirective = named("x-amz-tagging-directive")
    static let amzMetadataDirective = named("x-amz-metadata-directive")

    static let amzIfMatchSize = named("x-amz-if-match-size")
    static let amzIfMatchLastModifiedTime = named("x-amz-if-match-last-modified-time")
    static let amzIfMatchInitiatedTime = named("x-amz-if-match-initiated-time")

    static let amzSDKChecksumAlgorithm = named("x-amz-sdk-checksum-algorithm")
    static let amzChecksumAlgorithm = named("x-amz-checksum-algorithm")
    static let amzChecksumType = named("x-amz-checksum-type")
    static let amzChecksumMode = named("x-amz-checksum-mode")
    static let amzChecksumCRC32 = named("x-amz-checksum-crc32")
    static let amzChecksumCRC32C = named("x-amz-checksum-crc32c")
    static let amzChecksumCRC64NVME = named("x-amz-checksum-crc64nvme")
    static let amzChecksumSHA1 = named("x-amz-checksum-sha1")
    static let amzChecksumSHA256 = named("x-amz-checksum-sha256")

    static let amzObjectAttributes = named("x-amz-object-attributes")
    static let amzMaxParts = named("x-amz-max-parts")
    static let amzPartNumberMarker = named("x-amz-part-number-marker")
    static let amzSkipDestinationValidation = named("x-amz-skip-destination-validation")

    static let amzVersionID = named("x-amz-version-id")
    static let amzDeleteMarker = named("x-amz-delete-marker")
    static let amzCopySourceVersionID = named("x-amz-copy-source-version-id")
    static let amzBucketObjectLockEnabled = named("x-amz-bucket-object-lock-enabled")
    static let amzObjectLockMode = named("x-amz-object-lock-mode")
    static let amzObjectLockRetainUntilDate = named("x-amz-object-lock-retain-until-date")
    static let amzObjectLockLegalHold = named("x-amz-object-lock-legal-hold")
    static let amzBypassGovernanceRetention = named("x-amz-bypass-governance-retention")

    static let contentMD5 = named("Content-MD5")
    static let roostAsOf = named("x-roost-as-of")
    static let roostLSN = named("x-roost-lsn")
    static let roostWaitLSN = named("x-roost-wait-lsn")
    static let roostWaitTimeout = named("x-roost-wait-timeout")
}
