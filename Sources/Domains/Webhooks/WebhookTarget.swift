import Model

/// A function or event bus that is an HTTP endpoint, as the server's settings declare it.
package struct WebhookTarget: Sendable, Hashable {
    /// What buckets name.
    package var arn: ARN
    /// Absolute, `http` or `https`.
    package var url: String
    /// Signs each request; empty: requests are not signed.
    package var secret: [UInt8]
    /// From the connection's beginning to the answer's end.
    package var timeout: Duration
    /// Requests under way at a time.
    package var concurrencyMax: Int
    package var retry: WebhookRetry
    /// The queue for events that were refused too often. Without one they are tried until they are taken.
    package var deadLetters: ARN?

    package init(
        arn: ARN, url: String, secret: [UInt8] = [], timeout: Duration = .seconds(10), concurrencyMax: Int = 8,
        retry: WebhookRetry = WebhookRetry(), deadLetters: ARN? = nil
    ) {
        self.arn = arn
        self.url = url
        self.secret = secret
        self.timeout = timeout
        self.concurrencyMax = concurrencyMax
        self.retry = retry
        self.deadLetters = deadLetters
    }
}

/// When an event is tried again: after `first`, then after twice as long each time up to `longest`; each pause is shortened at random by
/// up to a half, so that those who failed together do not come back together.
package struct WebhookRetry: Sendable, Hashable {
    package var first: Duration
    package var longest: Duration
    /// Attempts before an event is a dead letter.
    package var attemptsMax: Int

    package init(first: Duration = .seconds(1), longest: Duration = .seconds(300), attemptsMax: Int = 16) {
        self.first = first
        self.longest = longest
        self.attemptsMax = attemptsMax
    }

    /// The pause after the attempt of this number, from 1. `random` is any number.
    func pause(after attempt: Int, random: UInt64) -> Duration {
        var pause = first
        for _ in 1..<max(1, attempt) where pause < longest { pause = min(longest, pause * 2) }
        let half = pause / 2
        return half + half * Double(random >> 11) * 0x1p-53
    }
}

/// One attempt to deliver an event.
package struct WebhookRequest: Sendable {
    package let url: String
    package let headers: [(name: String, value: String)]
    package let body: [UInt8]
    package let timeout: Duration
}

package enum WebhookOutcome: Sendable, Hashable {
    /// The endpoint answered 2xx: the event is delivered.
    case taken
    /// It answered something else, perhaps saying when to come again.
    case refused(status: Int, retryAfter: Duration?)
    /// It did not answer; the text says why, for the log and the dead letter.
    case failed(String)

    var reason: String {
        switch self {
        case .taken: "taken"
        case .refused(let status, _): "answered \(status)"
        case .failed(let reason): reason
        }
    }
}

/// Sends requests; made by whoever knows sockets. May be called many times at once.
package protocol WebhookSender: Sendable {
    func send(_ request: WebhookRequest) async -> WebhookOutcome
}

/// An event that is given up for its function and goes to the dead-letter queue.
package struct WebhookDeadLetter: Sendable {
    package let target: WebhookTarget
    package let delivery: String
    package let attempts: Int
    package let reason: String
    package let body: [UInt8]
}
