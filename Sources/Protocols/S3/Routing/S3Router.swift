import AWSWire
import HTTPTypes

/// What a request is about, as far as its path says.
package enum S3Level: Sendable, Equatable {
    case service
    case bucket
    case object

    /// AWS's word in a `MethodNotAllowed` answer.
    var resourceType: String {
        switch self {
        case .service: "SERVICE"
        case .bucket: "BUCKET"
        case .object: "OBJECT"
        }
    }
}

/// Method, level, query and one header decide the operation; nothing else does.
package enum S3Router {
    /// A query item that names a sub-resource, and what each method means on it; nil: the method is not allowed there.
    struct SubResource: Sendable {
        let name: StaticString
        var get: S3Operation?
        var put: S3Operation?
        var post: S3Operation?
        var delete: S3Operation?

        func operation(_ method: HTTPRequest.Method) -> S3Operation? {
            switch method {
            case .get, .head: get
            case .put: put
            case .post: post
            case .delete: delete
            default: nil
            }
        }
    }

    /// Throws `MethodNotAllowed`, or `InvalidArgument` for half a multipart query.
    package static func route(
        _ method: HTTPRequest.Method, _ level: S3Level, _ query: QueryItems, hasCopySource: Bool
    ) throws(S3Error) -> S3Operation {
        if method == .options { return .preflight }
        let operation: S3Operation? =
            switch level {
            case .service: serviceOperation(method)
            case .bucket: try bucketOperation(method, query)
            case .object: try objectOperation(method, query, hasCopySource: hasCopySource)
            }
        guard let operation else { throw .methodNotAllowed(method, level) }
        return operation
    }

    private static func serviceOperation(_ method: HTTPRequest.Method) -> S3Operation? {
        switch method {
        case .get, .head: .listBuckets
        default: nil
        }
    }

    private static func bucketOperation(_ method: HTTPRequest.Method, _ query: QueryItems) throws(S3Error) -> S3Operation? {
        if method == .head { return .headBucket }
        if let subResource = find(bucketSubResources, query) { return subResource.operation(method) }
        switch method {
        case .get: return query.value("list-type") == "2" ? .listObjectsV2 : .listObjects
        case .put: return .createBucket
        case .delete: return .deleteBucket
        case .post: return .postObject
        default: return nil
        }
    }

    private static func objectOperation(
        _ method: HTTPRequest.Method, _ query: QueryItems, hasCopySource: Bool
    ) throws(S3Error) -> S3Operation? {
        if method == .head { return .headObject }
        if let subResource = find(objectSubResources, query) { return subResource.operation(method) }
        if query.contains("uploadId") || (method == .put && query.contains("partNumber")) {
            return try multipartOperation(method, query, hasCopySource: hasCopySource)
        }
        switch method {
        case .get: return .getObject
        case .put: return hasCopySource ? .copyObject : .putObject
        case .delete: return .deleteObject
        default: return nil
        }
    }

    private static func multipartOperation(
        _ method: HTTPRequest.Method, _ query: QueryItems, hasCopySource: Bool
    ) throws(S3Error) -> S3Operation? {
        switch method {
        case .get: return .listParts
        case .post: return .completeMultipartUpload
        case .delete: return .abortMultipartUpload
        case .put:
            guard query.contains("partNumber") else {
                throw .invalidArgument(
                    "This operation does not accept an upload id without a part number.", name: "uploadId",
                    value: query.value("uploadId") ?? "")
            }
            guard query.contains("uploadId") else {
                throw .invalidArgument(
                    "This operation does not accept a part number without an upload id.", name: "partNumber",
                    value: query.value("partNumber") ?? "")
            }
            return hasCopySource ? .uploadPartCopy : .uploadPart
        default: return nil
        }
    }

    /// What a function answers to a request through it. It is no form sent to a bucket, whose name could not be this one.
    static let objectResponsePath = "/WriteGetObjectResponse"

    private static func find(_ table: [SubResource], _ query: QueryItems) -> SubResource? {
        if query.isEmpty { return nil }
        return table.first { query.contains($0.name) }
    }
}
