import AWSWire
import Bytes
import Doors
import HTTPTypes
import Identity
import Model
import Objects
import StoragePorts

/// https://docs.aws.amazon.com/AmazonS3/latest/API/API_RenameObject.html, on every bucket. See docs/beyond-aws/rename.md.
enum RenameObject {
    private static let tokenBytesMax = 64

    static func answer(_ call: S3Call) async throws -> DoorResponse {
        let (bucket, key) = try call.object()
        let source = try source(call)
        let carried = try await authorise(call, bucket, source, key)
        let request = RenameRequest(
            bucket: bucket, source: source, key: key, sourceConditions: sourceConditions(call), conditions: ConditionHeaders.read(call),
            mayCarryTags: carried.mayCarryTags, mayCarryGrants: carried.mayCarryGrants, token: try token(call),
            customerKey: try EncryptionHeaders.customerKey(ofRead: call), context: call.change)
        try await AdmissionGate(call, bucket, key).admitRename(from: source, in: bucket, request.customerKey)
        let lsn = try await call.objects.rename(request)
        var headers = HTTPFields()
        headers.addPosition(lsn)
        return S3Reply.empty(.ok, headers: headers)
    }

    /// What AWS asks for a copy to the new key and the deletion of the old one. Throws `AccessDenied`.
    static func authorise(
        _ call: S3Call, _ bucket: BucketName, _ source: ObjectKey, _ key: ObjectKey
    ) async throws -> CarriedAlong {
        let access = try await call.authorise(
            PutObject.action, bucket, key, conditions: ["s3:x-amz-copy-source": ["\(bucket)/\(source.string)"]])
        try await call.authorise(GetObject.action, bucket, source)
        try await call.authorise(DeleteObject.action, bucket, source)
        return try await CarriedAlong(call, renaming: source, to: access, key)
    }

    /// The key, percent-encoded, with or without a slash in front.
    private static func source(_ call: S3Call) throws(S3Error) -> ObjectKey {
        guard let text = call.headers[.amzRenameSource], !text.isEmpty else {
            throw .invalidRequest("Missing required header for this request: x-amz-rename-source")
        }
        let raw = text.hasPrefix("/") ? text.dropFirst() : Substring(text)
        guard let bytes = PercentEncoding.decode(raw), String(validating: bytes, as: UTF8.self) != nil, !bytes.isEmpty else {
            throw .invalidArgument("Invalid rename source encoding", name: "x-amz-rename-source", value: text)
        }
        guard let key = ObjectKey(bytes) else { throw .keyTooLong(bytes.count, max: ObjectKey.bytesMax) }
        return key
    }

    private static func sourceConditions(_ call: S3Call) -> ReadConditions {
        ReadConditions(
            ifMatch: call.headers[.amzRenameSourceIfMatch].map(ConditionHeaders.tags),
            ifNoneMatch: call.headers[.amzRenameSourceIfNoneMatch].map(ConditionHeaders.tags),
            ifModifiedSince: call.headers[.amzRenameSourceIfModifiedSince].flatMap(HTTPDate.parse),
            ifUnmodifiedSince: call.headers[.amzRenameSourceIfUnmodifiedSince].flatMap(HTTPDate.parse))
    }

    private static func token(_ call: S3Call) throws(S3Error) -> String? {
        guard let token = call.headers[.amzClientToken] else { return nil }
        guard (1...tokenBytesMax).contains(token.utf8.count), token.utf8.allSatisfy({ (33...126).contains($0) }) else {
            throw .invalidArgument(
                "A client token has up to 64 characters in the ASCII range of 33 - 126.", name: "x-amz-client-token", value: token)
        }
        return token
    }
}
