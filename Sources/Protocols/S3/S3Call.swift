import AWSWire
import Doors
import HTTPTypes
import Identity
import Model
import Objects

/// One authenticated request on its way to its operation.
final class S3Call: Sendable {
    let door: S3Door
    let request: DoorRequest
    let operation: S3Operation
    let target: S3Target
    let query: QueryItems
    /// The request's own, and for a presigned request those that its query carries; for a form, what its fields say as headers.
    let headers: HTTPFields
    let groups: HeaderSurvey.Groups
    let caller: Caller
    let body: TrackedBody

    init(
        door: S3Door, request: DoorRequest, operation: S3Operation, target: S3Target, query: QueryItems, caller: Caller, body: TrackedBody,
        headers: HTTPFields? = nil
    ) throws(S3Error) {
        self.door = door
        self.request = request
        self.operation = operation
        self.target = target
        self.query = query
        let own = caller.isPresigned ? HoistedHeaders.merge(request.headers, query) : request.headers
        self.headers = headers ?? own
        self.groups = try HeaderSurvey(self.headers).groups
        self.caller = caller
        self.body = body
    }

    var objects: Objects { door.objects }

    /// Throws `InvalidBucketName`.
    func bucket() throws(S3Error) -> BucketName {
        let text = target.bucket ?? ""
        guard let name = BucketName(text) else { throw .invalidBucketName(text) }
        return name
    }

    /// Throws `InvalidBucketName`, `KeyTooLongError`, `InvalidArgument` for a version id where the operation takes none.
    func object() throws(S3Error) -> (bucket: BucketName, key: ObjectKey) {
        let bucket = try bucket()
        let bytes = target.key ?? []
        guard let key = ObjectKey(bytes) else { throw .keyTooLong(bytes.count, max: ObjectKey.bytesMax) }
        if !query.isEmpty { try VersionParameter.checkAcceptance(self) }
        return (bucket, key)
    }

    var change: ChangeContext {
        ChangeContext(
            principal: caller.principal, requestID: request.id, hostID: door.configuration.hostID, sourceIP: request.remoteAddress)
    }

    /// The action named as the operation is.
    var action: Action { Action.s3(operation.rawValue) }
}
