import AWSWire
import Bytes
import Doors
import HTTPTypes
import Model
import Objects

/// The errors of versions, of Object Lock and of reads as of a position.
extension S3Error {
    /// The key's current version is a delete marker.
    static func deletedKey(_ key: String, _ version: VersionID) -> S3Error {
        var error = S3Error.noSuchKey(key)
        error.cephForm = nil
        error.headers.add(.amzDeleteMarker, "true")
        error.headers.add(version)
        return error
    }

    /// What the request is about is a delete marker: all that can be done to it is to remove it.
    static func deleteMarker(_ version: VersionID, lastModified: Timestamp, _ method: HTTPRequest.Method) -> S3Error {
        var error = S3Error(
            .methodNotAllowed, "MethodNotAllowed", "The specified method is not allowed against this resource.",
            [("Method", method.rawValue), ("ResourceType", "DeleteMarker")])
        error.headers.add(.allow, "DELETE")
        error.headers.add(.lastModified, HTTPDate.format(lastModified))
        error.headers.add(.amzDeleteMarker, "true")
        error.headers.add(version)
        return error
    }

    static func noHistory(_ bucket: String) -> S3Error {
        .invalidRequest("x-roost-as-of reads the history of a bucket with versions; versioning was never enabled for \(bucket).")
    }

    static func positionAhead(_ position: LSN, applied: LSN) -> S3Error {
        S3Error(
            .badRequest, "InvalidArgument",
            "The position that x-roost-as-of names is not reached yet; x-roost-wait-lsn with the same position waits for it.",
            [("ArgumentName", "x-roost-as-of"), ("ArgumentValue", position.description), ("AppliedLSN", applied.description)])
    }

    static let lockedVersion = S3Error(.forbidden, "AccessDenied", "Access Denied because object protected by object lock.")
    static let noObjectLock = S3Error.invalidRequest("Bucket is missing Object Lock Configuration")
    static let lockNeedsVersioning = S3Error(
        .conflict, "InvalidBucketState", "Versioning must be 'Enabled' on the bucket to apply a Object Lock configuration")
    static let versioningIsLocked = S3Error(
        .conflict, "InvalidBucketState",
        "An Object Lock configuration is present on this bucket, so the versioning state cannot be changed.")
    static let retentionInThePast = S3Error.invalidArgument("The retain until date must be in the future!")
    /// AWS writes the date as Java does, `Tue Dec 31 16:00:00 GMT 2019`.
    static func retentionInThePast(_ date: Timestamp) -> S3Error {
        let words = HTTPDate.format(date).split(separator: " ")
        let text = [words[0].dropLast(), words[2], words[1], words[4], words[5], words[3]].joined(separator: " ")
        return .invalidArgument(retentionInThePast.wire.message, name: "RetainUntilDate", value: text)
    }
    static let noBypassWithoutLock = S3Error(
        .badRequest, "InvalidArgument", "x-amz-bypass-governance-retention is only applicable to Object Lock enabled buckets.",
        [("ArgumentName", "x-amz-bypass-governance-retention")])
    static let noSuchLock = S3Error(
        .notFound, "NoSuchObjectLockConfiguration", "The specified object does not have a ObjectLock configuration")
    static let invalidRetentionPeriod = S3Error(
        .badRequest, "InvalidRetentionPeriod", "Default retention period must be a positive integer value.")
    static let retentionPeriodTooLarge = S3Error(
        .badRequest, "InvalidRetentionPeriod", "Default retention period is too large")
}

extension S3Call {
    /// A delete marker's refusal names the request's method, and some operations refuse one also where it is only the key's current version.
    func namingMethod(_ error: any Error) -> any Error {
        guard case ObjectsError.deleteMarker(_, _, let id, let time, let isNamed) = error else { return error }
        guard isNamed || refusesCurrentMarker else { return error }
        return S3Error.deleteMarker(id, lastModified: time, request.method)
    }

    private var refusesCurrentMarker: Bool {
        switch operation {
        case .putObjectAcl, .getObjectTagging, .putObjectTagging, .deleteObjectTagging: true
        default: false
        }
    }
}
