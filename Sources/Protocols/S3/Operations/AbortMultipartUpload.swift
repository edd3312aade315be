import Doors
import HTTPTypes
import Identity
import Model
import Objects
import StoragePorts

/// https://docs.aws.amazon.com/AmazonS3/latest/API/API_AbortMultipartUpload.html
enum AbortMultipartUpload {
    static let action = Action.s3("AbortMultipartUpload")

    static func answer(_ call: S3Call) async throws -> DoorResponse {
        let (bucket, key) = try call.object()
        try await call.authorise(action, bucket, key)
        let id = try UploadIDParameter.required(call)
        let initiated = try call.headers[.amzIfMatchInitiatedTime].map { (text) throws(S3Error) in
            try ConditionHeaders.time(text, "x-amz-if-match-initiated-time")
        }
        let aborted = try await call.objects.abortUpload(bucket, key, id, initiated: initiated, context: call.change)
        var headers = HTTPFields()
        headers.addPosition(aborted.lsn)
        return S3Reply.empty(.noContent, headers: headers)
    }
}
