import Bytes
import Model
import StoragePorts
import SwiftProtobuf

extension Objects {
    /// `region` is the location constraint; nil means this server's. With `objectLock` the bucket has Object Lock, and so versioning.
    /// Throws `.bucketAlreadyExists`, `.bucketAlreadyOwnedByYou`, `.tooManyBuckets`, `.illegalLocation`.
    package func createBucket(
        _ name: BucketName, region: Region? = nil, objectLock: Bool = false, context: ChangeContext
    ) async throws(ObjectsError) -> Committed<BucketCreation> {
        let serverRegion = self.region
        if let region, region != serverRegion { throw .illegalLocation(requested: region, server: serverRegion) }
        let owner = Owner(context.principal)
        let countKey = ObjectKeys.accountCount(owner.account)
        return try await commit(reading: [ObjectKeys.bucket(name), countKey]) { [self] transaction in
            if let existing = try buckets.state(of: name, in: transaction)?.bucket {
                guard existing.owner.account == owner.account else { throw ObjectsError.bucketAlreadyExists(name) }
                guard serverRegion == .usEast1 else { throw ObjectsError.bucketAlreadyOwnedByYou(name) }
                return BucketCreation(bucket: existing, isNew: false)
            }
            let count = try transaction.get(countKey).map(StorageKeys.decodeCount) ?? 0
            guard count < ObjectsLimits.bucketsPerAccountMax else {
                throw ObjectsError.tooManyBuckets(limit: ObjectsLimits.bucketsPerAccountMax)
            }
            let bucket = Bucket(name: name, owner: owner, created: transaction.now, region: serverRegion, instance: transaction.lsn)
            var record = PBBucketRecord.with {
                $0.owner = owner.record
                $0.createdMs = bucket.created.milliseconds
                $0.region = serverRegion.rawValue
            }
            if objectLock {
                try record.set(VersioningStatus.self, .enabled)
                try record.set(ObjectLockConfiguration.self, ObjectLockConfiguration())
            }
            transaction.put(
                ObjectKeys.bucket(name), try BucketState.encoded(instance: bucket.instance, version: transaction.lsn, record))
            transaction.put(ObjectKeys.accountBucket(owner.account, name.rawValue), Self.accountEntry(bucket))
            transaction.put(countKey, StorageKeys.encodeCount(count + 1))
            try transaction.emit(.bucketCreated(name, context))
            return BucketCreation(bucket: bucket, isNew: true)
        }
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
                throw ObjectsError.bucketNotEmpty(name)
            }
            let account = state.bucket.owner.account
            let countKey = ObjectKeys.accountCount(account)
            let count = try transaction.get(countKey).map(StorageKeys.decodeCount) ?? 0
            precondition(count > 0, "an account's count covers each of its buckets")
            transaction.delete(ObjectKeys.bucket(name))
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

    /// The buckets of one account whose names begin with `prefix` and lie above `after`.
    package func listBuckets(
        owner: AccountID, prefix: String = "", after: String? = nil, countMax: Int = ObjectsLimits.bucketPageMax
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
                if entries.count == countMax {
                    next = entries.last?.name.rawValue
                    return .stop
                }
                let name = String(decoding: key[scope.count...], as: UTF8.self)
                entries.append(try Self.accountEntry(name: name, value))
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
