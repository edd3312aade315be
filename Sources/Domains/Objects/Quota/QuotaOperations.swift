import Model
import StoragePorts

extension Objects {
    /// Sets how much a bucket may hold; nil for no quota. The first time the bucket is counted before this returns: objects may be written
    /// meanwhile, and the quota holds from the end of the count on. What the bucket has too much already stays. Throws `.noSuchBucket`.
    package func setQuota(_ quota: BucketQuota?, of bucket: BucketName, context: ChangeContext) async throws(ObjectsError) {
        let instance = try await commit(reading: [ObjectKeys.bucket(bucket)]) { [self] transaction -> LSN? in
            let state = try require(bucket, in: transaction)
            var record = state.record
            try record.set(BucketQuota.self, quota)
            try put(record, of: state, in: transaction)
            try transaction.emit(.bucketSettingChanged(bucket, .quota, isSet: quota != nil, context))
            let key = ObjectKeys.usage(state.instance)
            guard quota != nil else {
                transaction.delete(key)
                return nil
            }
            guard let usage = try transaction.get(key) else {
                transaction.put(key, BucketUsage(countingFrom: transaction.lsn).encoded)
                return state.instance
            }
            // A count that goes on may be that of a caller who went away.
            return try BucketUsage(usage).isCounting ? state.instance : nil
        }.value
        if let instance { try await count(instance) }
    }

    /// The quota and what the bucket holds; nil when it has none. Throws `.noSuchBucket`.
    package func quota(of bucket: BucketName) async throws(ObjectsError) -> (quota: BucketQuota, holds: BucketAmount)? {
        try await read { [self] snapshot in
            let state = try require(bucket, in: snapshot)
            guard let quota = state.quota, let value = try snapshot.get(ObjectKeys.usage(state.instance)) else { return nil }
            return (quota, try BucketUsage(value).amount)
        }
    }

    /// Counts one bucket: see `BucketUsage`. Does nothing when it is counted, or has no quota any more.
    private func count(_ instance: LSN) async throws(ObjectsError) {
        let key = ObjectKeys.usage(instance)
        let found = try await read { snapshot -> (began: LSN, base: BucketAmount)? in
            guard let usage = try snapshot.get(key).map({ try BucketUsage($0) }), usage.isCounting else { return nil }
            return (usage.began, try Self.holdings(of: instance, in: snapshot) - usage.amount)
        }
        guard let found else { return }
        _ = try await commit(reading: [key]) { transaction in
            guard var usage = try transaction.get(key).map({ try BucketUsage($0) }), usage.isCounting, usage.began == found.began else {
                return
            }
            usage.isCounting = false
            usage.amount = usage.amount + found.base
            transaction.put(key, usage.encoded)
        }
    }

    /// Everything that counts: objects with all their versions, and parts of uploads in progress.
    private static func holdings(of instance: LSN, in reader: any KeyValueReader) throws -> BucketAmount {
        var sum = BucketAmount()
        for range in [KeyRange.prefix(ObjectKeys.objects(in: instance)), .prefix(ObjectKeys.versions(in: instance))] {
            try reader.scan(range, .forward) { _, value in
                sum = sum + BucketAmount(try StoredHeader(value))
                return .next
            }
        }
        var uploads: [UploadID] = []
        try reader.scan(.prefix(ObjectKeys.uploads(in: instance)), .forward) { key, _ in
            uploads.append(ObjectKeys.uploadID(atEndOf: key))
            return .next
        }
        for id in uploads { sum = sum + (try partsHeld(by: id, in: reader)) }
        return sum
    }

    /// The bytes of an upload's parts.
    static func partsHeld(by id: UploadID, in reader: some KeyValueReader) throws -> BucketAmount {
        var sum = BucketAmount()
        try reader.scan(.prefix(ObjectKeys.parts(of: id)), .forward) { _, value in
            sum.bytes += try StoredHeader(value).size
            return .next
        }
        return sum
    }

    /// Finishes counts that a stop cut short.
    func resumeCounts() async throws(ObjectsError) {
        let unfinished = try await read { snapshot in
            var instances: [LSN] = []
            try snapshot.scan(.prefix([ObjectKeys.usageTag]), .forward) { key, value in
                if try BucketUsage(Array(value)).isCounting { instances.append(ObjectKeys.instance(key)) }
                return .next
            }
            return instances
        }
        for instance in unfinished { try await count(instance) }
    }
}
