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
    /// As MinIO has it: each write compares its key with every one.
    private static let excludedPrefixesMax = 10

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
        let excluded = try excludedPrefixes(document)
        let excludesFolders = try isTrue(document["ExcludeFolders"])
        switch document["Status"]?.text.trimmed {
        case "Enabled": return VersioningConfiguration(.enabled, excludedPrefixes: excluded, excludesFolders: excludesFolders)
        case "Suspended":
            guard excluded.isEmpty, !excludesFolders else {
                throw refused("Keys are excluded only while versioning is enabled")
            }
            return .suspended
        case nil: throw refused("The Versioning element must be specified")
        default: throw .malformedXML
        }
    }

    private static func excludedPrefixes(_ document: XMLElement) throws(S3Error) -> [String] {
        var prefixes: [String] = []
        for element in document.children(named: "ExcludedPrefixes") {
            guard let prefix = element["Prefix"]?.text, !prefix.isEmpty else { throw .malformedXML }
            prefixes.append(prefix)
        }
        guard prefixes.count <= excludedPrefixesMax else { throw refused("At most \(excludedPrefixesMax) prefixes may be excluded") }
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
