import Model
import StoragePorts
import SwiftProtobuf

extension BucketState {
    /// Whether a new version may ask for this lock. Throws `.noObjectLock`, `.retentionInThePast`.
    func check(_ lock: ObjectLock, at now: Timestamp) throws {
        if lock == .none { return }
        guard objectLock != nil else { throw ObjectsError.noObjectLock(bucket.name) }
        if let retention = lock.retention, retention.until <= now { throw ObjectsError.retentionInThePast }
    }

    /// What a new version gets: what was asked for, and the bucket's default retention where no other was. Throws as `check`.
    func lock(forNew requested: ObjectLock, at now: Timestamp) throws -> ObjectLock {
        guard let objectLock else {
            try check(requested, at: now)
            return .none
        }
        try check(requested, at: now)
        var lock = requested
        if lock.retention == nil { lock.retention = objectLock.defaultRetention?.retention(from: now) }
        return lock
    }
}

extension ObjectLock {
    /// Whether a removal must look at it.
    var isHeld: Bool { retention != nil || legalHold == true }

    /// ObjectDetails with nothing else, to be appended to one without a lock: protobuf joins the two.
    func encoded() throws -> [UInt8] {
        var details = PBObjectDetails()
        details.setLock(self)
        return try details.serializedBytes()
    }

    /// Whether `retention` may take the place of this one's. Throws `.versionIsLocked`, `.retentionInThePast`.
    func checkReplacement(
        by retention: Retention?, at now: Timestamp, bypassGovernance: Bool, _ bucket: BucketName, _ key: ObjectKey
    ) throws {
        if let retention, retention.until <= now { throw ObjectsError.retentionInThePast }
        if let current = self.retention, current.until > now, !current.permits(retention, bypassGovernance: bypassGovernance) {
            throw ObjectsError.versionIsLocked(bucket, key)
        }
    }
}

extension Retention {
    /// A retention in force may always become longer. All else, a change of mode included, needs a bypass for a governance one and is
    /// refused for a compliance one.
    fileprivate func permits(_ next: Retention?, bypassGovernance: Bool) -> Bool {
        if mode == .governance, bypassGovernance { return true }
        guard let next else { return false }
        return next.until >= until && next.mode == mode
    }
}
