/// AWS's limits for standard queues, and ours.
///
/// Source: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html
package enum QueueLimits {
    package static let delaySeconds = 0...900
    package static let messageBytes = 1024...1_048_576
    package static let retentionSeconds = 60...1_209_600
    package static let receiveWaitSeconds = 0...20
    package static let visibilityTimeoutSeconds = 0...43_200
    package static let deadLetterReceives = 1...1000
    package static let batchEntriesMax = 10
    /// Of all bodies and attributes of a batch together.
    package static let batchBytesMax = 1_048_576
    package static let batchEntryIDBytesMax = 80
    package static let receiveMessages = 1...10
    package static let attributesMax = 10
    package static let attributeNameCharactersMax = 256
    package static let attributeTypeBytesMax = 256
    package static let groupIDBytesMax = 128
    package static let inFlightMax = 120_000
    package static let listedQueuesMax = 1000
    package static let tagsMax = 50
    /// How long after a purge the queue takes no other.
    package static let purgePauseSeconds = 60
    package static let tagKeyCharactersMax = 128
    package static let tagValueCharactersMax = 256
    package static let policyBytesMax = 20_480
    package static let redriveSourcesMax = 10

    package static let movedPerSecond = 1...500
    /// Move tasks of a queue that are remembered.
    package static let keptMoveTasksMax = 10

    /// The shortest pause of a move task that its rate holds back, so that a fast one moves several messages in a commit.
    static let movePauseMilliseconds: Int64 = 50
    /// Messages that one step of a move task looks at: some milliseconds of the ledger's thread.
    static let movedPerStepMax = 100
    /// Receives that wait at a time, in all queues; each holds a connection and about 1 KiB.
    package static let waitingMax = 10_000
    /// Expired messages and dead letters that one receive clears away, so that its commit stays small.
    static let clearedPerReceiveMax = 100
    /// Entries that one step of the sweep removes: about a millisecond of the ledger's thread.
    static let sweptPerStepMax = 256
    /// Message bytes that one step of the sweep reads.
    static let sweptBytesPerStepMax = 4 * 1024 * 1024
    /// Entries read when a queue's times are learnt after a start, about 50 ms of the ledger's thread; past it the counts of
    /// delayed messages and of those in flight begin too low.
    static let learntMax = 200_000
    /// The longest that a queue is believed empty without looking.
    static let believedEmptyMilliseconds: Int64 = 1000
}
