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
    private static let tagAction = Action.s3("TagResource")

    static func answer(_ call: S3Call) async throws -> DoorResponse {
        let bucket = try call.bucket()
        let configuration = try Configuration(try await DocumentBody.read(call, bytesMax: S3Limits.configurationBytesMax))
        let constraint = configuration.location.map { ["s3:locationconstraint": [$0]] } ?? [:]
        try await call.authorise(action, bucket, conditions: constraint)
        if !configuration.tags.isEmpty { try await call.authorise(tagAction, bucket) }
        let region = try configuration.region(call.objects.region)
        let hasLock = try LockHeaders.bucketHasLock(call)
        if hasLock {
            try await call.authorise(BucketObjectLock.putAction, bucket)
            try await call.authorise(BucketVersioning.putAction, bucket)
        }
        var settings = try NewBucketAccess.settings(call)
        if !configuration.tags.isEmpty { settings.append(BucketTags(configuration.tags)) }
        if let quota = try QuotaHeaders.asked(call) { settings.append(quota) }
        try await NewBucketAccess.checkRepetition(call, bucket, settings)
        let created = try await call.objects.createBucket(
            bucket, region: region, objectLock: hasLock, settings: settings, context: call.change)
        var headers = HTTPFields()
        headers.add(.location, "/\(bucket)")
        headers.add(.amzBucketARN, bucket.arn)
        headers.addPosition(created.lsn)
        return S3Reply.empty(.ok, headers: headers)
    }
}

extension CreateBucket {
    /// `<CreateBucketConfiguration>`.
    private struct Configuration {
        /// As it was sent; nil when none was.
        var location: String?
        var tags = TagSet.empty

        /// Throws `MalformedXML`, `InvalidTag`, and `NotImplemented` for what directory buckets have.
        init(_ document: XMLElement?) throws(S3Error) {
            guard let document else { return }
            guard document.name == "CreateBucketConfiguration" else { throw .malformedXML }
            for child in document.children {
                switch child.name {
                case "LocationConstraint": location = child.text.isEmpty ? nil : child.text
                case "Tags": tags = try Self.tags(child)
                case "Location", "Bucket": throw .notImplemented(operation: "CreateBucket with \(child.name)")
                default: throw .malformedXML
                }
            }
        }

        private static func tags(_ element: XMLElement) throws(S3Error) -> TagSet {
            let tags = try TagDocument.tags(element)
            guard tags.allSatisfy({ !$0.key.hasPrefix("aws:") }) else {
                throw .invalidTag(
                    "User-defined tag keys can't start with \"aws:\". This prefix is reserved for system tags. Remove \"aws:\" from your tag "
                        + "keys and try again.", [])
            }
            return try TagDocument.checked(tags, of: .bucket)
        }

        /// Nil when none is asked for. `us-east-1` is no constraint: it is what a bucket without one gets. There every other name has to be a
        /// region's to be told that it is of another region; elsewhere any name is.
        /// Throws `InvalidLocationConstraint`, `IllegalLocationConstraintException`.
        func region(_ server: Region) throws(S3Error) -> Region? {
            guard let location else { return nil }
            let isEurope = location == "EU"
            guard let region = Region(isEurope ? "eu-west-1" : location), region != .usEast1 else { throw .invalidLocation(location) }
            if region == server { return region }
            guard server != .usEast1 || Region.isOfAWS(region.rawValue) else { throw .invalidLocation(location) }
            throw .illegalLocation(location)
        }
    }
}
