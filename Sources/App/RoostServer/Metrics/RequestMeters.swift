import Edge
import HTTPTypes
import Synchronization

/// Counts connections and requests. Each combination of door, operation and status is looked up once per request under a
/// lock that is held for one dictionary access; everything else is an atomic addition.
final class RequestMeters: Sendable {
    private struct Series: Hashable {
        let door: String
        let operation: String
        let status: Int
    }

    private struct Cells {
        let count: CounterCell
        let seconds: HistogramCell
    }

    private let registry: MetricsRegistry
    private let cells = Mutex<[Series: Cells]>([:])
    private let connections: GaugeCell
    private let connectionsTotal: CounterCell
    private let inFlight: GaugeCell
    private let refused: CounterCell
    private let received: CounterCell
    private let sent: CounterCell
    private let broken: CounterCell

    init(_ registry: MetricsRegistry) {
        self.registry = registry
        registry.describe("roost_http_connections", "Open connections.")
        registry.describe("roost_http_connections_total", "Connections accepted.")
        registry.describe("roost_http_requests_in_flight", "Requests whose answer is not complete.")
        registry.describe("roost_http_requests_total", "Answers by door, operation and status.")
        registry.describe("roost_http_request_seconds", "From a request's head to the end of its answer.")
        registry.describe("roost_http_refused_total", "Malformed or oversized heads, answered before any door.")
        registry.describe("roost_http_received_bytes_total", "Bytes of request bodies.")
        registry.describe("roost_http_sent_bytes_total", "Bytes of answers' bodies.")
        registry.describe("roost_http_broken_total", "Answers that did not reach their client whole.")
        connections = registry.gauge("roost_http_connections")
        connectionsTotal = registry.counter("roost_http_connections_total")
        inFlight = registry.gauge("roost_http_requests_in_flight")
        refused = registry.counter("roost_http_refused_total")
        received = registry.counter("roost_http_received_bytes_total")
        sent = registry.counter("roost_http_sent_bytes_total")
        broken = registry.counter("roost_http_broken_total")
    }

    func connectionOpened() {
        connections.increment(by: 1)
        connectionsTotal.increment()
    }

    func connectionClosed() { connections.decrement(by: 1) }

    func started() { inFlight.increment(by: 1) }

    func refusedHead() { refused.increment() }

    func finished(_ record: ExchangeRecord) {
        inFlight.decrement(by: 1)
        let cells = cells(Series(door: record.route, operation: record.operation, status: record.status.code))
        cells.count.increment()
        cells.seconds.recordNanoseconds(Int64(clamping: record.nanoseconds))
        if record.bytesIn > 0 { received.increment(by: record.bytesIn) }
        if record.bytesOut > 0 { sent.increment(by: record.bytesOut) }
        if record.outcome != .answered { broken.increment() }
    }

    private func cells(_ series: Series) -> Cells {
        cells.withLock { known in
            if let cells = known[series] { return cells }
            let operation = [("door", series.door), ("operation", series.operation)]
            let made = Cells(
                count: registry.counter("roost_http_requests_total", operation + [("status", String(series.status))]),
                seconds: registry.histogram("roost_http_request_seconds", operation, bounds: HistogramCell.secondsBounds))
            known[series] = made
            return made
        }
    }
}
