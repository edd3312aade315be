import Model
import StoragePorts

extension Objects {
    /// Replaces an object's list of grants; nil leaves it to its owner alone. The object stays the version that it was: ETag, LSN and
    /// last-modified time keep their values. Throws `.noSuchBucket`, `.noSuchKey`.
    package func setAccessControlList(
        _ bucket: BucketName, _ key: ObjectKey, _ acl: AccessControlList?, context: ChangeContext
    ) async throws(ObjectsError) -> LSN {
        try await commit(reading: hints(bucket, key)) { [self] transaction in
            let state = try require(bucket, in: transaction)
            let header = try changeDetails(key, in: state, transaction) { _, details in
                if let acl { details.acl = acl.record } else { details.clearAcl() }
            }
            try transaction.emit(.objectACLChanged(bucket, key, context))
            if let notifications = state.notifications {
                let object = ObjectEvent(event: .objectAclPut, key: key, stored: header)
                try notifications.announce(object, context: context, in: transaction)
            }
        }.lsn
    }
}
