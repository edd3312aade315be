import Model
import Synchronization

/// All of a bucket's record that decides who may do what with it, decoded once for each version of the record.
package final class BucketAccess: Sendable {
    package let bucket: Bucket
    /// The commit that wrote the record.
    package let version: LSN
    package let ownership: ObjectOwnership
    /// Somebody set it; else it is what every new bucket has.
    package let isOwnershipChosen: Bool
    package let publicAccessBlock: PublicAccessBlock
    /// Nil: its owner has full control and nobody else anything.
    package let acl: AccessControlList?
    package let policy: BucketPolicy?
    package let payment: RequestPayment

    /// Throws `LedgerError.damaged` for a setting that cannot be read: then nobody gets in.
    init(_ state: BucketState) throws {
        bucket = state.bucket
        version = state.version
        let controls = try state.setting(OwnershipControls.self)
        ownership = controls?.effective ?? .standard
        isOwnershipChosen = controls != nil
        publicAccessBlock = try state.setting(PublicAccessBlock.self) ?? .standard
        acl = try state.setting(AccessControlList.self)
        policy = try state.setting(BucketPolicy.self)
        payment = try state.setting(RequestPayment.self) ?? .bucketOwner
    }

    /// Everything in the bucket is the bucket owner's, and lists count for nothing.
    package var hasListsDisabled: Bool { ownership == .bucketOwnerEnforced }
    /// The root of the owning account may do everything, whatever the request: nothing else need be looked at.
    package var isOwnersAlone: Bool { policy == nil && hasListsDisabled }
}

extension Objects {
    /// What decides about access to a bucket; from memory, without a read of the index, while no bucket changes. Throws `.noSuchBucket`.
    package func access(to name: BucketName) async throws(ObjectsError) -> BucketAccess {
        try await read { [self] snapshot in try require(name, in: snapshot).access() }
    }
}

extension BucketState {
    func access() throws -> BucketAccess {
        if let known = knownAccess.withLock({ $0 }) { return known }
        let access = try BucketAccess(self)
        knownAccess.withLock { $0 = access }
        return access
    }
}
