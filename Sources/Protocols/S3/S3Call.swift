import AWSWire
import Bytes
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
    /// Takes what the bucket's log is to say; nil when there is none.
    let notes: LogNotes?

    init(
        door: S3Door, request: DoorRequest, operation: S3Operation, target: S3Target, query: QueryItems, caller: Caller, body: TrackedBody,
        notes: LogNotes? = nil, headers: HTTPFields? = nil
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
        self.notes = notes
    }

    /// One of several changes of this request as the operation of its own that it stands for: policies' conditions, grants, tags and locks
    /// are read from `headers`, never from those of the request that carries all changes.
    func standing(
        for operation: S3Operation, _ bucket: BucketName, _ key: ObjectKey, _ headers: HTTPFields, version: VersionID? = nil
    ) throws(S3Error) -> S3Call {
        var headers = headers
        for name in Self.ofRequest {
            if let value = self.headers[name] { headers[name] = value }
        }
        return try S3Call(
            door: door, request: request, operation: operation, target: S3Target(bucket: bucket.rawValue, key: key.utf8),
            query: QueryItems(
                rawQuery: version.map { "versionId=" + PercentEncoding.encode($0.description.utf8, keepingSlash: false) } ?? ""),
            caller: caller, body: body, notes: notes,
            headers: headers)
    }

    /// Headers that say something of the request as a whole.
    private static let ofRequest: [HTTPField.Name] = [.xAmzContentSHA256, .amzRequestPayer]

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

    /// At AWS, the one whose endpoint takes the request; here the one that it is signed for.
    var region: Region { caller.region ?? objects.region }

    var change: ChangeContext {
        ChangeContext(
            principal: caller.principal, requestID: request.id, hostID: door.configuration.hostID(of: request.id),
            sourceIP: request.remoteAddress, trace: request.trace)
    }

    /// Whether `<Owner>` and `<Grantee>` have a `<DisplayName>`, as Ceph's.
    var namesOwners: Bool { door.configuration.dialect == .ceph }

    /// The action named as the operation is.
    var action: Action { Action.s3(operation.rawValue) }
}
