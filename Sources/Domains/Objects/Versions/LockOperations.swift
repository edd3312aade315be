import Model
import StoragePorts

extension Objects {
    /// Throws `.noSuchBucket`. Nil when the bucket has no Object Lock.
    package func objectLock(_ bucket: BucketName) async throws(ObjectsError) -> ObjectLockConfiguration? {
        try await read { [self] snapshot in try require(bucket, in: snapshot).objectLock }
    }

    /// Gives the bucket Object Lock, or another default retention. It cannot be taken back. Throws `.noSuchBucket`, `.lockNeedsVersioning`.
    package func setObjectLock(
        _ bucket: BucketName, _ configuration: ObjectLockConfiguration, context: ChangeContext
    ) async throws(ObjectsError) -> LSN {
        try await commit(reading: [ObjectKeys.bucket(bucket)]) { [self] transaction in
            let state = try require(bucket, in: transaction)
            guard state.versioning == .enabled else { throw ObjectsError.lockNeedsVersioning(bucket) }
            var record = state.record
            try record.set(ObjectLockConfiguration.self, configuration)
            try put(record, of: state, in: transaction)
            try transaction.emit(.bucketSettingChanged(bucket, .objectLock, isSet: true, context))
        }.lsn
    }

    /// What protects a version. Throws `.noObjectLock` and as `lookup`.
    package func lock(
        of key: ObjectKey, _ version: VersionID?, in bucket: BucketName
    ) async throws(ObjectsError) -> (lock: ObjectLock, version: VersionID?) {
        let choice = version.map { VersionChoice.version($0) } ?? .current
        return try await read { [self] snapshot in
            let state = try require(bucket, in: snapshot)
            guard state.objectLock != nil else { throw ObjectsError.noObjectLock(bucket) }
            let found = try VersionedKey(state: state, key: key).require(choice, in: snapshot)
            return (try found.details.lock(), found.header.version)
        }
    }

    /// Sets a version's retention; nil removes it. One in force may become longer; anything else needs `bypassGovernance` where it is a
    /// governance one and is refused where it is a compliance one. Returns the version. Throws `.noObjectLock`, `.versionIsLocked`,
    /// `.retentionInThePast` and as `lookup`.
    package func setRetention(
        of key: ObjectKey, _ version: VersionID?, in bucket: BucketName, to retention: Retention?, bypassGovernance: Bool,
        context: ChangeContext
    ) async throws(ObjectsError) -> Committed<VersionID?> {
        try await changeLock(of: key, version, in: bucket, context) { lock, hand in
            try lock.checkReplacement(
                by: retention, at: hand.transaction.clock, bypassGovernance: bypassGovernance, bucket, key)
            lock.retention = retention
        }
    }

    /// Returns the version. Throws `.noObjectLock` and as `lookup`.
    package func setLegalHold(
        of key: ObjectKey, _ version: VersionID?, in bucket: BucketName, to isHeld: Bool, context: ChangeContext
    ) async throws(ObjectsError) -> Committed<VersionID?> {
        try await changeLock(of: key, version, in: bucket, context) { lock, _ in lock.legalHold = isHeld }
    }

    private func changeLock(
        of key: ObjectKey, _ version: VersionID?, in bucket: BucketName, _ context: ChangeContext,
        _ change: @escaping @Sendable (inout ObjectLock, VersionInHand) throws -> Void
    ) async throws(ObjectsError) -> Committed<VersionID?> {
        try await changeDetails(of: key, version, in: bucket) { details, hand in
            guard hand.state.objectLock != nil else { throw ObjectsError.noObjectLock(bucket) }
            var lock = try details.lock()
            try change(&lock, hand)
            details.setLock(lock)
            try hand.transaction.emit(.objectLockChanged(bucket, key, hand.header.version, lock, context))
            return hand.id
        }
    }
}
