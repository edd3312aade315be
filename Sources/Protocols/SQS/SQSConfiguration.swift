import HTTPTypes
import Model

/// What the composition root decides for the SQS door.
package struct SQSConfiguration: Sendable {
    /// Names under which signatures are valid besides the `Host` that arrives: a proxy in front rewrites it.
    package var additionalHosts: [String]
    /// The authority in queue URLs when a request names none (HTTP/1.0 without `Host`).
    package var fallbackAuthority: String
    /// Takes what went wrong inside, for the log: a client only sees `InternalFailure`.
    package var report: @Sendable (RequestID, String) -> Void

    package init(
        additionalHosts: [String] = [], fallbackAuthority: String = "localhost",
        report: @escaping @Sendable (RequestID, String) -> Void = { _, _ in }
    ) {
        self.additionalHosts = additionalHosts
        self.fallbackAuthority = fallbackAuthority
        self.report = report
    }
}

package enum SQSLimits {
    /// The largest request: a mebibyte of text, each byte of which may come as three (`%XX`), and what stands around it.
    package static let bodyBytesMax = 4 << 20
    static let waitTimeoutMax: Duration = .seconds(30)
}

enum SQSNames {
    static let service = "sqs"
    static let targetPrefix = "AmazonSQS."
    /// The query protocol's only version, and the namespace of its answers.
    static let queryNamespace = "http://queue.amazonaws.com/doc/2012-11-05/"
}

extension HTTPField.Name {
    static let xAmznRequestID = HTTPField.Name("x-amzn-RequestId")!
    static let roostLSN = HTTPField.Name("x-roost-lsn")!
    static let roostWaitLSN = HTTPField.Name("x-roost-wait-lsn")!
}
