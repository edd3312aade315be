import Model

/// Why a queue operation was refused. Nothing was changed; a retry of the same request gives the same answer unless said otherwise.
/// Doors map each case to its wire code with one total switch. Failures of storage come as `LedgerError`.
package enum QueueError: Error, Hashable, Sendable {
    case queueDoesNotExist
    /// The queue was purged less than `QueueLimits.purgePauseSeconds` ago; passes.
    case purgeInProgress(QueueName)
    /// A queue of that name stands with other attributes; the text names one of them.
    case queueNameExists(attribute: String)
    /// The text is AWS's whole message.
    case invalidParameter(String)
    /// The parameter's name.
    case missingParameter(String)
    /// The queue that a parameter names by its ARN is not there; the parameter's name.
    case noSuchResource(String)
    case noSuchMoveTask
    case invalidAttributeName(String)
    case invalidAttributeValue(name: String, value: String)
    /// A body or text attribute with a character that SQS does not carry.
    case invalidMessageContents
    case receiptHandleIsInvalid(String)
    /// The queue has as many messages in flight as it may; passes when some are deleted or time out.
    case overLimit
    case emptyBatch
    case tooManyBatchEntries(Int)
    case batchEntryIDsNotDistinct(String)
    case invalidBatchEntryID
    case batchRequestTooLong(Int)
    /// AWS has it and Roost has not yet; the text says what.
    case unsupported(String)
    /// As many receives wait already as the server lets wait; retry later.
    case tooManyWaiting
}

extension QueueError {
    /// `value`: what the refusal names, the policy or its target.
    package static func invalidRedrivePolicy(_ value: String, _ reason: String) -> QueueError {
        .invalidParameter("Value \(value) for parameter RedrivePolicy is invalid. Reason: \(reason)")
    }
}

/// What became of one entry of a batch.
package struct BatchFailure: Hashable, Sendable {
    package let id: String
    package let error: QueueError

    package init(id: String, error: QueueError) {
        self.id = id
        self.error = error
    }
}
