import Environment
import Model
import StoragePorts

/// One change of a batch.
package enum BatchChange: Sendable {
    case put(PutRequest)
    /// A multipart upload becomes an object: how large or slow uploads take part.
    case complete(CompleteRequest)
    case copy(CopyRequest)
    case rename(RenameRequest)
    case delete(BucketName, KeyDeletion)

    /// The key that the result is about.
    package var place: BatchPlace {
        switch self {
        case .put(let request): BatchPlace(bucket: request.bucket, key: request.key)
        case .complete(let request): BatchPlace(bucket: request.bucket, key: request.key)
        case .copy(let request): BatchPlace(bucket: request.bucket, key: request.key)
        case .rename(let request): BatchPlace(bucket: request.bucket, key: request.key)
        case .delete(let bucket, let deletion): BatchPlace(bucket: bucket, key: deletion.key)
        }
    }

    /// What it reads besides.
    fileprivate var source: BatchPlace? {
        switch self {
        case .copy(let request): BatchPlace(bucket: request.source.bucket, key: request.source.key)
        case .rename(let request): BatchPlace(bucket: request.bucket, key: request.source)
        default: nil
        }
    }
}

package struct BatchPlace: Hashable, Sendable {
    package let bucket: BucketName
    package let key: ObjectKey
}

/// What one change of a batch made.
package struct BatchResult: Hashable, Sendable {
    package let place: BatchPlace
    /// Nil for a deletion.
    package let etag: ETag?
    /// Of the new version or delete marker; nil in a bucket that never had versions.
    package let version: VersionID?
    package let isDeleteMarker: Bool
}

/// Why a change of a batch was refused.
package struct BatchFailure: Equatable, Sendable {
    /// Its place in the batch, from 0.
    package let index: Int
    package let error: ObjectsError

    package init(index: Int, error: ObjectsError) {
        self.index = index
        self.error = error
    }
}

extension Objects {
    private static let batchTriesMax = 8

    /// Makes all changes in one commit, or none. Each key may be in it once, as what is read or what is written. One result for each
    /// change, in order. Throws `.batchRefused` with every change that is refused, and why.
    package func batch(_ changes: [BatchChange], context: ChangeContext) async throws(ObjectsError) -> Committed<[BatchResult]> {
        precondition(changes.count <= ObjectsLimits.batchChangesMax)
        let repeated = Self.repeated(changes)
        guard repeated.isEmpty else { throw .batchRefused(repeated) }
        var seen: Set<[UInt8]> = []
        let hints = changes.flatMap { self.hints($0.place.bucket, $0.place.key) }.filter { seen.insert($0).inserted }
        for _ in 0..<Self.batchTriesMax {
            let prepared = try await PreparedBatch(changes, self)
            do {
                let done = try await commit(reading: hints) { [self] in try prepared.perform(self, context, $0) }
                await drainAfterCommit(done.value.orphans)
                return Committed(value: done.value.results, lsn: done.lsn)
            } catch {
                // Something was replaced between reading and committing.
                guard error == .conflict else { throw error }
            }
        }
        throw .conflict
    }

    /// Changes of keys that earlier ones are about.
    private static func repeated(_ changes: [BatchChange]) -> [BatchFailure] {
        var seen: Set<BatchPlace> = []
        var failures: [BatchFailure] = []
        for (index, change) in changes.enumerated() {
            let isNew = seen.insert(change.place).inserted
            // Two copies may have one source; a rename ends its own.
            if case .rename = change, let source = change.source, !seen.insert(source).inserted {
                failures.append(BatchFailure(index: index, error: .repeatedKey))
            } else if !isNew {
                failures.append(BatchFailure(index: index, error: .repeatedKey))
            }
        }
        for (index, change) in changes.enumerated() {
            if case .copy = change, let source = change.source, seen.contains(source) {
                failures.append(BatchFailure(index: index, error: .repeatedKey))
            }
        }
        return failures.sorted { $0.index < $1.index }
    }
}

/// A batch as far as it is prepared before its commit.
private struct PreparedBatch: Sendable {
    enum Step: Sendable {
        case put(PutRequest, PreparedObject)
        /// A copy between kinds of encryption, whose bytes are a payload of their own.
        case copyAnew(StoredObject, PutRequest, PreparedObject)
        case complete(CompleteRequest)
        case copy(StoredObject, PreparedCopy)
        case rename(Renaming)
        case delete(BucketName, KeyDeletion)
    }

    private let changes: [BatchChange]
    private let steps: [Step]

    /// Throws `.batchRefused`.
    init(_ changes: [BatchChange], _ objects: Objects) async throws(ObjectsError) {
        self.changes = changes
        var steps: [Step] = []
        var failures: [BatchFailure] = []
        var bytes = 0
        for (index, change) in changes.enumerated() {
            do throws(ObjectsError) {
                let step = try await Self.prepare(change, objects)
                bytes += step.packedBytes
                guard bytes <= ObjectsLimits.batchPackedBytesMax else { throw .batchTooLarge(limit: ObjectsLimits.batchPackedBytesMax) }
                steps.append(step)
            } catch {
                guard error.isOfChange else { throw error }
                failures.append(BatchFailure(index: index, error: error))
            }
        }
        guard failures.isEmpty else { throw .batchRefused(failures) }
        self.steps = steps
    }

    private static func prepare(_ change: BatchChange, _ objects: Objects) async throws(ObjectsError) -> Step {
        switch change {
        case .put(let request):
            let checksum = try request.payload.checksum(request.checksum)
            return .put(request, try objects.prepare(request, checksum, .objectCreatedPut))
        case .complete(let request): return .complete(request)
        case .copy(let request):
            let source = try await objects.lookup(request.source)
            let decision = try await objects.encryption(request.encryption, of: request.bucket, request.key)
            try request.check(source, decision)
            try source.check(request.sourceKey)
            if let kept = try await objects.keepingBytes(of: source, decision) {
                return .copy(source, try await objects.prepareCopy(of: source, request, kept))
            }
            guard let anew = try await objects.anew(source, request, decision) else { throw .conflict }
            let checksum = try anew.payload.checksum(anew.checksum)
            return .copyAnew(source, anew, try objects.prepare(anew, checksum, .objectCreatedCopy))
        case .rename(let request):
            guard request.source != request.key else { throw .renameToItself }
            return .rename(try await Renaming(request, objects))
        case .delete(let bucket, let deletion): return .delete(bucket, deletion)
        }
    }

    /// Throws `.batchRefused`, or `.conflict` when something is no longer what was prepared.
    func perform(
        _ objects: Objects, _ context: ChangeContext, _ transaction: Transaction
    ) throws -> (results: [BatchResult], orphans: [UploadID]) {
        var results: [BatchResult] = []
        var orphans: [UploadID] = []
        var failures: [BatchFailure] = []
        for (index, step) in steps.enumerated() {
            do {
                let (outcome, released) = try perform(step, objects, context, transaction)
                results.append(
                    BatchResult(
                        place: changes[index].place, etag: outcome.etag, version: outcome.version, isDeleteMarker: outcome.isDeleteMarker))
                orphans += released
            } catch let error as ObjectsError where error.isOfChange && error != .conflict {
                // The others are still looked at, so that one answer names all that is wrong. All is taken back in the end.
                failures.append(BatchFailure(index: index, error: error))
            }
        }
        guard failures.isEmpty else { throw ObjectsError.batchRefused(failures) }
        return (results, orphans)
    }

    private typealias Outcome = (etag: ETag?, version: VersionID?, isDeleteMarker: Bool)

    private func put(
        _ request: PutRequest, _ prepared: PreparedObject, _ objects: Objects, _ transaction: Transaction
    ) throws -> (Outcome, [UploadID]) {
        let state = try objects.require(request.bucket, in: transaction)
        let stored = try objects.store(prepared, objects.header(request, transaction), in: state, transaction) { transaction in
            try request.payload.place(in: transaction)
        }
        return ((stored.header.etag, stored.version, false), stored.orphans)
    }

    private func perform(
        _ step: Step, _ objects: Objects, _ context: ChangeContext, _ transaction: Transaction
    ) throws -> (Outcome, [UploadID]) {
        switch step {
        case .put(let request, let prepared):
            return try put(request, prepared, objects, transaction)
        case .copyAnew(let source, let request, let prepared):
            guard try objects.isUnchanged(source, in: transaction) else { throw ObjectsError.conflict }
            return try put(request, prepared, objects, transaction)
        case .complete(let request):
            let (completed, orphans) = try objects.complete(request, transaction)
            return ((completed.etag, completed.version, false), orphans)
        case .copy(let source, let copy):
            guard try objects.isUnchanged(source, in: transaction) else { throw ObjectsError.conflict }
            let state = try objects.require(copy.object.bucket, in: transaction)
            let stored = try objects.store(copy.object, copy.header(transaction), in: state, transaction) { transaction in
                try copy.place(in: transaction)
            }
            return ((stored.header.etag, stored.version, false), stored.orphans)
        case .rename(let renaming):
            let state = try objects.require(renaming.request.bucket, in: transaction)
            guard let renamed = try renaming.perform(in: state, objects, transaction) else { throw ObjectsError.conflict }
            return ((renamed.etag, renamed.version, false), renamed.orphans)
        case .delete(let bucket, let deletion):
            let removal = Removal(state: try objects.require(bucket, in: transaction), context: context)
            let (result, orphan) = try removal.perform(deletion, in: transaction, partsMax: 0)
            let deleted = try result.deletion(bucket, deletion)
            return ((nil, deleted.version, deleted.isDeleteMarker), [orphan].compactMap { $0 })
        }
    }
}

extension PreparedBatch.Step {
    /// Bytes that the commit itself carries.
    fileprivate var packedBytes: Int {
        switch self {
        case .put(let request, _), .copyAnew(_, let request, _): request.payload.packedBytes
        case .copy(_, let copy): copy.packedBytes
        case .rename(let renaming): renaming.packedBytes
        case .complete, .delete: 0
        }
    }
}

extension ObjectsError {
    /// Whether the fault lies in a change, not in storage.
    fileprivate var isOfChange: Bool {
        switch self {
        case .ledger, .blobs, .failed: false
        default: true
        }
    }
}

extension KeyDeletionResult {
    /// Throws what a deletion of this one key would.
    func deletion(_ bucket: BucketName, _ deletion: KeyDeletion) throws(ObjectsError) -> Deletion {
        switch self {
        case .deleted(let done): return done
        case .noSuchKey: throw .noSuchKey(bucket, deletion.key)
        case .preconditionFailed(let condition): throw .preconditionFailed(condition)
        case .locked: throw .versionIsLocked(bucket, deletion.key)
        case .noVersions: throw .noVersions(bucket, deletion.version ?? .null)
        }
    }
}
