import AWSWire
import Doors
import HTTPTypes
import Identity
import Model
import NIOCore
import Objects
import StoragePorts

/// https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketCors.html
enum PutBucketCors {
    static let action = Action.s3("PutBucketCORS")

    static func answer(_ call: S3Call) async throws -> DoorResponse {
        let bucket = try call.bucket()
        try await call.authorise(action, bucket)
        let document = try await call.settingDocument(of: bucket, requiresDigest: true)
        return try await call.store(try CORSDocument.decode(document), of: bucket)
    }
}

/// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketCors.html
enum GetBucketCors {
    static let action = Action.s3("GetBucketCORS")

    static func answer(_ call: S3Call) async throws -> DoorResponse {
        let bucket = try call.bucket()
        try await call.authorise(action, bucket)
        guard let configuration = try await call.objects.setting(CORSConfiguration.self, of: bucket) else {
            throw S3Error.notConfigured("NoSuchCORSConfiguration", "The CORS configuration does not exist", bucket: bucket.rawValue)
        }
        return S3Reply.xml(CORSDocument.encode(configuration))
    }
}

/// https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketCors.html
enum DeleteBucketCors {
    static func answer(_ call: S3Call) async throws -> DoorResponse {
        let bucket = try call.bucket()
        try await call.authorise(PutBucketCors.action, bucket)
        return try await call.store(nil as CORSConfiguration?, of: bucket, status: .noContent)
    }
}

/// `<CORSConfiguration>`.
enum CORSDocument {
    /// Throws `MalformedXML`, `InvalidRequest`.
    static func decode(_ document: XMLElement) throws(S3Error) -> CORSConfiguration {
        guard document.name == "CORSConfiguration", !document.children.isEmpty else { throw .malformedXML }
        guard document.children.count <= CORSConfiguration.rulesMax else {
            throw .invalidRequest(
                "The number of CORS rules should not exceed allowed limit of \(CORSConfiguration.rulesMax) rules.")
        }
        var rules: [CORSRule] = []
        for child in document.children {
            guard child.name == "CORSRule" else { throw .malformedXML }
            rules.append(try rule(child))
        }
        return CORSConfiguration(rules: rules)
    }

    private static func rule(_ element: XMLElement) throws(S3Error) -> CORSRule {
        var rule = CORSRule(allowedMethods: [], allowedOrigins: [])
        for child in element.children {
            switch child.name {
            case "ID": rule.id = child.text
            case "AllowedMethod": rule.allowedMethods.append(try method(child.text))
            case "AllowedOrigin": rule.allowedOrigins.append(try pattern(child))
            case "AllowedHeader": rule.allowedHeaders.append(try pattern(child))
            case "ExposeHeader": rule.exposeHeaders.append(try exposed(child.text))
            case "MaxAgeSeconds":
                guard let seconds = UInt32(child.text.trimmed), seconds <= Int32.max else { throw .malformedXML }
                rule.maxAgeSeconds = seconds
            default: throw .malformedXML
            }
        }
        guard !rule.allowedMethods.isEmpty, !rule.allowedOrigins.isEmpty else { throw .malformedXML }
        guard rule.id?.utf8.count ?? 0 <= CORSConfiguration.idBytesMax else {
            throw .invalidArgument("The ID length should not exceed allowed limit of \(CORSConfiguration.idBytesMax)")
        }
        return rule
    }

    private static func method(_ text: String) throws(S3Error) -> String {
        guard CORSConfiguration.methods.contains(text) else {
            throw .invalidRequest("Found unsupported HTTP method in CORS config. Unsupported method is \(text)")
        }
        return text
    }

    private static func pattern(_ element: XMLElement) throws(S3Error) -> String {
        guard element.text.utf8.count(where: { $0 == UInt8(ascii: "*") }) <= 1 else {
            throw .invalidRequest("\(element.name) \"\(element.text)\" can not have more than one wildcard.")
        }
        return element.text
    }

    private static func exposed(_ text: String) throws(S3Error) -> String {
        guard !text.utf8.contains(UInt8(ascii: "*")) else {
            throw .invalidRequest("ExposeHeader \"\(text)\" contains wildcard. We currently do not support wildcard for ExposeHeader.")
        }
        return text
    }

    static func encode(_ configuration: CORSConfiguration) -> ByteBuffer {
        var xml = XMLWriter()
        xml.open("CORSConfiguration", xmlns: S3Reply.namespace)
        for rule in configuration.rules {
            xml.open("CORSRule")
            if let id = rule.id { xml.element("ID", id) }
            for method in rule.allowedMethods { xml.element("AllowedMethod", method) }
            for origin in rule.allowedOrigins { xml.element("AllowedOrigin", origin) }
            for header in rule.allowedHeaders { xml.element("AllowedHeader", header) }
            for header in rule.exposeHeaders { xml.element("ExposeHeader", header) }
            if let seconds = rule.maxAgeSeconds { xml.element("MaxAgeSeconds", String(seconds)) }
            xml.close("CORSRule")
        }
        xml.close("CORSConfiguration")
        return xml.finish()
    }
}
