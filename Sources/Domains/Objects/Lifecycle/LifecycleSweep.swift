import Model
import StoragePorts
import SwiftProtobuf

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// How far a pass over one bucket has come. Kept with the deletions that it makes, so that a restart goes on from there.
package struct LifecyclePass: Hashable, Sendable {
    enum Stage: UInt32, Sendable, CaseIterable {
        case current = 0
        case older = 1
        case uploads = 2
    }

    package let bucket: BucketName
    /// The pass judges as of this time, however long it takes.
    package let started: Timestamp
    let instance: LSN
    var stage = Stage.current
    /// The last ledger key that was dealt with.
    var after: [UInt8]?
    /// Ended by this pass, since it began or was taken up again.
    package fileprivate(set) var endedCount = 0
    package fileprivate(set) var isDone = false

    fileprivate mutating func advance() {
        guard let next = Stage(rawValue: stage.rawValue + 1) else {
            isDone = true
            return
        }
        stage = next
        after = nil
    }
}

/// How far one step of a pass goes.
package struct LifecyclePace: Sendable {
    /// Records looked at between two pauses: a few milliseconds of reading.
    var scanMax = 4_096
    /// Endings in one commit: holds other commits up for about a millisecond.
    var commitMax = 64

    package init() {}

    package init(scanMax: Int, commitMax: Int) {
        self.scanMax = scanMax
        self.commitMax = commitMax
    }
}

extension Objects {
    /// The buckets with rules, above `after`, in the order of their names.
    package func bucketsWithLifecycle(after: BucketName?, countMax: Int) async throws(ObjectsError) -> [BucketName] {
        try await read { snapshot in
            var names: [BucketName] = []
            let all = KeyRange.prefix([ObjectKeys.bucketTag])
            let lower = after.map { ObjectKeys.bucket($0) + [0] } ?? all.lower
            try snapshot.scan(KeyRange(from: lower, to: all.upper), .forward) { key, value in
                guard let name = BucketName(String(decoding: key.dropFirst(), as: UTF8.self)) else {
                    throw LedgerError.damaged("bucket key")
                }
                if try BucketState(name, Array(value)).record.settings[BucketSettingKind.lifecycle.rawValue] != nil {
                    names.append(name)
                }
                return names.count == countMax ? .stop : .next
            }
            return names
        }
    }

    /// Begins a pass over the bucket, or takes up the one that a stop cut short. Throws `.noSuchBucket`.
    package func lifecyclePass(over bucket: BucketName, at now: Timestamp) async throws(ObjectsError) -> LifecyclePass {
        try await read { [self] snapshot in
            let state = try require(bucket, in: snapshot)
            guard let value = try snapshot.get(ObjectKeys.lifecyclePass(state.instance)) else {
                return LifecyclePass(bucket: bucket, started: now, instance: state.instance)
            }
            return try LifecyclePass(bucket, state.instance, value)
        }
    }

    /// One bounded step: looks at some records and ends, in one commit, those whose time is over. Each is judged again within the commit by what
    /// it then is. What a lock holds stays. Throws `.noSuchBucket`.
    package func step(
        _ pass: inout LifecyclePass, _ clock: LifecycleClock, pace: LifecyclePace = LifecyclePace()
    ) async throws(ObjectsError) {
        let look = pass
        let found = try await read { [self] snapshot in try findDue(look, clock, pace, in: snapshot) }
        guard let found else {
            pass.isDone = true
            return
        }
        pass.after = found.after
        if found.isAtEnd { pass.advance() }
        // The place of a pass that only looks is not kept: looking again is cheap.
        if found.due.isEmpty && !(pass.isDone && found.hasRecord) { return }
        let next = pass
        let ended = try await commit(reading: found.hints) { [self] transaction in
            try end(found.due, of: next, clock, in: transaction)
        }.value
        pass.endedCount += ended.count
        await drainAfterCommit(ended.orphans)
    }

    /// How many ended, and parts to be drained.
    private func end(
        _ due: [Due], of pass: LifecyclePass, _ clock: LifecycleClock, in transaction: Transaction
    ) throws -> (count: Int, orphans: [UploadID]) {
        guard let state = try buckets.state(of: pass.bucket, in: transaction), state.instance == pass.instance,
            let lifecycle = try state.setting(Lifecycle.self)
        else { return (0, []) }
        let ending = LifecycleEnding(
            judge: LifecycleJudge(lifecycle, clock, now: pass.started),
            removal: Removal(state: state, events: .expired, context: .lifecycle(of: state.bucket, at: transaction.lsn)))
        let outcomes = try ending.perform(due, in: transaction)
        let passKey = ObjectKeys.lifecyclePass(pass.instance)
        if pass.isDone { transaction.delete(passKey) } else { transaction.put(passKey, try pass.record.serializedBytes()) }
        return (outcomes.count, outcomes.compactMap(\.orphan))
    }
}

/// What one look of a pass found to be over.
enum Due: Sendable {
    /// A current version, made by this commit: it is deleted as by a client.
    case current(ObjectKey, LSN)
    /// An older version, or a delete marker that hides nothing: it goes for good.
    case version(ObjectKey, LSN)
    case upload(ObjectKey, UploadID)
}

/// Ends what is due, where it still is when its turn comes.
private struct LifecycleEnding {
    struct Outcome {
        let orphan: UploadID?
    }

    let judge: LifecycleJudge
    let removal: Removal

    /// Of each that is still to end and that no lock holds.
    func perform(_ due: [Due], in transaction: Transaction) throws -> [Outcome] {
        let keys: [[UInt8]] = due.compactMap { item in
            guard case .current(let key, _) = item else { return nil }
            return ObjectKeys.object(removal.state.instance, key)
        }
        var values = try transaction.values(ofRising: keys)[...]
        return try due.compactMap { item in
            switch item {
            case .current(let key, let lsn): try values.removeFirst().flatMap { try endCurrent(key, lsn, $0, transaction) }
            case .version(let key, let lsn): try endVersion(key, lsn, transaction)
            case .upload(let key, let id): try endUpload(key, id, transaction)
            }
        }
    }

    private func endCurrent(_ key: ObjectKey, _ lsn: LSN, _ value: [UInt8], _ transaction: Transaction) throws -> Outcome? {
        let current = try StoredVersion(value, isCurrent: true)
        guard current.header.lsn == lsn, try judge.endsCurrent(current, key) else { return nil }
        return try remove(KeyDeletion(key: key), current, transaction)
    }

    private func endVersion(_ key: ObjectKey, _ lsn: LSN, _ transaction: Transaction) throws -> Outcome? {
        let version = try VersionedKey(state: removal.state, key: key).find(madeBy: lsn, in: transaction)
        guard let version, !version.isCurrent || version.header.isDeleteMarker else { return nil }
        return try remove(KeyDeletion(key: key, version: version.header.version), version, transaction)
    }

    private func endUpload(_ key: ObjectKey, _ id: UploadID, _ transaction: Transaction) throws -> Outcome? {
        let state = removal.state
        guard try transaction.get(ObjectKeys.upload(state.instance, key, id)) != nil else { return nil }
        return Outcome(orphan: try Objects.abort(id, of: key, state, removal.context, in: transaction, partsMax: 0))
    }

    private func remove(_ deletion: KeyDeletion, _ version: StoredVersion, _ transaction: Transaction) throws -> Outcome? {
        let (result, orphan) = try removal.perform(deletion, on: version, in: transaction, partsMax: 0)
        guard case .deleted = result else { return nil }
        return Outcome(orphan: orphan)
    }
}

extension ChangeContext {
    /// Changes that S3 makes by itself; the request's id is made of the position.
    fileprivate static func lifecycle(of bucket: Bucket, at lsn: LSN) -> ChangeContext {
        let principal = Principal(
            account: bucket.owner.account,
            arn: ARN(service: "iam", region: "", account: bucket.owner.account.rawValue, resource: "lifecycle"), accessKeyID: nil,
            canonicalID: bucket.owner.canonicalID, displayName: "lifecycle")
        return ChangeContext(
            principal: principal, requestID: RequestID(random: lsn.rawValue), hostID: "lifecycle", sourceIP: byService)
    }
}

extension LifecyclePass {
    fileprivate init(_ bucket: BucketName, _ instance: LSN, _ value: [UInt8]) throws {
        let record = try PBLifecyclePass(serializedBytes: value)
        guard let stage = Stage(rawValue: record.stage) else { throw LedgerError.damaged("lifecycle of \(bucket)") }
        self.init(bucket: bucket, started: Timestamp(milliseconds: record.startedMs), instance: instance)
        self.stage = stage
        self.after = record.after.isEmpty ? nil : Array(record.after)
    }

    fileprivate var record: PBLifecyclePass {
        PBLifecyclePass.with {
            $0.startedMs = started.milliseconds
            $0.stage = stage.rawValue
            $0.after = Data(after ?? [])
        }
    }
}
