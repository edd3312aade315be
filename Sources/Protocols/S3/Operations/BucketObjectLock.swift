import AWSWire
import Doors
import HTTPTypes
import Identity
import Model
import NIOCore
import Objects

/// https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectLockConfiguration.html and GetObjectLockConfiguration
enum BucketObjectLock {
    static let getAction = Action.s3("GetBucketObjectLockConfiguration")
    static let putAction = Action.s3("PutBucketObjectLockConfiguration")
    /// https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock-managing.html
    private static let yearsMax = 100

    static func get(_ call: S3Call) async throws -> DoorResponse {
        let bucket = try call.bucket()
        try await call.authorise(getAction, bucket)
        guard let configuration = try await call.objects.objectLock(bucket) else {
            throw S3Error.notConfigured(
                "ObjectLockConfigurationNotFoundError", "Object Lock configuration does not exist for this bucket",
                bucket: bucket.rawValue)
        }
        return S3Reply.xml(encode(configuration))
    }

    private static func encode(_ configuration: ObjectLockConfiguration) -> ByteBuffer {
        var xml = XMLWriter()
        xml.open("ObjectLockConfiguration", xmlns: S3Reply.namespace)
        xml.element("ObjectLockEnabled", "Enabled")
        if let rule = configuration.defaultRetention {
            xml.open("Rule")
            xml.open("DefaultRetention")
            xml.element("Mode", rule.mode.wireName)
            switch rule.period {
            case .days(let days): xml.element("Days", days)
            case .years(let years): xml.element("Years", years)
            }
            xml.close("DefaultRetention")
            xml.close("Rule")
        }
        xml.close("ObjectLockConfiguration")
        return xml.finish()
    }

    static func put(_ call: S3Call) async throws -> DoorResponse {
        let bucket = try call.bucket()
        try await call.authorise(putAction, bucket)
        guard let document = try await DocumentBody.read(call, bytesMax: S3Limits.configurationBytesMax) else {
            throw S3Error.missingRequestBody
        }
        let lsn = try await call.objects.setObjectLock(bucket, try decode(document), context: call.change)
        var headers = HTTPFields()
        headers.addPosition(lsn)
        return S3Reply.empty(.ok, headers: headers)
    }

    /// Throws `MalformedXML`, `InvalidRetentionPeriod`.
    private static func decode(_ document: XMLElement) throws(S3Error) -> ObjectLockConfiguration {
        guard document.name == "ObjectLockConfiguration", document["ObjectLockEnabled"]?.text.trimmed == "Enabled" else {
            throw .malformedXML
        }
        guard let rule = document["Rule"] else { return ObjectLockConfiguration() }
        guard let retention = rule["DefaultRetention"], let mode = retention["Mode"].flatMap({ LockMode(wireName: $0.text) }) else {
            throw .malformedXML
        }
        let period: ObjectLockConfiguration.Period
        switch (retention["Days"], retention["Years"]) {
        case (let days?, nil): period = .days(try count(days, max: yearsMax * 365))
        case (nil, let years?): period = .years(try count(years, max: yearsMax))
        default: throw .malformedXML
        }
        return ObjectLockConfiguration(defaultRetention: ObjectLockConfiguration.DefaultRetention(mode: mode, period: period))
    }

    private static func count(_ element: XMLElement, max: Int) throws(S3Error) -> Int {
        guard let count = Int(element.text.trimmed) else { throw .malformedXML }
        guard count > 0 else { throw .invalidRetentionPeriod }
        guard count <= max else { throw .retentionPeriodTooLarge }
        return count
    }
}
