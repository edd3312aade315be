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
    static let amzBucketARN = named("x-amz-bucket-arn")
    static let amzAccessPointAlias = named("x-amz-access-point-alias")
    static let amzBucketRegion = named("x-amz-bucket-region")
    static let amzExpectedBucketOwner = named("x-amz-expected-bucket-owner")
    static let amzSourceExpectedBucketOwner = named("x-amz-source-expected-bucket-owner")
    static let amzRestore = named("x-amz-restore")
    static let amzStorageClass = named("x-amz-storage-class")
    static let amzWebsiteRedirectLocation = named("x-amz-website-redirect-location")
    static let amzExpiration = named("x-amz-expiration")
    static let amzTransitionMinimumSize = named("x-amz-transition-default-minimum-object-size")
    static let amzMpPartsCount = named("x-amz-mp-parts-count")
    static let amzMpObjectSize = named("x-amz-mp-object-size")

    static let amzACL = named("x-amz-acl")
    static let amzGrantRead = named("x-amz-grant-read")
    static let amzGrantWrite = named("x-amz-grant-write")
    static let amzGrantReadACP = named("x-amz-grant-read-acp")
    static let amzGrantWriteACP = named("x-amz-grant-write-acp")
    static let amzGrantFullControl = named("x-amz-grant-full-control")
    static let amzObjectOwnership = named("x-amz-object-ownership")
    static let amzRequestPayer = named("x-amz-request-payer")
    static let amzRequestCharged = named("x-amz-request-charged")

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

    static let amzErrorCode = named("x-amz-error-code")
    static let amzErrorMessage = named("x-amz-error-message")

    static let amzObjectAttributes = named("x-amz-object-attributes")
    static let amzMaxParts = named("x-amz-max-parts")
    static let amzPartNumberMarker = named("x-amz-part-number-marker")
    static let amzSkipDestinationValidation = named("x-amz-skip-destination-validation")

    static let amzRenameSource = named("x-amz-rename-source")
    static let amzRenameSourceIfMatch = named("x-amz-rename-source-if-match")
    static let amzRenameSourceIfNoneMatch = named("x-amz-rename-source-if-none-match")
    static let amzRenameSourceIfModifiedSince = named("x-amz-rename-source-if-modified-since")
    static let amzRenameSourceIfUnmodifiedSince = named("x-amz-rename-source-if-unmodified-since")
    static let amzClientToken = named("x-amz-client-token")
    static let amzWriteOffsetBytes = named("x-amz-write-offset-bytes")
    static let amzObjectSize = named("x-amz-object-size")

    static let amzVersionID = named("x-amz-version-id")
    static let amzDeleteMarker = named("x-amz-delete-marker")
    static let amzCopySourceVersionID = named("x-amz-copy-source-version-id")
    static let amzBucketObjectLockEnabled = named("x-amz-bucket-object-lock-enabled")
    static let amzObjectLockMode = named("x-amz-object-lock-mode")
    static let amzObjectLockRetainUntilDate = named("x-amz-object-lock-retain-until-date")
    static let amzObjectLockLegalHold = named("x-amz-object-lock-legal-hold")
    static let amzBypassGovernanceRetention = named("x-amz-bypass-governance-retention")

    static let amzEncryption = named("x-amz-server-side-encryption")
    static let amzEncryptionKey = named("x-amz-server-side-encryption-aws-kms-key-id")
    static let amzEncryptionContext = named("x-amz-server-side-encryption-context")
    static let amzEncryptionBucketKey = named("x-amz-server-side-encryption-bucket-key-enabled")
    static let amzCustomerAlgorithm = named("x-amz-server-side-encryption-customer-algorithm")
    static let amzCustomerKey = named("x-amz-server-side-encryption-customer-key")
    static let amzCustomerKeyMD5 = named("x-amz-server-side-encryption-customer-key-MD5")
    static let amzCopySourceCustomerAlgorithm = named("x-amz-copy-source-server-side-encryption-customer-algorithm")
    static let amzCopySourceCustomerKey = named("x-amz-copy-source-server-side-encryption-customer-key")
    static let amzCopySourceCustomerKeyMD5 = named("x-amz-copy-source-server-side-encryption-customer-key-MD5")

    static let contentMD5 = named("Content-MD5")
    static let roostQuotaBytes = named("x-roost-quota-bytes")
    static let roostQuotaObjects = named("x-roost-quota-objects")
    static let roostUsageBytes = named("x-roost-usage-bytes")
    static let roostUsageObjects = named("x-roost-usage-objects")
    static let roostAsOf = named("x-roost-as-of")
    static let roostLSN = named("x-roost-lsn")
    static let roostWaitLSN = named("x-roost-wait-lsn")
    static let roostWaitTimeout = named("x-roost-wait-timeout")
}
