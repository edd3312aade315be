import AWSWire
import Doors
import HTTPTypes
import Identity
import Model
import Objects
import StoragePorts

/// https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html
enum CreateBucket {
    static let action = Action.s3("CreateBucket")

    static func answer(_ call: S3Call) async throws -> DoorResponse {
        let bucket = try call.bucket()
        let region = try await location(call)
        let constraint = region.map { ["s3:locationconstraint": [$0.rawValue]] } ?? [:]
        try await call.authorise(action, bucket, conditions: constraint)
        let hasLock = try LockHeaders.bucketHasLock(call)
        if hasLock {
            try await call.authorise(BucketObjectLock.putAction, bucket)
            try await call.authorise(BucketVersioning.putAction, bucket)
        }
        var settings = try NewBucketAccess.settings(call)
        if let quota = try QuotaHeaders.asked(call) { settings.append(quota) }
        try await NewBucketAccess.checkRepetition(call, bucket, settings)
        let created = try await call.objects.createBucket(
            bucket, region: region, objectLock: hasLock, settings: settings, context: call.change)
        var headers = HTTPFields()
        headers.add(.location, "/\(bucket)")
        headers.addPosition(created.lsn)
        return S3Reply.empty(.ok, headers: headers)
    }

    /// The location constraint; nil when none is given. `us-east-1` is no constraint: it is what a bucket without one gets.
    private static func location(_ call: S3Call) async throws -> Region? {
        guard let document = try await DocumentBody.read(call, bytesMax: S3Limits.configurationBytesMax) else { return nil }
        guard document.name == "CreateBucketConfiguration" else { throw S3Error.malformedXML }
        for child in document.children {
            switch child.name {
            case "LocationConstraint": break
            case "Location", "Bucket", "Tags": throw S3Error.notImplemented(operation: "CreateBucket with \(child.name)")
            default: throw S3Error.malformedXML
            }
        }
        guard let text = document["LocationConstraint"]?.text, !text.isEmpty else { return nil }
        guard let region = Region(text == "EU" ? "eu-west-1" : text), region != .usEast1 else { throw S3Error.invalidLocation(text) }
        return region
    }
}
