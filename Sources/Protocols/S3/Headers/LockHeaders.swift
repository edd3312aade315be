import Bytes
import HTTPTypes
import Identity
import Model
import Objects

/// The headers of Object Lock.
enum LockHeaders {
    static let bypassAction = Action.s3("BypassGovernanceRetention")

    /// What a new object shall be protected by. Throws `InvalidArgument`.
    static func decode(_ call: S3Call) throws(S3Error) -> ObjectLock {
        guard call.groups.contains(.lock) else { return .none }
        return ObjectLock(retention: try retention(call), legalHold: try legalHold(call))
    }

    private static func retention(_ call: S3Call) throws(S3Error) -> Retention? {
        let mode = call.headers[.amzObjectLockMode]
        let date = call.headers[.amzObjectLockRetainUntilDate]
        guard let mode, let date else {
            guard mode == nil, date == nil else {
                throw .invalidArgument(
                    "x-amz-object-lock-retain-until-date and x-amz-object-lock-mode must both be supplied",
                    name: mode == nil ? "x-amz-object-lock-mode" : "x-amz-object-lock-retain-until-date")
            }
            return nil
        }
        guard let lockMode = LockMode(wireName: mode) else {
            throw .invalidArgument("Unknown wormMode directive.", name: "x-amz-object-lock-mode", value: mode)
        }
        guard let until = ISO8601.parse(date) else {
            throw .invalidArgument(
                "The retain until date must be provided in ISO 8601 format", name: "x-amz-object-lock-retain-until-date", value: date)
        }
        return Retention(mode: lockMode, until: until)
    }

    private static func legalHold(_ call: S3Call) throws(S3Error) -> Bool? {
        guard let text = call.headers[.amzObjectLockLegalHold] else { return nil }
        guard let isHeld = LegalHoldStatus.decode(text) else {
            throw .invalidArgument("Legal Hold must be either of 'ON' or 'OFF'", name: "x-amz-object-lock-legal-hold", value: text)
        }
        return isHeld
    }

    /// A locked object cannot be replaced, so that what arrived must be proven. Throws `InvalidRequest`.
    static func checkDigest(_ claims: PayloadClaims) throws(S3Error) {
        guard claims.contentMD5 != nil || claims.checksum.algorithm != nil else {
            throw .invalidRequest(
                "Content-MD5 OR x-amz-checksum- HTTP header is required for Put Object requests with Object Lock parameters")
        }
    }

    static func write(_ lock: ObjectLock, to fields: inout HTTPFields) {
        if let retention = lock.retention {
            fields.add(.amzObjectLockMode, retention.mode.wireName)
            fields.add(.amzObjectLockRetainUntilDate, ISO8601.format(retention.until))
        }
        if let isHeld = lock.legalHold { fields.add(.amzObjectLockLegalHold, LegalHoldStatus.text(isHeld)) }
    }

    /// Throws `InvalidArgument` for a deletion that speaks of a bypass, be it `false`, where no lock can be. Only for DeleteObject: tools that
    /// empty buckets send it with every DeleteObjects.
    static func checkBypass(_ call: S3Call, _ bucket: BucketName) async throws {
        guard call.headers.contains(.amzBypassGovernanceRetention) else { return }
        guard try await call.objects.objectLock(bucket) != nil else { throw S3Error.noBypassWithoutLock }
    }

    /// Whether the request wants a governance retention passed over, and may.
    static func bypass(_ call: S3Call, _ bucket: BucketName, _ key: ObjectKey) async throws -> Bool {
        guard call.headers[.amzBypassGovernanceRetention]?.lowercased() == "true" else { return false }
        do {
            try await call.authorise(bypassAction, bucket, key)
            return true
        } catch let error as S3Error where error.code == S3Error.accessDenied.code {
            return false
        }
    }

    /// `x-amz-bucket-object-lock-enabled`. Throws `InvalidArgument`.
    static func bucketHasLock(_ call: S3Call) throws(S3Error) -> Bool {
        guard let text = call.headers[.amzBucketObjectLockEnabled] else { return false }
        switch text.lowercased() {
        case "true": return true
        case "false": return false
        default: throw .invalidArgument("", name: "x-amz-bucket-object-lock-enabled", value: text)
        }
    }
}

enum LegalHoldStatus {
    static func text(_ isHeld: Bool) -> String { isHeld ? "ON" : "OFF" }

    /// Nil for anything but `ON` and `OFF`.
    static func decode(_ text: String) -> Bool? {
        switch text {
        case "ON": true
        case "OFF": false
        default: nil
        }
    }
}
