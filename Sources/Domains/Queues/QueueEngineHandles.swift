import Model
import StoragePorts

/// What consumers do to messages that they received.
extension QueueEngine {
    /// Deletes the message that a handle names, whichever of its receives it is. Nothing when the message is gone already.
    func delete(_ handle: ReceiptHandle, from record: QueueRecord, in transaction: Transaction) throws {
        guard handle.space == record.space else { return }
        guard let visibleAt = try visibleAt(handle, in: transaction) else { return }
        let position = VisibilityPosition(visibleAt: visibleAt, sequence: handle.sequence)
        remove(record.space, position, wasReceived: true, in: transaction)
        try change(countOf: record.space, by: -1, in: transaction)
        memory.deleted(record.space, visibleAt: visibleAt, wasReceived: true, now: transaction.now.milliseconds)
    }

    /// Makes the message that a handle names visible `seconds` from now, whichever of its receives it is, also when that one's visibility
    /// timeout has ended.
    ///
    /// Throws `.invalidParameter` when the message is gone.
    func changeVisibility(_ handle: ReceiptHandle, to seconds: Int, in record: QueueRecord, _ transaction: Transaction) throws {
        let now = transaction.now.milliseconds
        guard handle.space == record.space, let visibleAt = try visibleAt(handle, in: transaction) else {
            throw QueueError.invalidParameter(
                "Value \(handle.text) for parameter ReceiptHandle is invalid. Reason: Message does not exist or is "
                    + "not available for visibility timeout change."
            )
        }
        let position = VisibilityPosition(visibleAt: visibleAt, sequence: handle.sequence)
        let key = QueueKeys.visibility(record.space, position)
        guard let value = try transaction.get(key), let state = value.withUnsafeBytes({ DeliveryState($0) }) else {
            throw LedgerError.damaged("a queue's pointer without a visibility entry")
        }
        let end = now + Int64(seconds) * 1000
        let longest = QueueLimits.visibilityTimeoutSeconds.upperBound
        guard end - state.lastReceivedAt <= Int64(longest) * 1000 else {
            throw QueueError.invalidParameter(
                "Value \(seconds) for parameter VisibilityTimeout is invalid. Reason: Total VisibilityTimeout for the "
                    + "message is beyond the limit [\(longest) seconds]."
            )
        }
        let moved = VisibilityPosition(visibleAt: end, sequence: handle.sequence)
        transaction.delete(key)
        transaction.put(QueueKeys.visibility(record.space, moved), value)
        transaction.put(QueueKeys.pointer(record.space, handle.sequence), StorageKeys.encodeCount(UInt64(end)))
        memory.moved(record.space, from: visibleAt, to: moved, now: now)
    }

    /// When the message becomes visible; nil when it is gone. Only messages that were received have handles, so there is a pointer.
    private func visibleAt(_ handle: ReceiptHandle, in reader: some KeyValueReader) throws -> Int64? {
        try reader.get(QueueKeys.pointer(handle.space, handle.sequence)).map { Int64(StorageKeys.decodeCount($0)) }
    }

    /// Throws `.receiptHandleIsInvalid` for text that is no handle of this queue.
    func handle(_ text: String, of record: QueueRecord) throws -> ReceiptHandle {
        guard let handle = ReceiptHandle(text), handle.incarnation == record.incarnation else {
            throw QueueError.receiptHandleIsInvalid(text)
        }
        return handle
    }
}
