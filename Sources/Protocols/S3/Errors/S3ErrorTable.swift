import AWSWire
import HTTPTypes
import Model

/// The errors that doors of S3 answer with, each written once, with AWS's code and text.
///
/// Source: https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html; texts as the service sends them.
extension S3Error {
    static let accessDenied = S3Error(.forbidden, "AccessDenied", "Access Denied")
    static let wrongCustomerKey = S3Error(
        .forbidden, "AccessDenied",
        "Requests specifying Server Side Encryption with Customer provided keys must provide the correct secret key.")
    static let urlRevoked = S3Error(.forbidden, "AccessDenied", "This URL was withdrawn.")
    static let urlUsedUp = S3Error(.forbidden, "AccessDenied", "This URL was used as often as it may be.")
    static func urlBytesUsedUp(left: UInt64) -> S3Error {
        S3Error(.forbidden, "AccessDenied", "More bytes than this URL may still carry.", [("BytesLeft", String(left))])
    }
    static let internalError = S3Error(.internalServerError, "InternalError", "We encountered an internal error. Please try again.")
    static let slowDown = S3Error(.serviceUnavailable, "SlowDown", "Please reduce your request rate.")
    static let serviceUnavailable = S3Error(
        .serviceUnavailable, "ServiceUnavailable", "Service is unable to handle request.")
    static let noSpace = S3Error(
        HTTPResponse.Status(code: 507, reasonPhrase: "Insufficient Storage"), "InternalError",
        "There is no room for this write. Reads go on; try again when there is.")

    static func positionNotReached(_ lsn: LSN, applied: LSN) -> S3Error {
        S3Error(
            .serviceUnavailable, "SlowDown", "The position that x-roost-wait-lsn names is not reached yet. Try again later.",
            [("RequestedLSN", lsn.description), ("AppliedLSN", applied.description)])
    }
    static let invalidToken = S3Error(.badRequest, "InvalidToken", "The provided token is malformed or otherwise invalid.")
    static func invalidExpectedOwner(_ value: String) -> S3Error {
        S3Error(
            .badRequest, "InvalidBucketOwnerAWSAccountID",
            "The value of the expected bucket owner parameter must be an AWS Account ID... [\(value)]")
    }

    // Buckets.
    static func noSuchBucket(_ bucket: String) -> S3Error {
        S3Error(.notFound, "NoSuchBucket", "The specified bucket does not exist", [("BucketName", bucket)])
    }
    static func invalidBucketName(_ bucket: String) -> S3Error {
        S3Error(.badRequest, "InvalidBucketName", "The specified bucket is not valid.", [("BucketName", bucket)])
    }
    static func bucketNotEmpty(_ bucket: String, hasVersions: Bool) -> S3Error {
        let advice = hasVersions ? ". You must delete all versions in the bucket." : ""
        return S3Error(.conflict, "BucketNotEmpty", "The bucket you tried to delete is not empty" + advice, [("BucketName", bucket)])
    }
    static func bucketAlreadyOwnedByYou(_ bucket: String) -> S3Error {
        S3Error(
            .conflict, "BucketAlreadyOwnedByYou",
            "Your previous request to create the named bucket succeeded and you already own it.", [("BucketName", bucket)])
    }
    static func bucketAlreadyExists(_ bucket: String) -> S3Error {
        S3Error(
            .conflict, "BucketAlreadyExists",
            "The requested bucket name is not available. The bucket namespace is shared by all users of the system. "
                + "Please select a different name and try again.", [("BucketName", bucket)])
    }
    /// Not AWS's, which has no quotas: Ceph's.
    static func quotaExceeded(_ bucket: String) -> S3Error {
        S3Error(.forbidden, "QuotaExceeded", "The bucket would hold more than its quota.", [("BucketName", bucket)])
    }
    static let tooManyBuckets = S3Error(
        .badRequest, "TooManyBuckets", "You have attempted to create more buckets than allowed")
    static func illegalLocation(_ constraint: String) -> S3Error {
        S3Error(
            .badRequest, "IllegalLocationConstraintException",
            "The \(constraint) location constraint is incompatible for the region specific endpoint this request was sent to.")
    }
    static func invalidLocation(_ constraint: String) -> S3Error {
        S3Error(
            .badRequest, "InvalidLocationConstraint", "The specified location-constraint is not valid",
            [("LocationConstraint", constraint)])
    }

    // Objects.
    static func noSuchKey(_ key: String) -> S3Error {
        S3Error(.notFound, "NoSuchKey", "The specified key does not exist.", [("Key", key)])
            .inCeph(.notFound, "NoSuchKey", header: HTTPField(name: .amzDeleteMarker, value: "false"))
    }
    static func noSuchVersion(_ key: String, _ version: String) -> S3Error {
        S3Error(.notFound, "NoSuchVersion", "The specified version does not exist.", [("Key", key), ("VersionId", version)])
    }
    static func keyTooLong(_ size: Int, max: Int) -> S3Error {
        S3Error(.badRequest, "KeyTooLongError", "Your key is too long", [("Size", String(size)), ("MaxSizeAllowed", String(max))])
    }
    static func preconditionFailed(_ condition: String) -> S3Error {
        S3Error(
            .preconditionFailed, "PreconditionFailed", "At least one of the pre-conditions you specified did not hold",
            [("Condition", condition)])
    }
    static let conditionalConflict = S3Error(
        .conflict, "ConditionalRequestConflict",
        "The conditional request cannot succeed due to a conflicting operation against this resource.")
    static func uploadDisturbed(_ key: String, _ condition: String) -> S3Error {
        S3Error(.conflict, conditionalConflict.code, conditionalConflict.wire.message, [("Condition", condition), ("Key", key)])
    }
    static let copyWithoutChange = S3Error(
        .badRequest, "InvalidRequest",
        "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, "
            + "storage class, website redirect location or encryption attributes.")
    static func invalidRange(_ requested: String, size: Int64) -> S3Error {
        var error = S3Error(
            .rangeNotSatisfiable, "InvalidRange", "The requested range is not satisfiable",
            [("RangeRequested", requested), ("ActualObjectSize", String(size))])
        error.headers[.contentRange] = "bytes */\(size)"
        return error
    }
    static func invalidPartNumber(requested: Int, count: Int) -> S3Error {
        S3Error(
            .rangeNotSatisfiable, "InvalidPartNumber", "The requested partnumber is not satisfiable",
            [("PartNumberRequested", String(requested)), ("ActualPartCount", String(count))]
        ).inCeph(.badRequest, "InvalidPart")
    }
    static func invalidCopyRange(_ range: ClosedRange<Int64>, size: Int64) -> S3Error {
        let beginsBehind = range.lowerBound >= size
        let error =
            beginsBehind
            ? S3Error.invalidRequest("The specified copy range is invalid for the source object size")
            : .invalidArgument(
                "Range specified is not valid for source object of size: \(size)", name: "x-amz-copy-source-range",
                value: "bytes=\(range.lowerBound)-\(range.upperBound)")
        return error.inCeph(.rangeNotSatisfiable, "InvalidRange")
    }

    // Multipart uploads.
    static func noSuchUpload(_ uploadID: String) -> S3Error {
        S3Error(
            .notFound, "NoSuchUpload",
            "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.",
            [("UploadId", uploadID)])
    }
    /// `etag` as the request lists it.
    static func invalidPart(partNumber: Int, etag: String?, uploadID: String?) -> S3Error {
        let elements = [("UploadId", uploadID), ("PartNumber", String(partNumber)), ("ETag", etag)]
        return S3Error(
            .badRequest, "InvalidPart",
            "One or more of the specified parts could not be found.  The part may not have been uploaded, "
                + "or the specified entity tag may not match the part's entity tag.", given(elements))
    }
    static let noParts = S3Error.invalidRequest("You must specify at least one part")
    static func invalidPartOrder(uploadID: String?) -> S3Error {
        S3Error(
            .badRequest, "InvalidPartOrder", "The list of parts was not in ascending order. Parts must be ordered by part number.",
            given([("UploadId", uploadID)]))
    }
    private static func given(_ elements: [(String, String?)]) -> [(String, String)] {
        elements.compactMap { name, value in value.map { (name, $0) } }
    }
    static func invalidPartNumber(_ value: String) -> S3Error {
        .invalidArgument("Part number must be an integer between 1 and 10000, inclusive", name: "partNumber", value: value)
    }
    static func entityTooSmall(partNumber: Int, size: Int64, minimum: Int64, etag: String) -> S3Error {
        S3Error(
            .badRequest, "EntityTooSmall", "Your proposed upload is smaller than the minimum allowed size",
            [
                ("ProposedSize", String(size)), ("MinSizeAllowed", String(minimum)), ("PartNumber", String(partNumber)),
                ("ETag", etag),
            ])
    }

    // Requests.
    static func invalidURI(_ uri: String) -> S3Error {
        S3Error(.badRequest, "InvalidURI", "Couldn't parse the specified URI.", [("URI", uri)])
    }
    static func invalidArgument(_ message: String, name: String, value: String) -> S3Error {
        S3Error(.badRequest, "InvalidArgument", message, [("ArgumentName", name), ("ArgumentValue", value)])
    }
    static func invalidArgument(_ message: String, name: String) -> S3Error {
        S3Error(.badRequest, "InvalidArgument", message, [("ArgumentName", name)])
    }
    static func invalidArgument(_ message: String) -> S3Error { S3Error(.badRequest, "InvalidArgument", message) }
    static func invalidRequest(_ message: String) -> S3Error { S3Error(.badRequest, "InvalidRequest", message) }
    static func methodNotAllowed(_ method: HTTPRequest.Method, _ level: S3Level) -> S3Error {
        S3Error(
            .methodNotAllowed, "MethodNotAllowed", "The specified method is not allowed against this resource.",
            [("Method", method.rawValue), ("ResourceType", level.resourceType)])
    }
    /// For what AWS has and Roost has not: names the operation or the header, so that nobody takes silence for success.
    static func notImplemented(operation: String) -> S3Error {
        S3Error(
            .notImplemented, "NotImplemented", "The operation \(operation) is not implemented.", [("Operation", operation)])
    }
    static func notImplemented(header: String) -> S3Error {
        S3Error(
            .notImplemented, "NotImplemented",
            "A header you provided implies functionality that is not implemented", [("Header", header)])
    }
    /// For a write condition that AWS has not; with what it says of it.
    static func unsupportedCondition(_ header: String) -> S3Error {
        var error = S3Error.notImplemented(header: header)
        let isOne = !header.contains(",")
        error.wire.elements.append(
            WireError.Element(
                "additionalMessage",
                isOne
                    ? "We don't accept the provided value of \(header) header for this API"
                    : "Multiple conditional request headers present in the request"))
        return error
    }
    static func tooManyTags(_ message: String) -> S3Error { .badRequest(message).inCeph(.badRequest, "InvalidTag") }
    static func badRequest(_ message: String) -> S3Error { S3Error(.badRequest, "BadRequest", message) }
    static func invalidTag(_ message: String, _ elements: [(String, String)]) -> S3Error {
        S3Error(.badRequest, "InvalidTag", message, elements)
    }
    static let malformedXML = S3Error(
        .badRequest, "MalformedXML",
        "The XML you provided was not well-formed or did not validate against our published schema")
    static let userKeyMustBeSpecified = S3Error(
        .badRequest, "UserKeyMustBeSpecified",
        "The bucket POST must contain the specified field name. If it is specified, please check the order of the fields.")
    static let missingRequestBody = S3Error(.badRequest, "MissingRequestBodyError", "Request Body is empty")
    static let missingContentLength = S3Error(
        .lengthRequired, "MissingContentLength", "You must provide the Content-Length HTTP header.")
    static func entityTooLarge(_ size: Int64, max: Int64) -> S3Error {
        S3Error(
            .badRequest, "EntityTooLarge", "Your proposed upload exceeds the maximum allowed size",
            [("ProposedSize", String(size)), ("MaxSizeAllowed", String(max))])
    }
    static let incompleteBody = S3Error(
        .badRequest, "IncompleteBody", "You did not provide the number of bytes specified by the Content-Length HTTP header")
    static let requestTimeout = S3Error(
        .badRequest, "RequestTimeout",
        "Your socket connection to the server was not read from or written to within the timeout period. Idle connections will be closed.")
    static func metadataTooLarge(_ size: Int, max: Int) -> S3Error {
        S3Error(
            .badRequest, "MetadataTooLarge", "Your metadata headers exceed the maximum allowed metadata size",
            [("Size", String(size)), ("MaxSizeAllowed", String(max))])
    }
    static func invalidStorageClass(_ value: String) -> S3Error {
        S3Error(
            .badRequest, "InvalidStorageClass", "The storage class you specified is not valid", [("StorageClassRequested", value)])
    }

    // Encryption.
    static func invalidEncryptionAlgorithm(_ value: String) -> S3Error {
        S3Error(
            .badRequest, "InvalidEncryptionAlgorithmError",
            "The Encryption request you specified is not valid. Supported value: AES256.",
            [("ArgumentName", "x-amz-server-side-encryption"), ("ArgumentValue", value)])
    }
    static func keyService(_ code: String, _ message: String) -> S3Error { S3Error(.badRequest, code, message) }

    // Digests.
    static func invalidDigest(_ value: String) -> S3Error {
        S3Error(.badRequest, "InvalidDigest", "The Content-MD5 you specified was invalid.", [("Content-MD5", value)])
    }
    static func badContentMD5(expected: String, calculated: String) -> S3Error {
        S3Error(
            .badRequest, "BadDigest", "The Content-MD5 you specified did not match what we received.",
            [("ExpectedDigest", expected), ("CalculatedDigest", calculated)])
    }
    /// For a value that cannot be a checksum of its algorithm.
    static func malformedChecksum(_ header: String) -> S3Error {
        .invalidRequest("Value for \(header) header is invalid.").inCeph(.badRequest, "BadDigest")
    }
    static func badPartChecksum(_ algorithm: String, _ number: Int) -> S3Error {
        S3Error(.badRequest, "BadDigest", "The \(algorithm) you specified for part \(number) did not match what we received.")
    }
    static func badChecksum(_ algorithm: String) -> S3Error {
        S3Error(.badRequest, "BadDigest", "The \(algorithm) you specified did not match the calculated checksum.")
    }
    static func contentSHA256Mismatch(claimed: String, calculated: String) -> S3Error {
        S3Error(
            .badRequest, "XAmzContentSHA256Mismatch",
            "The provided 'x-amz-content-sha256' header does not match what was computed.",
            [("ClientComputedContentSHA256", claimed), ("S3ComputedContentSHA256", calculated)])
    }

    /// For a notification target that cannot be one.
    static func invalidDestination(_ arn: String, _ reason: String) -> S3Error {
        invalidDestinations([(arn, reason)])
    }

    /// Each with a number of its own, from 1 on.
    static func invalidDestinations(_ problems: [(name: String, reason: String)]) -> S3Error {
        S3Error(
            .badRequest, "InvalidArgument", "Unable to validate the following destination configurations",
            problems.enumerated().flatMap { index, problem in
                [("ArgumentName\(index + 1)", problem.name), ("ArgumentValue\(index + 1)", problem.reason)]
            })
    }

    static let malformedTrailer = S3Error(
        .badRequest, "MalformedTrailerError",
        "The request contained trailing data that was not well-formed or did not conform to our published schema.")

    // Settings that are not set.
    static func notConfigured(_ code: String, _ message: String, bucket: String) -> S3Error {
        S3Error(.notFound, code, message, [("BucketName", bucket)])
    }
}
