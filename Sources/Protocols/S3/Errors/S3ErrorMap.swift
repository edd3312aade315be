import AWSWire
import Doors
import Envelope
import HTTPTypes
import Identity
import Model
import Objects
import StoragePorts

/// The one place where errors from below become S3's. Every switch is total, so that a new case below does not compile here
/// until somebody decides what clients see of it.
package enum S3ErrorMap {
    package static func s3Error(for error: any Error) -> S3Error {
        switch error {
        case let error as S3Error: error
        case let error as ObjectsError: map(error)
        case let error as SigV4Error: map(error)
        case let error as PresignedURLError: map(error)
        case let error as AWSChunkedError: map(error)
        case let error as DoorBodyError: map(error)
        case let error as LedgerError: map(error)
        case let error as BlobError: map(error)
        case is XMLError: .malformedXML
        default: S3Error.internalError.causedBy("\(error)")
        }
    }

    static func map(_ error: ObjectsError) -> S3Error {
        switch error {
        case .noSuchBucket(let bucket): .noSuchBucket(bucket.rawValue)
        case .noSuchKey(_, let key): .noSuchKey(key.string)
        case .noSuchVersion, .deleteMarker, .noVersions, .noHistory, .positionAhead: version(error)
        case .versionIsLocked, .noObjectLock, .lockNeedsVersioning, .versioningIsLocked, .retentionInThePast, .noSuchLock: lock(error)
        case .noSuchUpload(let id): .noSuchUpload(id.description)
        case .noSuchPart(let number, let count): .invalidPartNumber(requested: number, count: count)
        case .bucketAlreadyExists(let bucket): .bucketAlreadyExists(bucket.rawValue)
        case .bucketAlreadyOwnedByYou(let bucket): .bucketAlreadyOwnedByYou(bucket.rawValue)
        case .bucketNotEmpty(let bucket, let hasVersions): .bucketNotEmpty(bucket.rawValue, hasVersions: hasVersions)
        case .tooManyBuckets: .tooManyBuckets
        case .quotaExceeded(let bucket): .quotaExceeded(bucket.rawValue)
        case .preconditionFailed(let condition): .preconditionFailed(condition.rawValue)
        case .conflict: .conditionalConflict
        case .uploadDisturbed(let key, let condition): .uploadDisturbed(key.string, condition.rawValue)
        case .copyWithoutChange: .copyWithoutChange
        case .archived(let storageClass): .archivedSource(storageClass)
        case .notArchived(let storageClass): .notArchived(storageClass)
        case .retrievalNotOffered: .retrievalNotOffered
        case .entityTooLarge(let size, let limit): .entityTooLarge(size, max: limit)
        case .invalidCopyRange(let range, let size): .invalidCopyRange(range, size: size)
        case .invalidPart, .invalidPartOrder, .partTooSmall, .invalidPartNumber, .noParts, .sizeMismatch: multipart(error)
        case .checksumMismatch, .checksumMissing, .partChecksumMissing, .partChecksumMismatch, .invalidChecksumType, .checksumTypeMismatch:
            checksum(error)
        case .invalidNotification(let problem): notification(problem)
        case .renameToItself, .tokenMismatch, .wrongOffset, .tooManyParts, .appendNotPossible, .batchRefused, .repeatedKey, .batchTooLarge:
            beyond(error)
        case .notAdmitted(let reason): .notAdmitted(reason)
        case .withheld: .accessDenied
        case .noSuchInventory, .noSuchConfiguration: .noSuchConfiguration
        case .tooManyInventories(let limit), .tooManyConfigurations(let limit): .tooManyConfigurations(limit: limit)
        case .encryption(let problem): encryption(problem)
        case .ledger(let error): map(error)
        case .blobs(let error): map(error)
        case .failed(let cause): S3Error.internalError.causedBy(cause)
        }
    }

    private static func version(_ error: ObjectsError) -> S3Error {
        switch error {
        case .noSuchVersion(let key, let id): .noSuchVersion(key.string, id.description)
        case .deleteMarker(_, let key, let id, let time, let isNamed):
            isNamed ? .deleteMarker(id, lastModified: time, .get) : .deletedKey(key.string, id)
        case .noVersions(_, let id): VersionParameter.invalid(id.description)
        case .noHistory(let bucket): .noHistory(bucket.rawValue)
        case .positionAhead(let position, let applied): .positionAhead(position, applied: applied)
        default: S3Error.internalError.causedBy("\(error)")
        }
    }

    private static func lock(_ error: ObjectsError) -> S3Error {
        switch error {
        case .versionIsLocked: .lockedVersion
        case .noObjectLock: .noObjectLock
        case .lockNeedsVersioning: .lockNeedsVersioning
        case .versioningIsLocked: .versioningIsLocked
        case .retentionInThePast: .retentionInThePast
        case .noSuchLock: .noSuchLock
        default: S3Error.internalError.causedBy("\(error)")
        }
    }

    private static func beyond(_ error: ObjectsError) -> S3Error {
        switch error {
        case .renameToItself: .renameToItself
        case .tokenMismatch: .idempotencyParameterMismatch
        case .wrongOffset(let size): .invalidWriteOffset(size: size)
        case .tooManyParts: .tooManyParts
        case .appendNotPossible: .appendNotPossible
        case .repeatedKey: .repeatedKey
        case .batchTooLarge(let limit): .batchTooLarge(limit: limit)
        default: S3Error.internalError.causedBy("\(error)")
        }
    }

    private static func multipart(_ error: ObjectsError) -> S3Error {
        switch error {
        case .invalidPart(let number): .invalidPart(partNumber: number, etag: nil, uploadID: nil)
        case .invalidPartOrder: .invalidPartOrder(uploadID: nil)
        case .partTooSmall(let number, let etag, let size):
            .entityTooSmall(partNumber: number, size: size, minimum: ObjectsLimits.partBytesMin, etag: etag.text)
        case .invalidPartNumber(let number): .invalidPartNumber(String(number))
        case .noParts: .noParts
        case .sizeMismatch(let declared, let actual):
            .invalidRequest(
                "The provided 'x-amz-mp-object-size' header value \(declared) does not match what was computed: \(actual)")
        default: S3Error.internalError.causedBy("\(error)")
        }
    }

    private static func checksum(_ error: ObjectsError) -> S3Error {
        switch error {
        case .checksumMismatch(let algorithm): .badChecksum(algorithm.wireName.lowercased())
        case .checksumMissing(let algorithm):
            .invalidRequest(
                "Checksum Type mismatch occurred, expected checksum Type: \(algorithm.wireName.lowercased()), actual checksum Type: null")
        case .partChecksumMissing(let algorithm, let number):
            .invalidRequest(
                "The upload was created using a \(algorithm.wireName.lowercased()) checksum. The complete request must include the "
                    + "checksum for each part. It was missing for part \(number) in the request.")
        case .invalidChecksumType(let algorithm, let type):
            .invalidRequest(
                "The \(type.wireName) checksum type cannot be used with the \(algorithm.wireName.lowercased()) checksum algorithm.")
        case .partChecksumMismatch(let algorithm, let number): .badPartChecksum(algorithm.wireName.lowercased(), number)
        case .checksumTypeMismatch(let type):
            .invalidRequest(
                "The upload was created using the \(type?.wireName ?? "null") checksum mode. The complete request must use the same "
                    + "checksum mode.")
        default: S3Error.internalError.causedBy("\(error)")
        }
    }

    private static func encryption(_ problem: EncryptionProblem) -> S3Error {
        switch problem {
        case .customerKeyRequired:
            .invalidRequest(
                "The object was stored using a form of Server Side Encryption. The correct parameters must be provided to retrieve the object."
            )
        case .notApplicable: .invalidRequest("The encryption parameters are not applicable to this object.")
        case .customerKeyMismatch: .wrongCustomerKey
        case .uploadKeyMissing:
            .invalidRequest(
                "The multipart upload initiate requested encryption. Subsequent part requests must include the appropriate encryption "
                    + "parameters.")
        case .uploadKeyMismatch:
            .invalidRequest("The provided encryption parameters did not match the ones used originally.")
        case .keptInTheClear: .keptInTheClear
        case .service(.notFound(let missing)): .keyService("KMS.NotFoundException", text(of: missing))
        case .service(.disabled(let name)): .keyService("KMS.DisabledException", "\(name) is disabled.")
        case .service(.invalidCiphertext):
            S3Error.keyService("KMS.InvalidCiphertextException", "The ciphertext refers to another key or context.")
        case .service(.unavailable(let cause)): S3Error.serviceUnavailable.causedBy(cause)
        case .notConfigured: .notImplemented(header: "x-amz-server-side-encryption")
        case .unreadable(let cause): S3Error.internalError.causedBy(cause)
        }
    }

    private static func text(of missing: MissingKey) -> String {
        switch missing {
        case .invalidID(let id): "Invalid keyId '\(id)'"
        case .otherRegion(let region): "Invalid arn \(region)"
        case .key(let arn): "Key '\(arn)' does not exist"
        case .alias(let arn): "Alias \(arn) is not found."
        }
    }

    private static func notification(_ problem: NotificationProblem) -> S3Error {
        switch problem {
        case .tooManyTargets(let limit): .invalidArgument("A bucket can have at most \(limit) notification configurations.")
        case .duplicateID: .invalidArgument("Same ID used for multiple configurations. IDs must be unique")
        case .idTooLong(let id): .invalidArgument("The configuration ID is too long.", name: "Id", value: id)
        case .noEvents: .malformedXML
        case .overlap:
            .invalidArgument(
                "Configurations overlap. Configurations on the same bucket cannot share a common event type.")
        case .notAQueue(let arn): .invalidDestination(arn.description, "The ARN is not that of a queue")
        case .notAFunction(let arn): .invalidDestination(arn.description, "The ARN is not that of a function")
        case .filterTooLong: .invalidArgument("filter rule value cannot be longer than 1024 characters")
        }
    }

    static func map(_ error: PresignedURLError) -> S3Error {
        switch error {
        case .revoked: .urlRevoked
        case .usedUp: .urlUsedUp
        case .tooManyBytes(let left): .urlBytesUsedUp(left: left)
        case .ledger(let error): map(error)
        case .failed(let cause): S3Error.internalError.causedBy(cause)
        }
    }

    static func map(_ error: SigV4Error) -> S3Error {
        let mapped = S3Error(error.wireError(for: .s3))
        if case .invalidExpires = error { return mapped.inCeph(.forbidden, "AccessDenied") }
        return mapped
    }

    static func map(_ error: AWSChunkedError) -> S3Error {
        S3Error(error.wireError)
    }

    static func map(_ error: DoorBodyError) -> S3Error {
        switch error {
        case .incomplete: .incompleteBody
        case .tooSlow: .requestTimeout
        case .noMemory: .slowDown
        }
    }

    static func map(_ error: LedgerError) -> S3Error {
        switch error {
        case .busy: .slowDown
        case .noSpace: S3Error.noSpace.causedBy("no space for a record")
        case .recordTooLarge(let bytes):
            S3Error.invalidRequest("The request changes more than fits into one commit.").causedBy("a record of \(bytes) bytes")
        case .poisoned(let cause): S3Error.serviceUnavailable.causedBy(cause)
        case .closed: .serviceUnavailable
        case .positionNotRetained(let oldest): S3Error.internalError.causedBy("the oldest retained position is \(oldest)")
        case .damaged(let place): S3Error.internalError.causedBy(place)
        }
    }

    static func map(_ error: BlobError) -> S3Error {
        switch error {
        case .notFound: S3Error.internalError.causedBy("a payload that a record names is not there")
        case .damaged(let place): S3Error.internalError.causedBy(place)
        case .noSpace: S3Error.noSpace.causedBy("no space for a payload")
        case .busy: .slowDown
        case .tooManyFiles: S3Error.slowDown.causedBy("out of file descriptors")
        case .failed(let cause): S3Error.internalError.causedBy(cause)
        }
    }
}
