import AWSWire
import Doors
import HTTPTypes
import Identity
import Model
import NIOCore
import Objects

/// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketEncryption.html
///
/// Where neither the bucket nor the server encrypts by default there is none to show.
enum GetBucketEncryption {
    static let action = Action.s3("GetEncryptionConfiguration")

    static func answer(_ call: S3Call) async throws -> DoorResponse {
        let bucket = try call.bucket()
        try await call.authorise(action, bucket)
        guard let setting = try await call.objects.defaultEncryption(of: bucket) else {
            throw S3Error.notConfigured(
                "ServerSideEncryptionConfigurationNotFoundError", "The server side encryption configuration was not found",
                bucket: bucket.rawValue)
        }
        return S3Reply.xml(BucketEncryptionDocument.encode(setting))
    }
}

/// https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketEncryption.html
enum PutBucketEncryption {
    static let action = Action.s3("PutEncryptionConfiguration")

    static func answer(_ call: S3Call) async throws -> DoorResponse {
        let bucket = try call.bucket()
        try await call.authorise(action, bucket)
        guard let document = try await DocumentBody.read(call, bytesMax: S3Limits.configurationBytesMax) else {
            throw S3Error.missingRequestBody
        }
        let setting = try BucketEncryptionDocument.decode(document)
        let lsn = try await call.objects.set(setting, of: bucket, context: call.change)
        var headers = HTTPFields()
        headers.addPosition(lsn)
        return S3Reply.empty(.ok, headers: headers)
    }
}

/// https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketEncryption.html
enum DeleteBucketEncryption {
    static func answer(_ call: S3Call) async throws -> DoorResponse {
        let bucket = try call.bucket()
        try await call.authorise(PutBucketEncryption.action, bucket)
        let lsn = try await call.objects.removeSetting(BucketEncryption.self, of: bucket, context: call.change)
        var headers = HTTPFields()
        headers.addPosition(lsn)
        return S3Reply.empty(.noContent, headers: headers)
    }
}

/// `<ServerSideEncryptionConfiguration>`.
enum BucketEncryptionDocument {
    /// Throws `MalformedXML`, `InvalidArgument`, `NotImplemented` for two layers.
    static func decode(_ document: XMLElement) throws(S3Error) -> BucketEncryption {
        let rules = document.children(named: "Rule")
        guard document.name == "ServerSideEncryptionConfiguration", rules.count == 1 else { throw .malformedXML }
        guard let standard = rules[0]["ApplyServerSideEncryptionByDefault"], let algorithm = standard["SSEAlgorithm"]?.text.trimmed else {
            throw .malformedXML
        }
        let key = (standard["KMSMasterKeyID"]?.text.trimmed).map(String.init)
        let usesBucketKey = try flag(rules[0]["BucketKeyEnabled"])
        switch algorithm {
        case "AES256":
            guard key == nil else {
                throw .invalidArgument(
                    "a KMSMasterKeyID is not applicable if the default sse algorithm is not aws:kms or aws:kms:dsse",
                    name: "ApplyServerSideEncryptionByDefault")
            }
            return BucketEncryption(mode: .managed, usesBucketKey: usesBucketKey)
        case "aws:kms": return BucketEncryption(mode: .service, serviceKey: key, usesBucketKey: usesBucketKey)
        case "aws:kms:dsse": throw .notImplemented(header: "aws:kms:dsse")
        default: throw .malformedXML
        }
    }

    private static func flag(_ element: XMLElement?) throws(S3Error) -> Bool? {
        switch element?.text.trimmed {
        case nil: nil
        case "true": true
        case "false": false
        default: throw .malformedXML
        }
    }

    static func encode(_ setting: BucketEncryption) -> ByteBuffer {
        var xml = XMLWriter()
        xml.open("ServerSideEncryptionConfiguration", xmlns: S3Reply.namespace)
        xml.open("Rule")
        xml.open("ApplyServerSideEncryptionByDefault")
        xml.element("SSEAlgorithm", setting.mode == .managed ? "AES256" : "aws:kms")
        if let key = setting.serviceKey { xml.element("KMSMasterKeyID", key) }
        xml.close("ApplyServerSideEncryptionByDefault")
        xml.element("BucketKeyEnabled", setting.usesBucketKey ?? false)
        xml.close("Rule")
        xml.close("ServerSideEncryptionConfiguration")
        return xml.finish()
    }
}
