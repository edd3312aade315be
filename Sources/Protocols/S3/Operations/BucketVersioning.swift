import AWSWire
import Doors
import HTTPTypes
import Identity
import Model
import NIOCore
import Objects

/// https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketVersioning.html and GetBucketVersioning
enum BucketVersioning {
    static let getAction = Action.s3("GetBucketVersioning")
    static let putAction = Action.s3("PutBucketVersioning")

    static func get(_ call: S3Call) async throws -> DoorResponse {
        let bucket = try call.bucket()
        try await call.authorise(getAction, bucket)
        let status = try await call.objects.versioning(bucket)
        var xml = XMLWriter()
        xml.open("VersioningConfiguration", xmlns: S3Reply.namespace)
        switch status {
        case .never: break
        case .enabled: xml.element("Status", "Enabled")
        case .suspended: xml.element("Status", "Suspended")
        }
        xml.close("VersioningConfiguration")
        return S3Reply.xml(xml.finish())
    }

    static func put(_ call: S3Call) async throws -> DoorResponse {
        let bucket = try call.bucket()
        try await call.authorise(putAction, bucket)
        guard let document = try await DocumentBody.read(call, bytesMax: S3Limits.configurationBytesMax) else {
            throw S3Error.missingRequestBody
        }
        let lsn = try await call.objects.setVersioning(bucket, try decode(document), context: call.change)
        var headers = HTTPFields()
        headers.addPosition(lsn)
        return S3Reply.empty(.ok, headers: headers)
    }

    /// Throws `MalformedXML`, `IllegalVersioningConfigurationException`, `NotImplemented` for MFA delete.
    private static func decode(_ document: XMLElement) throws(S3Error) -> VersioningStatus {
        guard document.name == "VersioningConfiguration" else { throw .malformedXML }
        switch document["MfaDelete"]?.text.trimmed {
        case nil, "Disabled": break
        case "Enabled": throw .notImplemented(operation: "PutBucketVersioning with MfaDelete")
        default: throw .malformedXML
        }
        switch document["Status"]?.text.trimmed {
        case "Enabled": return .enabled
        case "Suspended": return .suspended
        case nil:
            throw S3Error(
                .badRequest, "IllegalVersioningConfigurationException", "The Versioning element must be specified")
        default: throw .malformedXML
        }
    }
}
