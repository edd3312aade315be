import Model
import StoragePorts

extension Objects {
    /// Deletes an object; a missing one is success. The value is false when there was none. Throws `.noSuchBucket`,
    /// `.preconditionFailed`, `.noSuchKey` (a condition on a missing object).
    package func delete(
        _ bucket: BucketName, _ key: ObjectKey, condition: DeleteCondition = .none, context: ChangeContext
    ) async throws(ObjectsError) -> Committed<Bool> {
        let deleted = try await commit(reading: hints(bucket, key)) { [self] transaction in
            let state = try require(bucket, in: transaction)
            return try remove(
                KeyDeletion(key: key, condition: condition), from: state, context, transaction, partsMax: Self.partsReleasedAtOnceMax)
        }
        switch deleted.value.result {
        case .deleted(let existed):
            await drainAfterCommit(deleted.value.orphan.map { [$0] } ?? [])
            return Committed(value: existed, lsn: deleted.lsn)
        case .noSuchKey: throw .noSuchKey(bucket, key)
        case .preconditionFailed(let condition): throw .preconditionFailed(condition)
        }
    }

    /// Deletes up to `ObjectsLimits.deletesPerRequestMax` objects in one commit. One result per key, in order. Throws `.noSuchBucket`.
    package func deleteMany(
        _ bucket: BucketName, _ keys: [KeyDeletion], context: ChangeContext
    ) async throws(ObjectsError) -> Committed<[KeyDeletionResult]> {
        precondition(keys.count <= ObjectsLimits.deletesPerRequestMax)
        let deleted = try await commit(reading: [ObjectKeys.bucket(bucket)]) { [self] transaction in
            let state = try require(bucket, in: transaction)
            return try keys.map { try remove($0, from: state, context, transaction, partsMax: 0) }
        }
        await drainAfterCommit(deleted.value.compactMap(\.orphan))
        return Committed(value: deleted.value.map(\.result), lsn: deleted.lsn)
    }

    private func remove(
        _ deletion: KeyDeletion, from state: BucketState, _ context: ChangeContext, _ transaction: Transaction, partsMax: Int
    ) throws -> (result: KeyDeletionResult, orphan: UploadID?) {
        let ledgerKey = ObjectKeys.object(state.instance, deletion.key)
        guard let header = try transaction.get(ledgerKey).map({ try StoredHeader($0) }) else {
            return (deletion.condition == .none ? .deleted(existed: false) : .noSuchKey, nil)
        }
        if let failed = deletion.condition.failure(header) { return (.preconditionFailed(failed), nil) }
        let orphan = try header.release(in: transaction, partsMax: partsMax)
        transaction.delete(ledgerKey)
        try transaction.emit(.objectRemoved(state.bucket.name, deletion.key, context))
        if let notifications = state.notifications {
            let object = ObjectEvent(event: .objectRemovedDelete, key: deletion.key, stored: nil)
            try notifications.announce(object, context: context, in: transaction)
        }
        return (.deleted(existed: true), orphan)
    }
}

extension DeleteCondition {
    fileprivate func failure(_ header: StoredHeader) -> ObjectsError.Condition? {
        if let ifMatch, !ifMatch.matches(header.etag) { return .ifMatch }
        if let size, size != header.size { return .size }
        if let lastModified, lastModified.seconds != header.lastModified.seconds { return .lastModified }
        return nil
    }
}
