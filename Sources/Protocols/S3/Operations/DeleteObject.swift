import Doors
import HTTPTypes
import Identity
import Objects
import StoragePorts

/// https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObject.html
enum DeleteObject {
    static let action = Action.s3("DeleteObject")
    static let versionAction = Action.s3("DeleteObjectVersion")

    static func answer(_ call: S3Call) async throws -> DoorResponse {
        let (bucket, key) = try call.object()
        let version = try VersionParameter.optional(call)
        try await call.authorise(version == nil ? action : versionAction, bucket, key)
        let condition = try ConditionHeaders.delete(call, version: version)
        if case .foreign(let text) = version { throw VersionParameter.invalid(text) }
        try await LockHeaders.checkBypass(call, bucket)
        let deleted = try await call.objects.delete(
            bucket, key, version: version, condition: condition, bypassGovernance: try await LockHeaders.bypass(call, bucket, key),
            context: call.change)
        var headers = HTTPFields()
        if deleted.value.isDeleteMarker { headers.add(.amzDeleteMarker, "true") }
        headers.add(deleted.value.version)
        headers.addPosition(deleted.lsn)
        return S3Reply.empty(.noContent, headers: headers)
    }
}
