import Model
import StoragePorts

extension Objects {
    /// Replaces the tags of a version, nil meaning the current one; an empty set removes them. It stays the version that it was:
    /// ETag, LSN and last-modified time keep their values. Returns the version. Throws as `changeDetails`.
    package func setTags(
        _ bucket: BucketName, _ key: ObjectKey, _ tags: TagSet, version: VersionID? = nil, context: ChangeContext
    ) async throws(ObjectsError) -> Committed<VersionID?> {
        let event: NotificationEvent = tags.isEmpty ? .objectTaggingDelete : .objectTaggingPut
        return try await changeDetails(of: key, version, in: bucket) { details, hand in
            details.tags = tags.records
            try hand.transaction.emit(.objectTagsChanged(bucket, key, count: tags.count, context))
            if let notifications = hand.state.notifications {
                let object = ObjectEvent(event: event, key: key, version: hand.id, stored: hand.header)
                try notifications.announce(object, context: context, in: hand.transaction)
            }
            return hand.id
        }
    }
}
