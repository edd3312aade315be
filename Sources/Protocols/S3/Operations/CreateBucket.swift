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
        let constraint = configuration.constraint.map { ["s3:locationconstraint": [$0]] } ?? [:]
        try await call.authorise(action, bucket, conditions: constraint)
        if !configuration.tags.isEmpty { try await call.authorise(tagAction, bucket) }
        let location = try configuration.location(call)
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
            bucket, in: location, objectLock: hasLock, settings: settings, context: call.change)
        var headers = HTTPFields()
        headers.add(.location, configuration.constraint == nil ? "/\(bucket)" : call.address(of: bucket))
        headers.add(.amzBucketARN, bucket.arn)
        headers.addPosition(created.lsn)
        return S3Reply.empty(.ok, headers: headers)
    }
}

extension CreateBucket {
    /// `<CreateBucketConfiguration>`.
    private struct Configuration {
        /// As it was sent; nil when none was.
        var constraint: String?
        var tags = TagSet.empty

        /// Throws `MalformedXML`, `InvalidTag`, and `NotImplemented` for what directory buckets have.
        init(_ document: XMLElement?) throws(S3Error) {
            guard let document else { return }
            guard document.name == "CreateBucketConfiguration" else { throw .malformedXML }
            for child in document.children {
                switch child.name {
                case "LocationConstraint": constraint = child.text.isEmpty ? nil : child.text
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

        /// By AWS's rules: us-east-1 makes buckets in every other region, and they have to be asked for; any other region makes its own, and
        /// wants it said. `us-east-1` is no constraint: it is what a bucket without one gets. The server's own region needs none either.
        /// Throws `InvalidLocationConstraint`, `IllegalLocationConstraintException`.
        func location(_ call: S3Call) throws(S3Error) -> BucketLocation {
            let (here, server) = (call.region, call.objects.region)
            guard let constraint else {
                guard here == .usEast1 || here == server else { throw .illegalLocation("unspecified") }
                return BucketLocation(here)
            }
            let location = BucketLocation(stored: constraint)
            guard here == .usEast1 else {
                guard location.region == here else { throw .illegalLocation(constraint) }
                return location
            }
            let region = location.region
            guard region != .usEast1, region == server || Region.isOfAWS(region.rawValue) else { throw .invalidLocation(constraint) }
            return location
        }
    }
}

extension S3Call {
    /// Where a bucket of another region is told to be: its name before the one that the client called, where that can be.
    fileprivate func address(of bucket: BucketName) -> String {
        let domains = door.configuration.baseDomains
        let isNamed = S3Target.virtualHostBucket(request.authority, domains) == bucket.rawValue
        let host = isNamed ? request.authority : "\(bucket).\(request.authority)"
        guard S3Target.virtualHostBucket(host, domains) == bucket.rawValue else { return "/\(bucket)" }
        return "\(request.isSecure ? "https" : "http")://\(host)/"
    }
}
