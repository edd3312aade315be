import CoreMetrics
import Synchronization

/// All of the process's metrics, in memory, for `/metrics`.
///
/// Making a handler locks and looks up; using one does not. A name has at most `seriesMax` combinations of labels: what
/// comes after shares one series with the label `overflow`, so that a caller's mistake cannot fill the memory.
package final class MetricsRegistry: MetricsFactory, Sendable {
    package static let seriesMax = 2000

    typealias Labels = [Label]

    struct Label: Hashable {
        let name: String
        let value: String
    }

    enum Cell {
        case counter(CounterCell)
        case gauge(GaugeCell)
        case histogram(HistogramCell)
        /// Read when somebody asks.
        case probe(@Sendable () -> Double)
    }

    struct Family {
        let type: String
        var series: [Labels: Cell] = [:]
    }

    private struct State {
        var families: [String: Family] = [:]
        var helps: [String: String] = [:]
    }

    private let state = Mutex(State())

    package init() {}

    /// A line of explanation shown above the metric.
    package func describe(_ name: String, _ help: String) {
        state.withLock { $0.helps[name] = help }
    }

    /// A gauge whose value is asked for at each scrape. `read` must not block.
    package func probe(_ name: String, _ help: String, labels: [(String, String)] = [], _ read: @escaping @Sendable () -> Double) {
        describe(name, help)
        _ = cell(name, type: "gauge", labels) { .probe(read) }
    }

    package func counter(_ name: String, _ labels: [(String, String)] = []) -> CounterCell {
        if case .counter(let cell) = cell(name, type: "counter", labels, make: { .counter(CounterCell()) }) { return cell }
        return CounterCell()
    }

    package func gauge(_ name: String, _ labels: [(String, String)] = []) -> GaugeCell {
        if case .gauge(let cell) = cell(name, type: "gauge", labels, make: { .gauge(GaugeCell()) }) { return cell }
        return GaugeCell()
    }

    package func histogram(_ name: String, _ labels: [(String, String)] = [], bounds: [Double]) -> HistogramCell {
        let made = cell(name, type: "histogram", labels) { .histogram(HistogramCell(bounds: bounds)) }
        if case .histogram(let cell) = made { return cell }
        return HistogramCell(bounds: bounds)
    }

    /// The cell that stands there, or a new one. A name that is already of another type gets a cell that nobody shows.
    private func cell(_ name: String, type: String, _ labels: [(String, String)], make: () -> Cell) -> Cell {
        let name = Self.validName(name)
        let key = labels.map { Label(name: Self.validName($0.0), value: $0.1) }.sorted { $0.name < $1.name }
        return state.withLock { state in
            var family = state.families[name] ?? Family(type: type)
            guard family.type == type else { return make() }
            let isFull = family.series.count >= Self.seriesMax && family.series[key] == nil
            let place = isFull ? [Label(name: "overflow", value: "true")] : key
            if let standing = family.series[place] { return standing }
            let made = make()
            family.series[place] = made
            state.families[name] = family
            return made
        }
    }

    /// Letters, digits, underscores and colons; anything else becomes an underscore.
    static func validName(_ name: String) -> String {
        let isValid = name.utf8.allSatisfy(isValidByte) && !(name.utf8.first.map(isDigit) ?? true)
        if isValid { return name }
        let mapped = String(decoding: name.utf8.map { isValidByte($0) ? $0 : UInt8(ascii: "_") }, as: UTF8.self)
        return mapped.utf8.first.map(isDigit) ?? true ? "_" + mapped : mapped
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

    private static func isValidByte(_ byte: UInt8) -> Bool {
        isDigit(byte) || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20) || byte == UInt8(ascii: "_")
            || byte == UInt8(ascii: ":")
    }

    /// Everything, in Prometheus' text format 0.0.4, sorted by name and labels.
    package func exposition() -> String {
        let (families, helps) = state.withLock { ($0.families, $0.helps) }
        var writer = ExpositionWriter()
        for (name, family) in families.sorted(by: { $0.key < $1.key }) {
            writer.write(name, family, help: helps[name])
        }
        return writer.text
    }
}

// MARK: swift-metrics

extension MetricsRegistry {
    package func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler { counter(label, dimensions) }

    package func makeFloatingPointCounter(label: String, dimensions: [(String, String)]) -> any FloatingPointCounterHandler {
        counter(label, dimensions)
    }

    package func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler { gauge(label, dimensions) }

    package func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool) -> any RecorderHandler {
        if aggregate { return histogram(label, dimensions, bounds: HistogramCell.sizeBounds) }
        return gauge(label, dimensions)
    }

    package func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        histogram(label, dimensions, bounds: HistogramCell.secondsBounds)
    }

    // Series live as long as the process: a scrape must not lose what was counted.
    package func destroyCounter(_ handler: any CounterHandler) {}
    package func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) {}
    package func destroyMeter(_ handler: any MeterHandler) {}
    package func destroyRecorder(_ handler: any RecorderHandler) {}
    package func destroyTimer(_ handler: any TimerHandler) {}
}
