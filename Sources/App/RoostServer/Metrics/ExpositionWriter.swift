/// Prometheus' text format 0.0.4.
///
/// Source: https://prometheus.io/docs/instrumenting/exposition_formats/
struct ExpositionWriter {
    private(set) var text = ""

    mutating func write(_ name: String, _ family: MetricsRegistry.Family, help: String?) {
        if let help { text += "# HELP \(name) \(Self.escaped(help, quotes: false))\n" }
        text += "# TYPE \(name) \(family.type)\n"
        let sorted = family.series.sorted { Self.labelText($0.key) < Self.labelText($1.key) }
        for (labels, cell) in sorted { write(name, labels, cell) }
    }

    private mutating func write(_ name: String, _ labels: MetricsRegistry.Labels, _ cell: MetricsRegistry.Cell) {
        switch cell {
        case .counter(let counter): line(name, labels, counter.value)
        case .gauge(let gauge): line(name, labels, gauge.value)
        case .probe(let read): line(name, labels, read())
        case .histogram(let histogram): write(name, labels, histogram)
        }
    }

    private mutating func write(_ name: String, _ labels: MetricsRegistry.Labels, _ histogram: HistogramCell) {
        var below: UInt64 = 0
        let counts = histogram.counts
        for (index, count) in counts.enumerated() {
            below += count
            let bound = index < histogram.bounds.count ? Self.number(histogram.bounds[index]) : "+Inf"
            line(name + "_bucket", labels + [.init(name: "le", value: bound)], Double(below))
        }
        line(name + "_sum", labels, histogram.sum)
        line(name + "_count", labels, Double(below))
    }

    private mutating func line(_ name: String, _ labels: MetricsRegistry.Labels, _ value: Double) {
        text += name
        text += Self.labelText(labels)
        text += " "
        text += Self.number(value)
        text += "\n"
    }

    private static func labelText(_ labels: MetricsRegistry.Labels) -> String {
        if labels.isEmpty { return "" }
        return "{" + labels.map { "\($0.name)=\"\(escaped($0.value, quotes: true))\"" }.joined(separator: ",") + "}"
    }

    private static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        if value == value.rounded(), abs(value) < 1e15 { return String(Int64(value)) }
        return "\(value)"
    }

    private static func escaped(_ text: String, quotes: Bool) -> String {
        var result = ""
        for character in text.unicodeScalars {
            switch character {
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\"" where quotes: result += "\\\""
            default: result.unicodeScalars.append(character)
            }
        }
        return result
    }
}
