import AWSWire
import Doors
import Identity
import Model
import Objects

/// https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketAccelerateConfiguration.html and GetBucketAccelerateConfiguration
///
/// Kept for the tools that set and compare it. There are no edge locations, and no endpoint of theirs.
enum BucketAccelerate {
    private static let getAction = Action.s3("GetAccelerateConfiguration")
    private static let putAction = Action.s3("PutAccelerateConfiguration")

    static func get(_ call: S3Call) async throws -> DoorResponse {
        let bucket = try call.bucket()
        try await call.authorise(getAction, bucket)
        let setting = try await call.objects.setting(AccelerateConfiguration.self, of: bucket)
        var xml = XMLWriter()
        xml.open("AccelerateConfiguration", xmlns: S3Reply.namespace)
        if let setting { xml.element("Status", setting.rawValue) }
        xml.close("AccelerateConfiguration")
        return S3Reply.xml(xml.finish())
    }

    static func put(_ call: S3Call) async throws -> DoorResponse {
        let bucket = try call.bucket()
        try await call.authorise(putAction, bucket)
        let document = try await call.settingDocument(of: bucket)
        // Judged before the document is.
        guard !bucket.rawValue.utf8.contains(UInt8(ascii: ".")) else {
            throw S3Error.invalidRequest("S3 Transfer Acceleration is not supported for buckets with periods (.) in their names")
        }
        guard document.name == "AccelerateConfiguration", document.children.count == 1,
            let setting = (document["Status"]?.text).flatMap({ AccelerateConfiguration(rawValue: $0) })
        else { throw S3Error.malformedXML }
        return try await call.store(setting, of: bucket)
    }
}
