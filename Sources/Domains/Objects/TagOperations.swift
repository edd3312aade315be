import Model
import StoragePorts
import SwiftProtobuf

extension Objects {
    /// Replaces an object's tags; an empty set removes them. The object stays the version that it was: ETag, LSN and last-modified
    /// time keep their values. Throws `.noSuchBucket`, `.noSuchKey`.
    package func setTags(
        _ bucket: BucketName, _ key: ObjectKey, _ tags: TagSet, context: ChangeContext
    ) async throws(ObjectsError) -> LSN {
        let event: NotificationEvent = tags.isEmpty ? .objectTaggingDelete : .objectTaggingPut
        return try await commit(reading: hints(bucket, key)) { [self] transaction in
            let state = try require(bucket, in: transaction)
            let header = try changeDetails(key, in: state, transaction) { header, details in
                details.tags = tags.records
                header.flags = tags.isEmpty ? header.flags.subtracting(.tags) : header.flags.union(.tags)
            }
            try transaction.emit(.objectTagsChanged(bucket, key, count: tags.count, context))
            if let notifications = state.notifications {
                try notifications.announce(ObjectEvent(event: event, key: key, stored: header), context: context, in: transaction)
            }
        }.lsn
    }

    /// Changes what is kept with an object, in place: its bytes, its LSN and its last-modified time stay. `change` must keep the
    /// header's layout and size. Throws `.noSuchKey`.
    @discardableResult
    func changeDetails(
        _ key: ObjectKey, in state: BucketState, _ transaction: Transaction,
        _ change: (inout StoredHeader, inout PBObjectDetails) throws -> Void
    ) throws -> StoredHeader {
        let ledgerKey = ObjectKeys.object(state.instance, key)
        guard let value = try transaction.get(ledgerKey) else { throw ObjectsError.noSuchKey(state.bucket.name, key) }
        let before = try StoredHeader(value)
        var (header, details) = (before, try PBObjectDetails(afterHeaderOf: value))
        try change(&header, &details)
        precondition(header.layout == before.layout && header.size == before.size && header.lsn == before.lsn)
        transaction.put(ledgerKey, header.encoded(tail: try details.serializedBytes()))
        return header
    }
}
