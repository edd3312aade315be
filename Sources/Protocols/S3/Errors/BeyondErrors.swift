import HTTPTypes
import Model
import Objects

/// The errors of what S3 has for directory buckets only, or not at all.
extension S3Error {
    static let renameToItself = S3Error.invalidRequest(
        "This rename request is illegal because it is trying to rename an object to itself.")
    static let idempotencyParameterMismatch = S3Error(
        .badRequest, "IdempotencyParameterMismatch",
        "Parameters on this idempotent request are inconsistent with parameters used in previous request(s).")
    static let tooManyParts = S3Error(
        .badRequest, "TooManyParts",
        "You have attempted to add more parts than the maximum of 10000 that are allowed for this object. You can use the CopyObject "
            + "operation to copy this object to another and then add more data to the newly copied object.")
    static let appendNotPossible = S3Error.invalidRequest(
        "An object cannot be appended to in a bucket that has versions.")
    static let keptInTheClear = S3Error.invalidRequest(
        "The object is kept in the clear and its bucket encrypts new objects: copy the object onto itself before appending to it.")
    static let repeatedKey = S3Error(
        .badRequest, "RepeatedKey", "Another change of the batch is about the same key; a batch has each key once.")

    static func malformedBatch(_ message: String) -> S3Error { S3Error(.badRequest, "MalformedBatch", message) }

    /// For what is wrong with the object itself.
    static func notAdmitted(_ reason: String) -> S3Error { S3Error(.badRequest, "AdmissionRefused", reason) }

    /// For what a function decides, or leaves undecided.
    static func notPermitted(_ reason: String) -> S3Error { S3Error(.forbidden, "AdmissionRefused", reason) }

    static func malformedAdmission(_ message: String) -> S3Error { S3Error(.badRequest, "MalformedAdmission", message) }

    static let noAdmission = S3Error(.notFound, "NoSuchAdmission", "The bucket has no admission rules.")

    static func invalidWriteOffset(size: Int64) -> S3Error {
        S3Error(
            .badRequest, "InvalidWriteOffset", "The write offset value that you specified does not match the current object size.",
            [("ObjectSize", String(size))])
    }

    static func batchTooLarge(limit: Int) -> S3Error {
        S3Error(
            .badRequest, "BatchTooLarge",
            "The batch writes more than \(limit) bytes of small payloads. Payloads above 256 KiB do not count; or make two batches.")
    }
}
