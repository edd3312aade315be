import Bytes
import Model
import StoragePorts
import SwiftProtobuf

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

extension Objects {
    /// `location` is nil for this server's region. With `objectLock` the bucket has Object Lock, and so versioning.
    /// `settings` are there from the first moment. Creating a bucket again changes nothing but its list of grants, which becomes that of
    /// `settings` or, where lists count, the owner's alone; another quota than it has is not given to it.
    /// Throws `.bucketAlreadyExists`, `.bucketAlreadyOwnedByYou`, `.tooManyBuckets`.
    package func createBucket(
        _ name: BucketName, in location: BucketLocation? = nil, objectLock: Bool = false, settings: [any BucketSetting] = [],
        context: ChangeContext
    ) async throws(ObjectsError) -> Committed<BucketCreation> {
        let location = location ?? BucketLocation(region)
        let owner = Owner(context.principal)
        let countKey = ObjectKeys.accountCount(owner.account)
        return try await commit(reading: [ObjectKeys.bucket(name), countKey]) { [self] transaction in
            if let state = try buckets.state(of: name, in: transaction) {
                let existing = state.bucket
                guard existing.owner.account == owner.account else { throw ObjectsError.bucketAlreadyExists(name) }
                let quota = settings.lazy.compactMap { $0 as? BucketQuota }.first
                let hasTags = settings.contains { $0 is BucketTags }
                guard existing.region == .usEast1, location.region == .usEast1, !hasTags, quota == nil || quota == state.quota else {
                    throw ObjectsError.bucketAlreadyOwnedByYou(name)
                }
                try resetGrants(of: state, to: settings, context, transaction)
                return BucketCreation(bucket: existing, isNew: false)
            }
            let count = try transaction.get(countKey).map(StorageKeys.decodeCount) ?? 0
            guard count < ObjectsLimits.bucketsPerAccountMax else {
                throw ObjectsError.tooManyBuckets(limit: ObjectsLimits.bucketsPerAccountMax)
            }
            let bucket = Bucket(name: name, owner: owner, created: transaction.now, location: location, instance: transaction.lsn)
            var record = try PBBucketRecord.with {
                $0.owner = owner.record
                $0.createdMs = bucket.created.milliseconds
                $0.region = location.text
                for setting in settings { $0.settings[type(of: setting).kind.rawValue] = Data(try setting.stored()) }
            }
            if objectLock {
                try record.set(VersioningConfiguration.self, .enabled)
                try record.set(ObjectLockConfiguration.self, ObjectLockConfiguration())
            }
            transaction.put(
                ObjectKeys.bucket(name), try BucketState.encoded(instance: bucket.instance, version: transaction.lsn, record))
            if record.settings[BucketQuota.kind.rawValue] != nil {
                transaction.put(ObjectKeys.usage(bucket.instance), BucketUsage(ofNew: transaction.lsn).encoded)
            }
            transaction.put(ObjectKeys.accountBucket(owner.account, name.rawValue), Self.accountEntry(bucket))
            transaction.put(countKey, StorageKeys.encodeCount(count + 1))
            try transaction.emit(.bucketCreated(name, context))
            return BucketCreation(bucket: bucket, isNew: true)
        }
    }

    /// Creating a bucket that one has already resets its grants, as in us-east-1 at AWS.
    private func resetGrants(
        of state: BucketState, to settings: [any BucketSetting], _ context: ChangeContext, _ transaction: Transaction
    ) throws {
        let asked = settings.lazy.compactMap { $0 as? AccessControlList }.first
        let access = try state.access()
        guard !access.hasListsDisabled, access.acl != asked else { return }
        var record = state.record
        record.settings[AccessControlList.kind.rawValue] = try asked.map { Data(try $0.stored()) }
        try put(record, of: state, in: transaction)
        try transaction.emit(.bucketSettingChanged(state.bucket.name, AccessControlList.kind, isSet: asked != nil, context))
    }

    /// Whether an account has any bucket, for whoever is about to end it.
    package static func ownsBuckets(_ account: AccountID, in reader: any KeyValueReader) throws -> Bool {
        var owns = false
        try reader.scan(.prefix(ObjectKeys.accountBucket(account, "")), .forward) { _, _ in
            owns = true
            return .stop
        }
        return owns
    }

    /// Throws `.noSuchBucket`.
    package func bucket(_ name: BucketName) async throws(ObjectsError) -> Bucket {
        try await read { [self] snapshot in try require(name, in: snapshot).bucket }
    }

    /// Every version and delete marker must have been removed before; uploads in progress go with the bucket. Throws `.noSuchBucket`, `.bucketNotEmpty`.
    package func deleteBucket(_ name: BucketName, context: ChangeContext) async throws(ObjectsError) -> Committed<Void> {
        let deleted = try await commit(reading: [ObjectKeys.bucket(name)]) { [self] transaction -> LSN? in
            let state = try require(name, in: transaction)
            guard try Self.isEmpty(.prefix(ObjectKeys.objects(in: state.instance)), in: transaction) else {
                throw ObjectsError.bucketNotEmpty(name, hasVersions: state.hasVersions)
            }
            let account = state.bucket.owner.account
            let countKey = ObjectKeys.accountCount(account)
            let count = try transaction.get(countKey).map(StorageKeys.decodeCount) ?? 0
            precondition(count > 0, "an account's count covers each of its buckets")
            transaction.delete(ObjectKeys.bucket(name))
            if try transaction.get(ObjectKeys.lifecyclePass(state.instance)) != nil {
                transaction.delete(ObjectKeys.lifecyclePass(state.instance))
            }
            transaction.delete(ObjectKeys.accountBucket(account, name.rawValue))
            if state.quota != nil { transaction.delete(ObjectKeys.usage(state.instance)) }
            transaction.put(countKey, StorageKeys.encodeCount(count - 1))
            try transaction.emit(.bucketDeleted(name, context))
            if try Self.isEmpty(.prefix(ObjectKeys.uploads(in: state.instance)), in: transaction) { return nil }
            transaction.put(ObjectKeys.deletedBucket(state.instance), [])
            return state.instance
        }
        if let instance = deleted.value { try? await drainBucket(instance) }
        return Committed(value: (), lsn: deleted.lsn)
    }

    /// The buckets of one account, in one region or all, whose names begin with `prefix` and lie above `after`.
    package func listBuckets(
        owner: AccountID, prefix: String = "", region: Region? = nil, after: String? = nil, countMax: Int = ObjectsLimits.bucketPageMax
    ) async throws(ObjectsError) -> BucketPage {
        let scope = ObjectKeys.accountBucket(owner, "")
        let all = KeyRange.prefix(scope + prefix.utf8)
        let start = after.map { scope + $0.utf8 + [0] } ?? all.lower
        let range = KeyRange(from: start.lexicographicallyPrecedes(all.lower) ? all.lower : start, to: all.upper)
        let countMax = min(countMax, ObjectsLimits.bucketPageMax)
        return try await read { snapshot in
            var entries: [BucketPage.Entry] = []
            var next: String?
            guard countMax > 0 else { return BucketPage(entries: [], next: nil) }
            try snapshot.scan(range, .forward) { key, value in
                let entry = try Self.accountEntry(name: String(decoding: key[scope.count...], as: UTF8.self), value)
                guard region == nil || entry.region == region else { return .next }
                if entries.count == countMax {
                    next = entries.last?.name.rawValue
                    return .stop
                }
                entries.append(entry)
                return .next
            }
            return BucketPage(entries: entries, next: next)
        }
    }

    static func isEmpty(_ range: KeyRange, in transaction: Transaction) throws -> Bool {
        var isEmpty = true
        try transaction.scan(range) { _, _ in
            isEmpty = false
            return .stop
        }
        return isEmpty
    }

    private static func accountEntry(_ bucket: Bucket) -> [UInt8] {
        var writer = ByteWriter()
        writer.uint64BigEndian(UInt64(bitPattern: bucket.created.milliseconds))
        writer.append(bucket.region.rawValue.utf8)
        return writer.bytes
    }

    private static func accountEntry(name: String, _ value: UnsafeRawBufferPointer) throws -> BucketPage.Entry {
        guard value.count >= 8 else { throw LedgerError.damaged("bucket \(name) of an account") }
        let created = Int64(bitPattern: UInt64(bigEndian: value.loadUnaligned(as: UInt64.self)))
        return BucketPage.Entry(
            name: BucketName(stored: name), created: Timestamp(milliseconds: created),
            region: Region(stored: String(decoding: value[8...], as: UTF8.self)))
    }
}
