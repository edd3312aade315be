import Model
import StoragePorts

extension Objects {
    /// Replaces an object's list of grants; nil leaves it to its owner alone. The object stays the version that it was: ETag, LSN and
    /// last-modified time keep their values. Returns the version. Throws as `changeDetails`.
    package func setAccessControlList(
        _ bucket: BucketName, _ key: ObjectKey, _ acl: AccessControlList?, version: VersionID? = nil, context: ChangeContext
    ) async throws(ObjectsError) -> Committed<VersionID?> {
        try await changeDetails(of: key, version, in: bucket) { details, hand in
            if let acl { details.acl = acl.record } else { details.clearAcl() }
            try hand.transaction.emit(.objectAclChanged(bucket, key, context))
            if let notifications = hand.state.notifications {
                let object = ObjectEvent(event: .objectAclPut, key: key, version: hand.id, stored: hand.header)
                try notifications.announce(object, context: context, in: hand.transaction)
            }
            return hand.id
        }
    }
}
