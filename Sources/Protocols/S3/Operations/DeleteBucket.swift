import Doors
import HTTPTypes
import Identity
import Objects
import StoragePorts

/// https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucket.html
enum DeleteBucket {
    static let action = Action.s3("DeleteBucket")

    static func answer(_ call: S3Call) async throws -> DoorResponse {
        let bucket = try call.bucket()
        try await call.authorise(action, bucket)
        let deleted = try await call.objects.deleteBucket(bucket, context: call.change)
        var headers = HTTPFields()
        headers.addPosition(deleted.lsn)
        return S3Reply.empty(.noContent, headers: headers)
    }
}
