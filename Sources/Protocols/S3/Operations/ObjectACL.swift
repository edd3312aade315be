import AWSWire
import Doors
import HTTPTypes
import Identity
import Model
import Objects
import StoragePorts

/// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectAcl.html
enum GetObjectAcl {
    static let action = Action.s3("GetObjectAcl")
    private static let versionAction = Action.s3("GetObjectVersionAcl")

    static func answer(_ call: S3Call) async throws -> DoorResponse {
        let (bucket, key) = try call.object()
        try await call.authorise(call.query.contains("versionId") ? versionAction : action, bucket, key)
        let access = try await call.objects.access(to: bucket)
        let info = try await call.objects.lookup(bucket, key, try VersionParameter.choice(call)).info
        let owner = access.hasListsDisabled ? access.bucket.owner : info.owner
        let list = access.hasListsDisabled ? .ownerOnly(owner) : info.attributes.access.acl ?? .ownerOnly(owner)
        var headers = HTTPFields()
        headers.add(info.version)
        let dialect = call.door.configuration.dialect
        return S3Reply.xml(AccessControlDocument.encode(list, owner: owner, in: dialect), headers: headers)
    }
}

/// https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectAcl.html
enum PutObjectAcl {
    static let action = Action.s3("PutObjectAcl")
    private static let versionAction = Action.s3("PutObjectVersionAcl")

    static func answer(_ call: S3Call) async throws -> DoorResponse {
        let (bucket, key) = try call.object()
        let action = call.query.contains("versionId") ? versionAction : action
        try await call.authorise(action, bucket, key)
        let access = try await call.objects.access(to: bucket)
        let version = try VersionParameter.optional(call)
        let owner = try await call.objects.lookup(bucket, key, version.map { .version($0) } ?? .current).info.owner
        let list = try await AskedList.read(call, owner: owner, bucketOwner: access.bucket.owner)
        // s3cmd puts a copy's list as it found it: where nobody chose an ownership, the owner's own asks for what is so anyway.
        let isHarmless = list == .ownerOnly(owner) && !access.isOwnershipChosen
        guard isHarmless || !access.hasListsDisabled else { throw S3Error.aclNotSupported }
        try call.refusePublic(list, access, action, key)
        let stored = try await call.objects.setAccessControlList(
            bucket, key, list == .ownerOnly(owner) ? nil : list, version: version, context: call.change)
        var headers = HTTPFields()
        headers.add(stored.value)
        headers.addPosition(stored.lsn)
        return S3Reply.empty(.ok, headers: headers)
    }
}
