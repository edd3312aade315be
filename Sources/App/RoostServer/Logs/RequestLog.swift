import Edge
import HTTPTypes
import Logging

/// One line per answered request. Holds the operation and never the path or query: those carry keys and signatures.
package struct RequestLog: Sendable {
    package enum Mode: String, Sendable, CaseIterable {
        case off
        /// Answers of 500 and above, and answers that did not reach their client whole because of the server.
        case errors
        case all
    }

    let mode: Mode
    let logger: Logger

    func finished(_ record: ExchangeRecord) {
        let isError = record.status.code >= 500 || record.outcome == .cut
        guard mode == .all || (mode == .errors && isError) else { return }
        logger.log(
            level: isError ? .error : .info, "request",
            metadata: [
                "request_id": "\(record.id)", "door": "\(record.route)", "operation": "\(record.operation)",
                "method": "\(record.method.rawValue)", "status": "\(record.status.code)", "outcome": "\(record.outcome.rawValue)",
                "bytes_in": "\(record.bytesIn)", "bytes_out": "\(record.bytesOut)", "microseconds": "\(record.nanoseconds / 1000)",
                "remote": "\(record.remoteAddress)", "http": "\(record.isHTTP2 ? "2" : "1.1")",
            ])
    }

    func refused(_ status: HTTPResponse.Status?) {
        guard mode == .all else { return }
        logger.info("malformed request", metadata: ["status": "\(status?.code ?? 0)"])
    }
}

/// What the server tells of each exchange, to metrics and log.
package struct ServerObserver: EdgeObserver {
    private let meters: RequestMeters
    private let log: RequestLog

    package init(registry: MetricsRegistry, mode: RequestLog.Mode, logger: Logger) {
        meters = RequestMeters(registry)
        log = RequestLog(mode: mode, logger: logger)
    }

    package func connectionOpened() { meters.connectionOpened() }
    package func connectionClosed() { meters.connectionClosed() }
    package func exchangeStarted() { meters.started() }

    package func exchangeFinished(_ record: ExchangeRecord) {
        meters.finished(record)
        log.finished(record)
    }

    package func requestRefused(_ status: HTTPResponse.Status?) {
        meters.refusedHead()
        log.refused(status)
    }
}
