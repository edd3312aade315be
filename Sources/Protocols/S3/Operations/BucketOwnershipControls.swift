import AWSWire
import Doors
import HTTPTypes
import Identity
import Model
import Objects

/// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketOwnershipControls.html
enum GetBucketOwnershipControls {
    static let action = Action.s3("GetBucketOwnershipControls")

    static func answer(_ call: S3Call) async throws -> DoorResponse {
        let bucket = try call.bucket()
        try await call.authorise(action, bucket)
        let controls = try await call.objects.setting(OwnershipControls.self, of: bucket) ?? OwnershipControls(.standard)
        guard let rule = controls.rule else {
            throw S3Error.notConfigured(
                "OwnershipControlsNotFoundError", "The bucket ownership controls were not found", bucket: bucket.rawValue)
        }
        var xml = XMLWriter()
        xml.open("OwnershipControls", xmlns: S3Reply.namespace)
        xml.open("Rule")
        xml.element("ObjectOwnership", rule.rawValue)
        xml.close("Rule")
        xml.close("OwnershipControls")
        return S3Reply.xml(xml.finish())
    }
}

/// https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketOwnershipControls.html
enum PutBucketOwnershipControls {
    static let action = Action.s3("PutBucketOwnershipControls")

    static func answer(_ call: S3Call) async throws -> DoorResponse {
        let bucket = try call.bucket()
        try await call.authorise(action, bucket)
        let rule = try decode(try await call.settingDocument(of: bucket))
        let access = try await call.objects.access(to: bucket)
        if rule == .bucketOwnerEnforced, let list = access.acl, !list.isPrivate(to: access.bucket.owner) {
            throw S3Error.aclWithOwnerEnforced
        }
        return try await call.store(OwnershipControls(rule), of: bucket)
    }

    private static func decode(_ document: XMLElement) throws(S3Error) -> ObjectOwnership {
        let rules = document.children(named: "Rule")
        guard document.name == "OwnershipControls", rules.count == 1, document.children.count == 1,
            let text = rules[0]["ObjectOwnership"]?.text, let rule = ObjectOwnership(rawValue: String(text.trimmed))
        else { throw .malformedXML }
        return rule
    }
}

/// https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketOwnershipControls.html
enum DeleteBucketOwnershipControls {
    static func answer(_ call: S3Call) async throws -> DoorResponse {
        let bucket = try call.bucket()
        try await call.authorise(PutBucketOwnershipControls.action, bucket)
        return try await call.store(OwnershipControls(nil), of: bucket, status: .noContent)
    }
}

extension AccessControlList {
    /// Nobody but the owner gets anything.
    func isPrivate(to owner: Owner) -> Bool {
        grants.allSatisfy { grant in
            if case .account(owner.canonicalID, _) = grant.grantee { true } else { false }
        }
    }
}
