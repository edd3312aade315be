import AWSWire
import Doors
import HTTPTypes
import Identity
import Model
import Objects
import StoragePorts

/// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketAcl.html
enum GetBucketAcl {
    static let action = Action.s3("GetBucketAcl")

    static func answer(_ call: S3Call) async throws -> DoorResponse {
        let bucket = try call.bucket()
        try await call.authorise(action, bucket)
        let access = try await call.objects.access(to: bucket)
        let owner = access.bucket.owner
        let list = access.hasListsDisabled ? .ownerOnly(owner) : access.acl ?? .ownerOnly(owner)
        return S3Reply.xml(AccessControlDocument.encode(list, owner: owner, in: call.door.configuration.dialect))
    }
}

/// https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketAcl.html
enum PutBucketAcl {
    static let action = Action.s3("PutBucketAcl")

    static func answer(_ call: S3Call) async throws -> DoorResponse {
        let bucket = try call.bucket()
        try await call.authorise(action, bucket)
        let access = try await call.objects.access(to: bucket)
        let owner = access.bucket.owner
        let list = try await AskedList.read(call, owner: owner, bucketOwner: nil)
        guard !access.hasListsDisabled else { throw S3Error.aclNotSupported }
        try call.refusePublic(list, access, action)
        return try await call.store(list == .ownerOnly(owner) ? nil : list, of: bucket)
    }
}

/// The list that a PutBucketAcl or PutObjectAcl brings: in headers or in its body, not in both.
enum AskedList {
    /// `owner` is whose the bucket or object is. Throws `MissingSecurityHeader`, `UnexpectedContent`, and what the decoders throw.
    static func read(_ call: S3Call, owner: Owner, bucketOwner: Owner?) async throws -> AccessControlList {
        let asked = try GrantHeaders.asked(call)
        let document: XMLElement?
        do {
            document = try await DocumentBody.read(call, bytesMax: S3Limits.configurationBytesMax)
        } catch is XMLError {
            throw S3Error.malformedACL
        }
        switch (asked, document) {
        case (let asked?, nil): return asked.list(owner: owner, bucketOwner: bucketOwner)
        case (nil, let document?): return try AccessControlDocument.decode(document, owner: owner, call.door.identity)
        case (_?, _?): throw S3Error(.badRequest, "UnexpectedContent", "This request does not support content")
        case (nil, nil):
            throw S3Error(
                .badRequest, "MissingSecurityHeader", "Your request was missing a required header", [("MissingHeaderName", "x-amz-acl")])
        }
    }
}
