import Doors
import HTTPTypes
import Identity
import Model
import Objects

/// https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadBucket.html
enum HeadBucket {
    static let action = Action.s3("ListBucket")

    static func answer(_ call: S3Call) async throws -> DoorResponse {
        let name = try call.bucket()
        try await call.authorise(action, name)
        let bucket = try await call.objects.bucket(name)
        var headers = HTTPFields()
        headers.add(.amzBucketARN, name.arn)
        headers.add(.amzBucketRegion, bucket.region.rawValue)
        headers.add(.amzAccessPointAlias, "false")
        if let (quota, holds) = try await call.objects.quota(of: name) { QuotaHeaders.add(quota, holds, to: &headers) }
        headers.append(S3Reply.xmlType)
        return S3Reply.empty(.ok, headers: headers)
    }
}
