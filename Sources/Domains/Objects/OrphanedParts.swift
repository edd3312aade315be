import Model
import StoragePorts

// Parts that nothing names any more. A few are released in the commit that ended them. More get a mark in that commit, and
// commits of bounded size release them afterwards: by the caller that made the mark, or by `resume` after a stop.

extension Objects {
    static let partsPerDrain = 256
    /// Parts up to this many go in the commit that ends their object, where that commit ends one object.
    static let partsReleasedAtOnceMax = 64

    /// Releases the parts of an upload or object when they are at most `countMax`; else marks them and returns their id.
    static func releaseParts(of id: UploadID, countMax: Int, in transaction: Transaction) throws -> UploadID? {
        if try releaseSomeParts(of: id, countMax: countMax, in: transaction).isDone { return nil }
        transaction.put(ObjectKeys.orphanedParts(id), [])
        return id
    }

    /// `isDone` when no part is left.
    static func releaseSomeParts(
        of id: UploadID, countMax: Int, in transaction: Transaction
    ) throws -> (count: Int, isDone: Bool) {
        var parts: [(key: [UInt8], extent: Extent?)] = []
        var isDone = true
        try transaction.scan(.prefix(ObjectKeys.parts(of: id))) { key, value in
            if parts.count == countMax {
                isDone = false
                return .stop
            }
            parts.append((Array(key), try StoredPartRecord(value).extent))
            return .next
        }
        for (key, extent) in parts {
            transaction.delete(key)
            if let extent { try transaction.release(extent) }
        }
        return (parts.count, isDone)
    }

    /// Releases marked parts, `partsPerDrain` to a commit. Safe to run twice at once.
    func drain(_ ids: [UploadID]) async throws(ObjectsError) {
        var rest = ids[...]
        while !rest.isEmpty {
            let waiting = rest
            let doneCount = try await commit { transaction in
                var budget = Self.partsPerDrain
                for (index, id) in waiting.enumerated() {
                    let mark = ObjectKeys.orphanedParts(id)
                    guard try transaction.get(mark) != nil else { continue }
                    let (count, isDone) = try Self.releaseSomeParts(of: id, countMax: budget, in: transaction)
                    guard isDone else { return index }
                    transaction.delete(mark)
                    budget -= count
                }
                return waiting.count
            }.value
            rest = rest.dropFirst(doneCount)
        }
    }

    /// Gives up every upload of a deleted bucket.
    func drainBucket(_ instance: LSN) async throws(ObjectsError) {
        var isDone = false
        while !isDone {
            isDone = try await commit { transaction in
                var first: (key: [UInt8], object: [UInt8], id: UploadID)?
                try transaction.scan(.prefix(ObjectKeys.uploads(in: instance))) { key, _ in
                    first = (Array(key), ObjectKeys.objectKey(ofUpload: key), ObjectKeys.uploadID(atEndOf: key))
                    return .stop
                }
                guard let first else {
                    transaction.delete(ObjectKeys.deletedBucket(instance))
                    return true
                }
                if try Self.releaseSomeParts(of: first.id, countMax: Self.partsPerDrain, in: transaction).isDone {
                    transaction.delete(first.key)
                    try KeyWatch(instance, first.object).end(in: transaction)
                }
                return false
            }.value
        }
    }

    /// After a commit that ended objects of many parts. A failure here is no failure of that commit: `resume` finds the marks.
    func drainAfterCommit(_ ids: [UploadID]) async {
        if !ids.isEmpty { try? await drain(ids) }
    }

    /// Finishes what a stop may have left half done: the parts of deleted objects and buckets, counts of buckets with a quota. Call once after the ledger has
    /// opened; serving may begin before it returns.
    package func resume() async throws(ObjectsError) {
        let (orphans, instances) = try await read { snapshot in
            var orphans: [UploadID] = []
            var instances: [LSN] = []
            try snapshot.scan(.prefix([ObjectKeys.orphanedPartsTag]), .forward) { key, _ in
                orphans.append(ObjectKeys.uploadID(atEndOf: key))
                return .next
            }
            try snapshot.scan(.prefix([ObjectKeys.deletedBucketTag]), .forward) { key, _ in
                instances.append(ObjectKeys.instance(key))
                return .next
            }
            return (orphans, instances)
        }
        try await drain(orphans)
        for instance in instances { try await drainBucket(instance) }
        try await resumeCounts()
    }
}
