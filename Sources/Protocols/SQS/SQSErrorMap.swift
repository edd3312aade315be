import AWSWire
import Doors
import HTTPTypes
import Queues
import StoragePorts

/// Every error that an operation may throw, in SQS's words. The cause of an inner one goes to the log and not to the client.
enum SQSErrorMap {
    static func map(_ error: any Error) -> (error: SQSError, cause: String?) {
        switch error {
        case let error as SQSError: (error, nil)
        case let error as QueueError: (SQSError(error), nil)
        case let error as LedgerError: map(error)
        case let error as SigV4Error: (SQSError(error), nil)
        case DoorBodyError.noMemory: (.unavailable("The server has too much to do. Try again later."), nil)
        case is DoorBodyError: (.bodyIncomplete, nil)
        case is CancellationError: (.unavailable("The request was cancelled."), nil)
        default: (.internalFailure, "\(error)")
        }
    }

    private static func map(_ error: LedgerError) -> (error: SQSError, cause: String?) {
        switch error {
        case .busy: (.unavailable("The server has too much to do. Try again later."), nil)
        case .closed: (.unavailable("The server is stopping."), nil)
        case .noSpace: (.unavailable("The server has no room. Try again later."), "no space")
        default: (.internalFailure, "\(error)")
        }
    }
}

extension SQSError {
    init(_ error: SigV4Error) {
        let wire = error.wireError(for: .of(service: "sqs"))
        self.init(wire.status, type: "com.amazon.coral.service#" + wire.code, code: wire.code, wire.message)
    }

    init(_ error: QueueError) {
        switch error {
        case .queueDoesNotExist:
            self.init(
                "QueueDoesNotExist", code: Self.namespace + "NonExistentQueue", "The specified queue does not exist.")
        case .purgeInProgress(let name):
            self.init(
                "PurgeQueueInProgress", code: Self.namespace + "PurgeQueueInProgress", status: .forbidden,
                "Only one PurgeQueue operation on \(name) is allowed every \(QueueLimits.purgePauseSeconds) seconds.")
        case .queueNameExists(let attribute):
            self.init(
                "QueueNameExists", code: "QueueAlreadyExists",
                "A queue already exists with the same name and a different value for attribute \(attribute)")
        case .invalidParameter(let message): self = .invalidParameter(message)
        case .missingParameter(let name): self = .missingParameter(name)
        case .noSuchResource(let parameter):
            self = .resourceNotFound("The resource that you specified for the \(parameter) parameter doesn't exist.")
        case .noSuchMoveTask: self = .resourceNotFound("Task does not exist.")
        case .invalidAttributeName(let name):
            self.init("InvalidAttributeName", code: "InvalidAttributeName", "Unknown Attribute \(name).")
        case .invalidAttributeValue(let name, _):
            self.init("InvalidAttributeValue", code: "InvalidAttributeValue", "Invalid value for the parameter \(name).")
        case .invalidMessageContents:
            self.init(
                "InvalidMessageContents", code: "InvalidMessageContents",
                "Invalid characters found. Valid unicode characters are #x9 | #xA | #xD | [#x20 to #xD7FF] | [#xE000 "
                    + "to #xFFFD] | [#x10000 to #x10FFFF]"
            )
        case .receiptHandleIsInvalid(let handle):
            self.init(
                "ReceiptHandleIsInvalid", code: "ReceiptHandleIsInvalid", status: .notFound,
                "The input receipt handle \"\(handle.prefix(200))\" is not a valid receipt handle.")
        case .overLimit:
            self.init(
                "OverLimit", code: "OverLimit", status: .forbidden, "Too many messages in flight. Limit is \(QueueLimits.inFlightMax).")
        case .unsupported(let what): self = .unsupported(what)
        case .tooManyWaiting:
            self.init(
                "RequestThrottled", code: "RequestThrottled", status: .forbidden, "Too many receives are waiting for messages already.")
        case .emptyBatch, .tooManyBatchEntries, .batchEntryIDsNotDistinct, .invalidBatchEntryID, .batchRequestTooLong:
            self.init(batch: error)
        }
    }

    private static let namespace = "AWS.SimpleQueueService."

    /// The query protocol keeps an older text where the JSON protocol has another.
    var queryWire: WireError {
        guard code == Self.namespace + "NonExistentQueue" else { return wire }
        return WireError(status: status, code: code, message: "The specified queue does not exist for this wsdl version.")
    }

    private init(batch error: QueueError) {
        func make(_ shape: String, _ message: String) -> SQSError { SQSError(shape, code: Self.namespace + shape, message) }
        switch error {
        case .tooManyBatchEntries(let count):
            self = make(
                "TooManyEntriesInBatchRequest",
                "Maximum number of entries per request are \(QueueLimits.batchEntriesMax). You have sent \(count).")
        case .batchEntryIDsNotDistinct(let id): self = make("BatchEntryIdsNotDistinct", "Id \(id) repeated.")
        case .invalidBatchEntryID:
            self = make(
                "InvalidBatchEntryId",
                "A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80 letters long.")
        case .batchRequestTooLong(let bytes):
            self = make(
                "BatchRequestTooLong",
                "Batch requests cannot be longer than \(QueueLimits.batchBytesMax) bytes. You have sent \(bytes) bytes.")
        default: self = make("EmptyBatchRequest", "There should be at least one entry in the request.")
        }
    }
}
