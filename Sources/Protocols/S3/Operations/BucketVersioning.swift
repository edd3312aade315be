import AWSWire
import Doors
import HTTPTypes
import Identity
import Model
import NIOCore
import Objects

/// https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketVersioning.html and GetBucketVersioning. `ExcludedPrefixes` and
/// `ExcludeFolders` are MinIO's: https://github.com/minio/minio/blob/master/docs/bucket/versioning/README.md
enum BucketVersioning {
    static let getAction = Action.s3("GetBucketVersioning")
    static let putAction = Action.s3("PutBucketVersioning")

    static func get(_ call: S3Call) async throws -> DoorResponse {
        let bucket = try call.bucket()
        try await call.authorise(getAction, bucket)
        let versioning = try await call.objects.versioning(bucket)
        var xml = XMLWriter()
        xml.open("VersioningConfiguration", xmlns: S3Reply.namespace)
        switch versioning.status {
        case .never: break
        case .enabled: xml.element("Status", "Enabled")
        case .suspended: xml.element("Status", "Suspended")
        }
        for prefix in versioning.excludedPrefixes {
            xml.open("ExcludedPrefixes")
            xml.element("Prefix", prefix)
            xml.close("ExcludedPrefixes")
        }
        if versioning.excludesFolders { xml.element("ExcludeFolders", "true") }
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
    private static func decode(_ document: XMLElement) throws(S3Error) -> VersioningConfiguration {
        guard document.name == "VersioningConfiguration" else { throw .malformedXML }
        switch document["MfaDelete"]?.text.trimmed {
        case nil, "Disabled": break
        case "Enabled": throw .notImplemented(operation: "PutBucketVersioning with MfaDelete")
        default: throw .malformedXML
        }
        let status: VersioningStatus
        switch document["Status"]?.text.trimmed {
        case "Enabled": status = .enabled
        case "Suspended": status = .suspended
        case nil: throw refused("The Versioning element must be specified")
        default: throw .malformedXML
        }
        let versioning = VersioningConfiguration(
            status, excludedPrefixes: try excludedPrefixes(document), excludesFolders: try isTrue(document["ExcludeFolders"]))
        switch versioning.problem {
        case nil: return versioning
        case .excludesWithoutVersions: throw refused("Keys are excluded only while versioning is enabled")
        case .tooManyPrefixes: throw refused("At most \(VersioningConfiguration.excludedPrefixesMax) prefixes may be excluded")
        }
    }

    private static func excludedPrefixes(_ document: XMLElement) throws(S3Error) -> [String] {
        var prefixes: [String] = []
        for element in document.children(named: "ExcludedPrefixes") {
            guard let prefix = element["Prefix"]?.text, !prefix.isEmpty else { throw .malformedXML }
            prefixes.append(prefix)
        }
        return prefixes
    }

    private static func isTrue(_ element: XMLElement?) throws(S3Error) -> Bool {
        switch element?.text.trimmed {
        case nil, "false": false
        case "true": true
        default: throw .malformedXML
        }
    }

    private static func refused(_ message: String) -> S3Error {
        S3Error(.badRequest, "IllegalVersioningConfigurationException", message)
    }
}
