import Identity
import Model
import Objects

/// What a request says of the object that it makes, after its caller was found to have every permission that this needs.
///
/// Source: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html, the operations PutObject, CopyObject
/// and CreateMultipartUpload.
struct NewObject {
    let attributes: ObjectAttributes
    let lock: ObjectLock

    /// Throws `AccessDenied`, and what is wrong with the headers.
    init(_ call: S3Call, _ bucket: BucketName, _ key: ObjectKey) async throws {
        let access = try await call.authorise(PutObject.action, bucket, key)
        var attributes = try AttributeHeaders.decode(call)
        if !attributes.tags.isEmpty, let access { try await call.authoriseForNewObject(PutObjectTagging.action, access, key) }
        attributes.access = try await NewObjectAccess.decide(call, access, key)
        self.attributes = attributes
        lock = try await Self.lock(call, access, key)
    }

    /// The lock that the headers ask for. Throws `AccessDenied`, `InvalidArgument`.
    static func lock(_ call: S3Call, _ access: BucketAccess?, _ key: ObjectKey) async throws -> ObjectLock {
        let lock = try LockHeaders.decode(call)
        guard lock != .none, let access else { return lock }
        if lock.retention != nil { try await call.authoriseForNewObject(ObjectRetention.putAction, access, key) }
        if lock.legalHold != nil { try await call.authoriseForNewObject(ObjectLegalHold.putAction, access, key) }
        return lock
    }
}

/// What goes along with an object to another key: its tags, and where lists count its grants.
struct CarriedAlong {
    let mayCarryTags: Bool
    let mayCarryGrants: Bool

    /// Whether the caller may read the source's tags and put them on the new object.
    static func mayCarryTags(_ call: S3Call, _ source: CopySource, to access: BucketAccess?, _ key: ObjectKey) async -> Bool {
        let action = source.version == nil ? GetObjectTagging.action : GetObjectTagging.versionAction
        guard let access, await call.isAuthorised(action, source.bucket, source.key, version: source.version) else { return false }
        return (try? await call.authoriseForNewObject(PutObjectTagging.action, access, key)) != nil
    }

    /// For a rename: asked only for what the source has. What it gets after this look is not carried: the commit refuses it.
    init(_ call: S3Call, renaming source: ObjectKey, to access: BucketAccess?, _ key: ObjectKey) async throws {
        guard let access else {
            (mayCarryTags, mayCarryGrants) = (false, false)
            return
        }
        if call.isAloneOwner(access) {
            (mayCarryTags, mayCarryGrants) = (true, true)
            return
        }
        let bucket = access.bucket.name
        var (tags, grants) = (false, false)
        if let attributes = try await call.found(bucket, source, nil)?.info.attributes {
            if !attributes.tags.isEmpty {
                tags = await Self.mayCarryTags(call, CopySource(bucket: bucket, key: source), to: access, key)
            }
            if attributes.access.acl != nil, await call.isAuthorised(PutObjectAcl.action, bucket, source) {
                grants = (try? await call.authoriseForNewObject(PutObjectAcl.action, access, key)) != nil
            }
        }
        (mayCarryTags, mayCarryGrants) = (tags, grants)
    }
}
