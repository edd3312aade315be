import HTTPTypes
import Identity
import Model
import Objects

/// What a new bucket has of settings about access: those that the request names, and the dialect's habit for the others.
enum NewBucketAccess {
    /// Throws `InvalidArgument`, `InvalidBucketAclWithObjectOwnership`,
    /// `InvalidBucketAclWithBlockPublicAccessError`, and what `GrantHeaders.asked` throws.
    static func settings(_ call: S3Call) throws(S3Error) -> [any BucketSetting] {
        var settings: [any BucketSetting] = []
        let dialect = call.door.configuration.dialect
        var controls = OwnershipControls(dialect == .aws ? .standard : nil)
        if let text = call.headers[.amzObjectOwnership] {
            guard let rule = ObjectOwnership(rawValue: text) else {
                throw .invalidArgument("Invalid x-amz-object-ownership header: \(text)", name: "x-amz-object-ownership")
            }
            controls = OwnershipControls(rule)
        }
        // What was asked for is kept even where it is what a bucket has anyway: somebody chose it.
        if call.headers.contains(.amzObjectOwnership) || controls.rule != .standard { settings.append(controls) }
        if dialect == .ceph { settings.append(PublicAccessBlock.removed) }
        let owner = Owner(call.caller.principal)
        if let list = try GrantHeaders.asked(call)?.list(owner: owner, bucketOwner: nil), list != .ownerOnly(owner) {
            guard controls.effective != .bucketOwnerEnforced else { throw .aclWithOwnerEnforced }
            if dialect == .aws, list.isPublic { throw .publicACLWhileBlocked }
            settings.append(list)
        }
        return settings
    }

    /// Ceph refuses to make a bucket again with other grants, where AWS resets them. Throws `BucketAlreadyExists`.
    static func checkRepetition(_ call: S3Call, _ bucket: BucketName, _ settings: [any BucketSetting]) async throws(S3Error) {
        guard call.door.configuration.dialect == .ceph, let access = try? await call.objects.access(to: bucket) else { return }
        let asked = settings.lazy.compactMap { $0 as? AccessControlList }.first
        guard access.acl == asked else { throw .bucketAlreadyExists(bucket.rawValue) }
    }
}
