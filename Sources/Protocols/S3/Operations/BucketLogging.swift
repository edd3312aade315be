import AWSWire
import Doors
import HTTPTypes
import Identity
import Model
import NIOCore
import Objects
import StoragePorts

/// https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketLogging.html
enum PutBucketLogging {
    static let action = Action.s3("PutBucketLogging")

    static func answer(_ call: S3Call) async throws -> DoorResponse {
        let bucket = try call.bucket()
        try await call.authorise(action, bucket)
        let document = try await call.settingDocument(of: bucket)
        guard let logging = try LoggingDocument.decode(document, call.door.identity) else {
            return try await call.store(nil as LoggingConfiguration?, of: bucket)
        }
        try await check(logging, bucket, call)
        return try await call.store(logging, of: bucket)
    }

    /// AWS takes a target of the same owner only. Whether it takes log deliveries is judged at each of them, as policies change.
    private static func check(_ logging: LoggingConfiguration, _ bucket: BucketName, _ call: S3Call) async throws {
        let source = try await call.objects.bucket(bucket)
        do {
            let target = try await call.objects.bucket(logging.targetBucket)
            guard target.owner.account == source.owner.account else {
                throw S3Error.invalidLoggingTarget("The owner for the bucket to be logged and the target bucket must be the same.", logging)
            }
            guard target.region == source.region else { throw S3Error.crossLocationLogging(source.region, target.region) }
            let hasListsDisabled = try await call.objects.access(to: logging.targetBucket).hasListsDisabled
            guard logging.targetGrants.isEmpty || !hasListsDisabled else { throw S3Error.aclNotSupported }
        } catch let error as ObjectsError {
            guard case .noSuchBucket = error else { throw error }
            throw S3Error.invalidLoggingTarget("The target bucket for logging does not exist", logging)
        }
    }
}

/// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketLogging.html
enum GetBucketLogging {
    static let action = Action.s3("GetBucketLogging")

    static func answer(_ call: S3Call) async throws -> DoorResponse {
        let bucket = try call.bucket()
        try await call.authorise(action, bucket)
        let logging = try await call.objects.setting(LoggingConfiguration.self, of: bucket)
        return S3Reply.xml(LoggingDocument.encode(logging, in: call.door.configuration.dialect))
    }
}

extension S3Error {
    fileprivate static func invalidLoggingTarget(_ message: String, _ logging: LoggingConfiguration) -> S3Error {
        S3Error(.badRequest, "InvalidTargetBucketForLogging", message, [("TargetBucket", logging.targetBucket.rawValue)])
    }
}

extension S3Error {
    /// AWS's own spelling.
    fileprivate static func crossLocationLogging(_ source: Region, _ target: Region) -> S3Error {
        let named = source == .usEast1 ? [] : [("SourceBucketLocation", source.rawValue)]
        return S3Error(
            .forbidden, "CrossLocationLoggingProhibitted", "Cross S3 location logging not allowed. ",
            named + [("TargetBucketLocation", target.rawValue)])
    }
}

/// `<BucketLoggingStatus>`.
enum LoggingDocument {
    /// Nil for an empty document, which ends logging. Throws `MalformedXML`, `InvalidBucketName`, and what is wrong with grants.
    static func decode(_ document: XMLElement, _ identity: Identity) throws(S3Error) -> LoggingConfiguration? {
        guard document.name == "BucketLoggingStatus" else { throw .malformedXML }
        if document.children.isEmpty { return nil }
        guard document.children.count == 1, let enabled = document["LoggingEnabled"] else { throw .malformedXML }
        guard let name = enabled["TargetBucket"]?.text, let prefix = enabled["TargetPrefix"]?.text else { throw .malformedXML }
        guard let bucket = BucketName(name) else { throw .invalidBucketName(name) }
        var format: LoggingConfiguration.KeyFormat?
        var grants: [Grant] = []
        for child in enabled.children {
            switch child.name {
            case "TargetBucket", "TargetPrefix": break
            case "TargetGrants": grants = try targetGrants(child, identity)
            case "TargetObjectKeyFormat": format = try keyFormat(child)
            default: throw .malformedXML
            }
        }
        return LoggingConfiguration(targetBucket: bucket, targetPrefix: prefix, keyFormat: format, targetGrants: grants)
    }

    private static func targetGrants(_ element: XMLElement, _ identity: Identity) throws(S3Error) -> [Grant] {
        guard element.children.allSatisfy({ $0.name == "Grant" }), element.children.count <= ObjectsLimits.grantsMax else {
            throw .malformedXML
        }
        do {
            return try AccessControlDocument.grants(element, identity)
        } catch {
            throw error.code == S3Error.malformedACL.code ? .malformedXML : error
        }
    }

    private static func keyFormat(_ element: XMLElement) throws(S3Error) -> LoggingConfiguration.KeyFormat {
        guard element.children.count == 1, let child = element.children.first else { throw .malformedXML }
        switch (child.name, child["PartitionDateSource"]?.text) {
        case ("SimplePrefix", nil): return .simple
        case ("PartitionedPrefix", "EventTime"): return .partitionedByEventTime
        case ("PartitionedPrefix", "DeliveryTime"): return .partitionedByDeliveryTime
        default: throw .malformedXML
        }
    }

    static func encode(_ logging: LoggingConfiguration?, in dialect: S3Dialect) -> ByteBuffer {
        var xml = XMLWriter()
        xml.open("BucketLoggingStatus", xmlns: S3Reply.namespace)
        if let logging {
            xml.open("LoggingEnabled")
            xml.element("TargetBucket", logging.targetBucket.rawValue)
            if !logging.targetGrants.isEmpty {
                xml.open("TargetGrants")
                for grant in logging.targetGrants { AccessControlDocument.write(grant, isNamed: dialect == .ceph, to: &xml) }
                xml.close("TargetGrants")
            }
            xml.element("TargetPrefix", logging.targetPrefix)
            write(logging.keyFormat, to: &xml)
            xml.close("LoggingEnabled")
        }
        xml.close("BucketLoggingStatus")
        return xml.finish()
    }

    private static func write(_ format: LoggingConfiguration.KeyFormat?, to xml: inout XMLWriter) {
        guard let format else { return }
        xml.open("TargetObjectKeyFormat")
        if format == .simple {
            xml.open("SimplePrefix")
            xml.close("SimplePrefix")
        } else {
            xml.open("PartitionedPrefix")
            xml.element("PartitionDateSource", format == .partitionedByEventTime ? "EventTime" : "DeliveryTime")
            xml.close("PartitionedPrefix")
        }
        xml.close("TargetObjectKeyFormat")
    }
}
