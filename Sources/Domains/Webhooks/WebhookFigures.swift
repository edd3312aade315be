import Model
import Synchronization

/// What the metrics tell of one target.
package struct WebhookFigures: Sendable, Equatable {
    /// The oldest event that waits: its commit and time. Nil when all are delivered.
    package var oldest: (lsn: LSN, recorded: Timestamp)?
    /// Events that are planned; more may wait behind them when it is `WebhookLimits.plannedMax`.
    package var waiting = 0
    package var delivered: UInt64 = 0
    /// Attempts that failed.
    package var failed: UInt64 = 0
    package var deadLetters: UInt64 = 0

    package init() {}

    package static func == (a: WebhookFigures, b: WebhookFigures) -> Bool {
        a.oldest?.lsn == b.oldest?.lsn && a.waiting == b.waiting && a.delivered == b.delivered && a.failed == b.failed
            && a.deadLetters == b.deadLetters
    }
}

package enum WebhookLimits {
    /// Events of a target that are planned at a time: about 100 bytes each.
    package static let plannedMax = 10_000
    /// Events read in one look, so that a large backlog does not hold up what is ready.
    static let readAtOnceMax = 1_000
    /// Events forgotten in one commit.
    static let removedAtOnceMax = 500
    /// The longest pause that a receiver can ask for.
    static let retryAfterMax: Duration = .seconds(3_600)
    /// After storage failed.
    static let storagePause: Duration = .seconds(1)
}
