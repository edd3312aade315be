import AWSWire
import Doors
import HTTPTypes
import Identity
import Model
import NIOCore
import Objects

/// Answers for settings that no bucket here can have, in AWS's words for "not configured"; clients ask for them at every step.
/// Changing such a setting is `NotImplemented`.
enum UnsetConfiguration {
    static func answer(_ call: S3Call) async throws -> DoorResponse {
        let name = try call.bucket()
        try await call.authorise(call.action, name)
        let bucket = try await call.objects.bucket(name)
        switch call.operation {
        case .getBucketLogging: return document("BucketLoggingStatus")
        case .getBucketAccelerate: return document("AccelerateConfiguration")
        case .getBucketRequestPayment: return document("RequestPaymentConfiguration") { $0.element("Payer", "BucketOwner") }
        case .getBucketOwnershipControls: return document("OwnershipControls", ownershipRule)
        case .getBucketAcl: return S3Reply.xml(AccessControlDocument.ownerOnly(bucket.owner))
        default: throw missing(call.operation, bucket.name.rawValue)
        }
    }

    private static func document(_ name: StaticString, _ content: (inout XMLWriter) -> Void = { _ in }) -> DoorResponse {
        var xml = XMLWriter()
        xml.open(name, xmlns: S3Reply.namespace)
        content(&xml)
        xml.close(name)
        return S3Reply.xml(xml.finish())
    }

    /// Nobody but the bucket's owner owns its objects, and lists of grants change nothing: AWS's default since 2023.
    private static func ownershipRule(_ xml: inout XMLWriter) {
        xml.open("Rule")
        xml.element("ObjectOwnership", "BucketOwnerEnforced")
        xml.close("Rule")
    }

    private static func missing(_ operation: S3Operation, _ bucket: String) -> S3Error {
        switch operation {
        case .getBucketPolicy, .getBucketPolicyStatus:
            .notConfigured("NoSuchBucketPolicy", "The bucket policy does not exist", bucket: bucket)
        case .getBucketLifecycle:
            .notConfigured("NoSuchLifecycleConfiguration", "The lifecycle configuration does not exist", bucket: bucket)
        case .getBucketEncryption:
            .notConfigured(
                "ServerSideEncryptionConfigurationNotFoundError", "The server side encryption configuration was not found",
                bucket: bucket)
        case .getPublicAccessBlock:
            .notConfigured(
                "NoSuchPublicAccessBlockConfiguration", "The public access block configuration was not found", bucket: bucket)
        case .getBucketWebsite:
            .notConfigured("NoSuchWebsiteConfiguration", "The specified bucket does not have a website configuration", bucket: bucket)
        case .getBucketReplication:
            .notConfigured(
                "ReplicationConfigurationNotFoundError", "The replication configuration was not found", bucket: bucket)
        default: .notImplemented(operation: operation.rawValue)
        }
    }
}

/// GetObjectAcl: the owner's grant.
enum UnsetObjectSettings {
    static func answer(_ call: S3Call) async throws -> DoorResponse {
        let (bucket, key) = try call.object()
        try await call.authorise(call.action, bucket, key)
        let object = try await call.objects.lookup(bucket, key, try VersionParameter.choice(call))
        return S3Reply.xml(AccessControlDocument.ownerOnly(object.info.owner))
    }
}

enum AccessControlDocument {
    static func ownerOnly(_ owner: Owner) -> ByteBuffer {
        var xml = XMLWriter()
        xml.open("AccessControlPolicy", xmlns: S3Reply.namespace)
        xml.owner("Owner", owner)
        xml.open("AccessControlList")
        xml.open("Grant")
        xml.open(
            "Grantee",
            attributes: [
                (name: "xmlns:xsi", value: "http://www.w3.org/2001/XMLSchema-instance"), (name: "xsi:type", value: "CanonicalUser"),
            ])
        xml.element("ID", owner.canonicalID)
        xml.element("DisplayName", owner.displayName)
        xml.close("Grantee")
        xml.element("Permission", "FULL_CONTROL")
        xml.close("Grant")
        xml.close("AccessControlList")
        xml.close("AccessControlPolicy")
        return xml.finish()
    }
}
