import Model
import StoragePorts

// What the operations' closures share: finding records, placing payloads, giving bytes up.

extension ObjectsError {
    /// Gives every error that comes out of the ledger or the blobs its place here.
    init(_ error: any Error) {
        switch error {
        case let error as ObjectsError: self = error
        case let error as LedgerError: self = .ledger(error)
        case let error as BlobError: self = .blobs(error)
        default: self = .failed(String(describing: error))
        }
    }
}

extension Objects {
    func commit<Value: Sendable>(
        reading keys: [[UInt8]] = [], _ body: @escaping @Sendable (Transaction) throws -> Value
    ) async throws(ObjectsError) -> Committed<Value> {
        do { return try await ledger.commit(reading: keys, body) } catch { throw ObjectsError(error) }
    }

    func read<Value: Sendable>(_ body: @escaping @Sendable (any Snapshot) throws -> Value) async throws(ObjectsError) -> Value {
        do { return try await ledger.read(body) } catch { throw ObjectsError(error) }
    }

    func require(_ name: BucketName, in reader: any KeyValueReader) throws -> BucketState {
        guard let state = try buckets.state(of: name, in: reader) else { throw ObjectsError.noSuchBucket(name) }
        return state
    }

    /// The ledger keys that a change of this object reads, as far as they are known before it runs. A bucket's record that was seen before
    /// is read again only after a bucket changed, and then it is in memory.
    func hints(_ bucket: BucketName, _ key: ObjectKey) -> [[UInt8]] {
        guard let state = buckets.hint(bucket) else { return [ObjectKeys.bucket(bucket)] }
        return [ObjectKeys.object(state.instance, key)]
    }
}

extension Payload {
    /// Makes the payload part of the commit.
    func place(in transaction: Transaction) throws -> StoredHeader.Layout {
        switch body {
        case .empty:
            return .empty
        case .small(let payload):
            return .extent(try transaction.stage(payload))
        case .file(let extent, _):
            try transaction.adopt(extent)
            return .extent(extent)
        }
    }

    /// The value to keep with the object. Throws `.checksumMissing`.
    func checksum(_ algorithm: ChecksumAlgorithm?) throws(ObjectsError) -> Checksum? {
        guard let algorithm else { return nil }
        guard let checksum = checksums[algorithm] else { throw .checksumMissing(algorithm) }
        return checksum
    }
}

extension StoredHeader {
    /// Gives up the bytes of an object that this commit ends. Returns the parts that it only marked, because
    /// they are more than `partsMax`: drain them after the commit, so that no commit holds the others up for long.
    func release(in transaction: Transaction, partsMax: Int = Objects.partsReleasedAtOnceMax) throws -> UploadID? {
        switch layout {
        case .empty, .deleteMarker:
            return nil
        case .extent(let extent):
            try transaction.release(extent)
            return nil
        case .parts(let id):
            return try Objects.releaseParts(of: id, countMax: partsMax, in: transaction)
        }
    }
}

extension WriteCondition {
    /// A delete marker counts as no object. Throws `.preconditionFailed` or `.noSuchKey`.
    func check(_ current: StoredHeader?, _ bucket: BucketName, _ key: ObjectKey) throws {
        let header = current.flatMap { $0.isDeleteMarker ? nil : $0 }
        if let ifMatch {
            guard let header else { throw ObjectsError.noSuchKey(bucket, key) }
            guard ifMatch.matches(header.etag) else { throw ObjectsError.preconditionFailed(.ifMatch) }
        }
        if let ifNoneMatch, let header, ifNoneMatch.matches(header.etag) {
            throw ObjectsError.preconditionFailed(.ifNoneMatch)
        }
    }
}
