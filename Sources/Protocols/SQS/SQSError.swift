import AWSWire
import HTTPTypes

/// An error as SQS's clients know it, in both protocols' words.
struct SQSError: Error, Hashable, Sendable {
    let status: HTTPResponse.Status
    /// The JSON protocol's shape with its namespace: `com.amazonaws.sqs#QueueDoesNotExist`.
    let type: String
    /// The query protocol's code: `AWS.SimpleQueueService.NonExistentQueue`. The JSON protocol carries it in a header.
    let code: String
    let message: String

    var isSenderFault: Bool { status.code < 500 }

    var wire: WireError { WireError(status: status, code: code, message: message) }

    init(_ status: HTTPResponse.Status, type: String, code: String, _ message: String) {
        self.status = status
        self.type = type
        self.code = code
        self.message = message
    }

    /// An error of the service itself.
    init(_ shape: String, code: String, status: HTTPResponse.Status = .badRequest, _ message: String) {
        self.init(status, type: "com.amazonaws.sqs#" + shape, code: code, message)
    }

    /// An error that all of AWS's services share.
    init(common shape: String, code: String, status: HTTPResponse.Status = .badRequest, _ message: String) {
        self.init(status, type: "com.amazon.coral.service#" + shape, code: code, message)
    }

    // MARK: What doors find themselves

    static func invalidParameter(_ message: String) -> SQSError {
        SQSError(common: "InvalidParameterValueException", code: "InvalidParameterValue", message)
    }

    static func missingParameter(_ name: String) -> SQSError {
        SQSError(common: "MissingRequiredParameterException", code: "MissingParameter", "The request must contain the parameter \(name).")
    }

    static func serialization(_ message: String) -> SQSError {
        SQSError(common: "SerializationException", code: "SerializationException", message)
    }

    static func invalidAddress(_ url: String) -> SQSError {
        SQSError("InvalidAddress", code: "InvalidAddress", status: .notFound, "The address \(url) is not valid for this endpoint.")
    }

    static func resourceNotFound(_ message: String) -> SQSError {
        SQSError("ResourceNotFoundException", code: "ResourceNotFoundException", status: .notFound, message)
    }

    static func unsupported(_ what: String) -> SQSError {
        SQSError(
            "UnsupportedOperation", code: "AWS.SimpleQueueService.UnsupportedOperation", "\(what): not supported by Roost yet.")
    }

    static func onlyForFIFO(attribute: String) -> SQSError {
        SQSError(
            "InvalidAttributeName", code: "InvalidAttributeName",
            "You can specify the \(attribute) only when FifoQueue is set to true.")
    }

    static let twoEncryptions = SQSError(
        "InvalidAttributeName", code: "InvalidAttributeName",
        "You can use one type of server-side encryption (SSE) at one time. You can either enable KMS SSE or SQS SSE.")

    static func unknownOperation(_ name: String, isJSON: Bool) -> SQSError {
        isJSON
            ? SQSError(common: "UnknownOperationException", code: "InvalidAction", "The operation \(name) is not known.")
            : SQSError(common: "UnknownOperationException", code: "InvalidAction", "The action \(name) is not valid for this endpoint.")
    }

    /// A GET without an action. Its query form is not the usual document: `SQSFormat` writes it.
    static let noAction = SQSError(
        common: "UnknownOperationException", code: "UnknownOperationException", status: .notFound, "The request names no action.")

    static func accessDenied(_ resource: String) -> SQSError {
        SQSError(
            common: "AccessDeniedException", code: "AccessDenied", status: .forbidden, "Access to the resource \(resource) is denied.")
    }

    static let missingAuthentication = SQSError(
        common: "MissingAuthenticationTokenException", code: "MissingAuthenticationToken", status: .forbidden,
        "Request is missing Authentication Token")

    static let invalidToken = SQSError(
        common: "InvalidClientTokenId", code: "InvalidClientTokenId", status: .forbidden,
        "The security token included in the request is invalid.")

    static let bodyTooLarge = SQSError(
        common: "RequestEntityTooLargeException", code: "RequestEntityTooLarge", status: .contentTooLarge,
        "The request's body is larger than \(SQSLimits.bodyBytesMax) bytes.")

    static let bodyIncomplete = SQSError(
        common: "IncompleteBody", code: "IncompleteBody", "The request's body ended before its declared length.")

    static let internalFailure = SQSError(
        common: "InternalFailure", code: "InternalFailure", status: .internalServerError,
        "The request processing has failed because of an unknown error, exception or failure.")

    static func unavailable(_ message: String) -> SQSError {
        SQSError(common: "ServiceUnavailableException", code: "ServiceUnavailable", status: .serviceUnavailable, message)
    }
}
