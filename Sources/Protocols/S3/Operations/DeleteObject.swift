import Doors
import HTTPTypes
import Identity
import Objects
import StoragePorts

/// https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObject.html
enum DeleteObject {
    static let action = Action.s3("DeleteObject")

    static func answer(_ call: S3Call) async throws -> DoorResponse {
        let (bucket, key) = try call.object()
        try await call.authorise(action, bucket, key)
        let condition = try ConditionHeaders.delete(call)
        let deleted = try await call.objects.delete(bucket, key, condition: condition, context: call.change)
        var headers = HTTPFields()
        headers.addPosition(deleted.lsn)
        return S3Reply.empty(.noContent, headers: headers)
    }
}
