import Identity
import Model
import Objects

/// Whose a new object is, and who else may do what with it.
enum NewObjectAccess {
    /// Throws what `GrantHeaders.asked` throws, `AccessControlListNotSupported` where lists do not count, and `AccessDenied` for public
    /// grants that are blocked. `access` is that of the object's bucket.
    static func decide(_ call: S3Call, _ access: BucketAccess?, _ key: ObjectKey) async throws -> ObjectAccess {
        guard let access else { return .bucketOwnersAlone }
        guard let asked = try GrantHeaders.asked(call) else { return ObjectAccess(owner: foreignWriter(call, access)) }
        if access.hasListsDisabled {
            // AWS refuses `private` too, but rclone and s3cmd send it unasked: where nobody chose, it asks for what is so anyway.
            let isHarmless = asked == .canned(.private) && !access.isOwnershipChosen
            guard isHarmless || asked.isFullControl(of: access.bucket.owner) else { throw S3Error.aclNotSupported }
            return .bucketOwnersAlone
        }
        try await call.authoriseForNewObject(PutObjectAcl.action, access, key)
        let givesAway = access.ownership == .bucketOwnerPreferred && asked == .canned(.bucketOwnerFullControl)
        let writer = givesAway ? nil : foreignWriter(call, access)
        let owner = writer ?? access.bucket.owner
        let list = asked.list(owner: owner, bucketOwner: access.bucket.owner)
        try call.refusePublic(list, access, PutObjectAcl.action, key)
        return ObjectAccess(owner: writer, acl: list == .ownerOnly(owner) ? nil : list)
    }

    /// Nil when the object is the bucket owner's. With Ceph nobody owns what nobody signed for, so that it is the bucket owner's too.
    private static func foreignWriter(_ call: S3Call, _ access: BucketAccess) -> Owner? {
        if access.hasListsDisabled { return nil }
        let caller = call.caller.principal
        if caller.isAnonymous, call.door.configuration.dialect == .ceph { return nil }
        return caller.account == access.bucket.owner.account && !caller.isAnonymous ? nil : Owner(caller)
    }
}

extension S3Call {
    /// Throws `AccessDenied` for a list with public grants where the bucket's public access block refuses them.
    func refusePublic(_ list: AccessControlList, _ access: BucketAccess, _ action: Action, _ key: ObjectKey? = nil) throws(S3Error) {
        guard access.publicAccessBlock.blocksPublicACLs, list.isPublic else { return }
        refuse(action, access, key, because: "BlockPublicAcls")
        throw .accessDenied
    }

    /// Notes a refusal by the bucket's public access block.
    func refuse(_ action: Action, _ access: BucketAccess, _ key: ObjectKey? = nil, because setting: String) {
        let resource = "arn:aws:s3:::\(access.bucket.name)" + (key.map { "/\($0.string)" } ?? "")
        note(
            .refused(.publicAccessBlocked(setting: setting)), action, resource, access,
            RequestConditions(call: self, bucket: access.bucket, objectTags: nil, extra: [:]))
    }
}
