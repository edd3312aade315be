import Model
import StoragePorts
import SwiftProtobuf

/// What happens to a version that another one replaces. The raw values are stored: never renumber.
package enum VersioningStatus: UInt8, Sendable {
    /// Never enabled: a key has one version, which is replaced.
    case never = 0
    /// Every write makes a version with an id; the ones before it stay.
    case enabled = 1
    /// Every write makes the null version, in place of an older null version; the others stay.
    case suspended = 2
}

extension VersioningStatus: BucketSetting {
    package static let kind = BucketSettingKind.versioning

    package init(stored: [UInt8]) throws {
        let record = try PBVersioningSetting(serializedBytes: stored)
        guard let status = VersioningStatus(rawValue: UInt8(truncatingIfNeeded: record.status)) else {
            throw LedgerError.damaged("versioning status \(record.status)")
        }
        self = status
    }

    package func stored() throws -> [UInt8] {
        try PBVersioningSetting.with { $0.status = UInt32(rawValue) }.serializedBytes()
    }
}

extension Objects {
    /// Throws `.noSuchBucket`.
    package func versioning(_ bucket: BucketName) async throws(ObjectsError) -> VersioningStatus {
        try await read { [self] snapshot in try require(bucket, in: snapshot).versioning }
    }

    /// A bucket that once had versions can only be suspended, so `.never` is a programming error. Throws `.noSuchBucket`,
    /// `.versioningIsLocked` for suspending a bucket with Object Lock.
    package func setVersioning(
        _ bucket: BucketName, _ status: VersioningStatus, context: ChangeContext
    ) async throws(ObjectsError) -> LSN {
        precondition(status != .never, "versioning is enabled or suspended, never unset")
        return try await commit(reading: [ObjectKeys.bucket(bucket)]) { [self] transaction in
            let state = try require(bucket, in: transaction)
            if status == .suspended, state.objectLock != nil { throw ObjectsError.versioningIsLocked(bucket) }
            var record = state.record
            try record.set(VersioningStatus.self, status)
            try put(record, of: state, in: transaction)
            try transaction.emit(.bucketSettingChanged(bucket, .versioning, isSet: true, context))
        }.lsn
    }
}
