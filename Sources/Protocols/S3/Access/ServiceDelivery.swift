import Bytes
import Identity
import Model
import NIOCore
import Objects
import Policy
import StoragePorts

/// An object that the server itself puts into a bucket, as AWS's services do: where the bucket's owner lets the service.
///
/// A service has no account and no rights of its own. The target's policy has to name it, and may look at whom it acts for
/// (`aws:SourceArn`, `aws:SourceAccount`); the log delivery may also have the grants of its group, where lists count.
///
/// Sources: https://docs.aws.amazon.com/AmazonS3/latest/userguide/enable-server-access-logging.html#grant-log-delivery-permissions-general,
/// https://docs.aws.amazon.com/AmazonS3/latest/userguide/configure-inventory.html#configure-inventory-destination-bucket-policy
struct ServiceDelivery {
    enum Service: String {
        case logging = "logging.s3.amazonaws.com"
        case inventory = "s3.amazonaws.com"
    }

    let service: Service
    /// The bucket that it is about.
    let source: Bucket
    let target: BucketName
    let key: ObjectKey
    let contentType: String
    /// What the object's encryption is to be; else what the target's default is.
    var encryption = EncryptionChoice.unspecified
    /// What others than its owner may do with the object, where lists count.
    var grants: [Grant] = []
    /// Of keys of this kind. Where Ceph's habits hold, a policy that allows the prefix alone allows what begins with it.
    var prefix: String?
    /// Where Ceph's habits hold, `aws:SourceAccount` is a user's id too.
    var dialect = S3Dialect.aws

    /// Why the target does not take it; nil when it does. Throws `.noSuchBucket`.
    func refusal(_ objects: Objects) async throws(ObjectsError) -> String? {
        let access = try await objects.access(to: target)
        var outcome = evaluate(access, key.string)
        if case .noMatch = outcome, dialect == .ceph, let prefix { outcome = evaluate(access, prefix) }
        switch outcome {
        case .allow: return nil
        case .explicitDeny(let statement): return "statement \(statement + 1) of the policy of \(target) denies it"
        case .noMatch:
            if service == .logging, hasGroupsGrants(access) { return nil }
            let instead = service == .logging && !access.hasListsDisabled ? ", and no list grants it to the log delivery's group" : ""
            return "the policy of \(target) does not allow s3:PutObject to \(service.rawValue) for \(source.name)\(instead)"
        }
    }

    private func evaluate(_ access: BucketAccess, _ key: String) -> PolicyOutcome {
        let request = PolicyRequest(
            principal: PolicyPrincipal(kind: .service, account: "", arn: service.rawValue), action: PutObject.action.description,
            resource: "arn:aws:s3:::\(target)/\(key)")
        return access.policy?.document.evaluate(request, conditions(access)) ?? .noMatch
    }

    private func hasGroupsGrants(_ access: BucketAccess) -> Bool {
        guard !access.hasListsDisabled, let grants = access.acl?.grants.filter({ $0.grantee == .group(.logDelivery) }) else { return false }
        func has(_ permission: Grant.Permission) -> Bool {
            grants.contains { $0.permission == permission || $0.permission == .fullControl }
        }
        return has(.write) && has(.readACP)
    }

    private func conditions(_ access: BucketAccess) -> FixedPolicyContext {
        let account = source.owner.account.rawValue
        var values: [String: ConditionValues] = [
            "aws:SourceArn": .text("arn:aws:s3:::\(source.name)"),
            "aws:SourceAccount": dialect == .ceph ? .texts([account, source.owner.canonicalID]) : .text(account),
            "aws:PrincipalIsAWSService": .bool(true), "aws:PrincipalServiceName": .text(service.rawValue),
            "aws:SecureTransport": .bool(true),
            "aws:ViaAWSService": .bool(false), "aws:ResourceAccount": .text(access.bucket.owner.account.rawValue),
            "s3:ResourceAccount": .text(access.bucket.owner.account.rawValue),
        ]
        // As AWS's examples of such policies ask for it.
        if service == .inventory { values["s3:x-amz-acl"] = .text(CannedACL.bucketOwnerFullControl.rawValue) }
        switch encryption {
        case .managed: values["s3:x-amz-server-side-encryption"] = .text("AES256")
        case .service(let key, _, _):
            values["s3:x-amz-server-side-encryption"] = .text("aws:kms")
            values["s3:x-amz-server-side-encryption-aws-kms-key-id"] = key.map { .text($0) }
        case .unspecified, .customer: break
        }
        return FixedPolicyContext(values)
    }

    /// Puts the object; what it is about is asked before (`refusal`). The target's owner owns it.
    func put(_ bytes: ByteBuffer, _ objects: Objects, requestID: RequestID) async throws -> ObjectInfo {
        var attributes = ObjectAttributes(headers: ContentHeaders(contentType: contentType))
        attributes.access.acl = try await list(objects)
        return try await objects.put(
            bytes, as: key, in: target, attributes: attributes,
            checksum: PutObject.defaultChecksum, encryption: encryption, context: context(requestID)
        ).value
    }

    private func list(_ objects: Objects) async throws -> AccessControlList? {
        if grants.isEmpty { return nil }
        let access = try await objects.access(to: target)
        let grants = access.publicAccessBlock.blocksPublicACLs ? grants.filter { !$0.isPublic } : grants
        guard !access.hasListsDisabled, !grants.isEmpty else { return nil }
        return AccessControlList(AccessControlList.ownerOnly(access.bucket.owner).grants + grants)
    }

    private func context(_ requestID: RequestID) -> ChangeContext {
        let principal = Principal(
            account: source.owner.account,
            arn: ARN(service: "iam", region: "", account: source.owner.account.rawValue, resource: service.rawValue), accessKeyID: nil,
            canonicalID: source.owner.canonicalID, displayName: source.owner.displayName)
        return ChangeContext(principal: principal, requestID: requestID, hostID: "", sourceIP: service.rawValue)
    }
}
