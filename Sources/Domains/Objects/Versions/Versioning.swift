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

/// What a bucket says of its versions.
package struct VersioningConfiguration: Hashable, Sendable {
    package static let never = VersioningConfiguration(.never)
    package static let enabled = VersioningConfiguration(.enabled)
    package static let suspended = VersioningConfiguration(.suspended)

    package let status: VersioningStatus
    /// Keys that begin with one of these are kept as if versioning were suspended. MinIO's extension, as is the next.
    package let excludedPrefixes: [String]
    /// The same for keys that end in a slash.
    package let excludesFolders: Bool

    package init(_ status: VersioningStatus, excludedPrefixes: [String] = [], excludesFolders: Bool = false) {
        self.status = status
        self.excludedPrefixes = excludedPrefixes
        self.excludesFolders = excludesFolders
    }

    /// Each write compares its key with every one. As MinIO has it.
    package static let excludedPrefixesMax = 10

    /// Why a bucket may not say this; nil when it may.
    package var problem: Problem? {
        if status != .enabled, hasExclusions { return .excludesWithoutVersions }
        return excludedPrefixes.count > Self.excludedPrefixesMax ? .tooManyPrefixes : nil
    }

    package enum Problem: Sendable {
        case excludesWithoutVersions
        case tooManyPrefixes
    }

    var hasExclusions: Bool { excludesFolders || !excludedPrefixes.isEmpty }

    /// What a write of the key does with the version before it.
    func status(of key: ObjectKey) -> VersioningStatus {
        guard status == .enabled, hasExclusions else { return status }
        let isExcluded =
            excludesFolders && key.utf8.last == UInt8(ascii: "/") || excludedPrefixes.contains { key.utf8.starts(with: $0.utf8) }
        return isExcluded ? .suspended : .enabled
    }
}

extension VersioningConfiguration: BucketSetting {
    package static let kind = BucketSettingKind.versioning

    package init(stored: [UInt8]) throws {
        let record = try PBVersioningSetting(serializedBytes: stored)
        guard let status = VersioningStatus(rawValue: UInt8(truncatingIfNeeded: record.status)) else {
            throw LedgerError.damaged("versioning status \(record.status)")
        }
        self.init(status, excludedPrefixes: record.excludedPrefixes, excludesFolders: record.excludesFolders)
    }

    package func stored() throws -> [UInt8] {
        try PBVersioningSetting.with {
            $0.status = UInt32(status.rawValue)
            $0.excludedPrefixes = excludedPrefixes
            $0.excludesFolders = excludesFolders
        }.serializedBytes()
    }
}

extension Objects {
    /// Throws `.noSuchBucket`.
    package func versioning(_ bucket: BucketName) async throws(ObjectsError) -> VersioningConfiguration {
        try await read { [self] snapshot in try require(bucket, in: snapshot).versioning }
    }

    /// A bucket that once had versions can only be suspended, so `.never` is a programming error, as is a configuration with a problem. Throws `.noSuchBucket`,
    /// `.versioningIsLocked` for suspending a bucket with Object Lock, or some of its keys.
    package func setVersioning(
        _ bucket: BucketName, _ versioning: VersioningConfiguration, context: ChangeContext
    ) async throws(ObjectsError) -> LSN {
        precondition(versioning.status != .never, "versioning is enabled or suspended, never unset")
        precondition(versioning.problem == nil, "the caller refuses what has a problem")
        return try await commit(reading: [ObjectKeys.bucket(bucket)]) { [self] transaction in
            let state = try require(bucket, in: transaction)
            if state.objectLock != nil, versioning != .enabled { throw ObjectsError.versioningIsLocked(bucket) }
            var record = state.record
            try record.set(VersioningConfiguration.self, versioning)
            try put(record, of: state, in: transaction)
            try transaction.emit(.bucketSettingChanged(bucket, .versioning, isSet: true, context))
        }.lsn
    }
}
