import Model
import StoragePorts
import Synchronization

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// What can be set on a bucket beside what every bucket has. The numbers are stored: never renumber, never reuse.
package enum BucketSettingKind: UInt32, Sendable, CaseIterable {
    case versioning = 1
    case objectLock = 2
    case lifecycle = 3
    case tags = 4
    case cors = 5
    case website = 6
    case accessControlList = 7
    case ownershipControls = 8
    case publicAccessBlock = 9
    case policy = 10
    case logging = 11
    case requestPayment = 12
    case inventory = 13
    case quota = 14
    case encryption = 15
    case admission = 16
    case metrics = 17
    case analytics = 18
    case intelligentTiering = 19
    case accelerate = 20
}

/// One setting of a bucket, in the form that the operations use.
package protocol BucketSetting: Sendable {
    static var kind: BucketSettingKind { get }
    /// Throws for bytes that no version of this server stored.
    init(stored: [UInt8]) throws
    /// The persisted form (docs/FORMAT.md).
    func stored() throws -> [UInt8]
}

extension Objects {
    /// Nil when it was never set, or removed. Throws `.noSuchBucket`.
    package func setting<Setting: BucketSetting>(_ type: Setting.Type, of bucket: BucketName) async throws(ObjectsError) -> Setting? {
        try await read { [self] snapshot in try require(bucket, in: snapshot).setting(type) }
    }

    /// Replaces the setting with what `change` makes of it; nil removes it. `change` runs within the commit: it must not block, and
    /// what it throws is the outcome. Returns what was stored. Throws `.noSuchBucket`.
    package func changeSetting<Setting: BucketSetting>(
        _ type: Setting.Type, of bucket: BucketName, context: ChangeContext,
        _ change: @escaping @Sendable (Setting?, Bucket) throws -> Setting?
    ) async throws(ObjectsError) -> Committed<Setting?> {
        try await commit(reading: [ObjectKeys.bucket(bucket)]) { [self] transaction in
            let state = try require(bucket, in: transaction)
            let setting = try change(try state.setting(type), state.bucket)
            var record = state.record
            try record.set(type, setting)
            try put(record, of: state, in: transaction)
            try transaction.emit(.bucketSettingChanged(bucket, type.kind, isSet: setting != nil, context))
            return setting
        }
    }

    /// Throws `.noSuchBucket`.
    package func set<Setting: BucketSetting>(
        _ setting: Setting, of bucket: BucketName, context: ChangeContext
    ) async throws(ObjectsError) -> LSN {
        try await changeSetting(Setting.self, of: bucket, context: context) { _, _ in setting }.lsn
    }

    /// Removing what is not set succeeds. Throws `.noSuchBucket`.
    package func removeSetting<Setting: BucketSetting>(
        _ type: Setting.Type, of bucket: BucketName, context: ChangeContext
    ) async throws(ObjectsError) -> LSN {
        try await changeSetting(type, of: bucket, context: context) { _, _ in nil }.lsn
    }

    /// Replaces a bucket's record.
    func put(_ record: PBBucketRecord, of state: BucketState, in transaction: Transaction) throws {
        transaction.put(
            ObjectKeys.bucket(state.bucket.name),
            try BucketState.encoded(instance: state.instance, version: transaction.lsn, record))
    }
}

extension BucketState {
    /// Decoded once for each version of the bucket's record, at the first use. Throws `LedgerError.damaged`.
    func setting<Setting: BucketSetting>(_ type: Setting.Type) throws -> Setting? {
        guard record.settings[type.kind.rawValue] != nil else { return nil }
        if let known = settings.withLock({ $0[type.kind] }) as? Setting { return known }
        let setting = try record.setting(type, of: bucket.name)
        settings.withLock { $0[type.kind] = setting }
        return setting
    }
}

extension PBBucketRecord {
    /// Decoded anew at each call. Throws `LedgerError.damaged`.
    func setting<Setting: BucketSetting>(_ type: Setting.Type, of bucket: BucketName) throws -> Setting? {
        guard let bytes = settings[type.kind.rawValue] else { return nil }
        do {
            return try Setting(stored: Array(bytes))
        } catch {
            throw LedgerError.damaged("bucket \(bucket), setting \(type.kind): \(error)")
        }
    }

    /// Puts the setting in place of what was set; nil removes it.
    mutating func set<Setting: BucketSetting>(_ type: Setting.Type, _ setting: Setting?) throws {
        settings[type.kind.rawValue] = try setting.map { Data(try $0.stored()) }
    }
}
