import CoreMetrics
import Synchronization

/// A number that only grows.
package final class CounterCell: CounterHandler, FloatingPointCounterHandler, Sendable {
    private let units = Atomic<UInt64>(0)
    private let fraction = AtomicDouble()

    package init() {}

    package var value: Double { Double(units.load(ordering: .relaxed)) + fraction.value }

    package func increment() { units.wrappingAdd(1, ordering: .relaxed) }

    package func increment(by amount: Int64) { units.wrappingAdd(UInt64(clamping: amount), ordering: .relaxed) }

    package func increment(by amount: Double) {
        if amount > 0 { fraction.add(amount) }
    }

    package func reset() {
        units.store(0, ordering: .relaxed)
        fraction.set(0)
    }
}

/// A number that goes up and down.
package final class GaugeCell: MeterHandler, RecorderHandler, Sendable {
    private let number = AtomicDouble()

    package init() {}

    package var value: Double { number.value }

    package func set(_ value: Int64) { number.set(Double(value)) }
    package func set(_ value: Double) { number.set(value) }
    package func record(_ value: Int64) { number.set(Double(value)) }
    package func record(_ value: Double) { number.set(value) }
    package func increment(by amount: Double) { number.add(amount) }
    package func decrement(by amount: Double) { number.add(-amount) }
}

/// How often values fell below each of some fixed bounds, and their sum.
package final class HistogramCell: TimerHandler, RecorderHandler, Sendable {
    /// Seconds: from a sync of a fast disk to a long poll.
    package static let secondsBounds: [Double] = [
        0.0001, 0.000_25, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30,
    ]
    /// Counts and bytes: powers of four up to 4 GiB.
    package static let sizeBounds: [Double] = (0...16).map { Double(1 << (2 * $0)) }

    private final class Bucket: Sendable {
        let count = Atomic<UInt64>(0)
    }

    package let bounds: [Double]
    private let buckets: [Bucket]
    private let total = AtomicDouble()

    package init(bounds: [Double]) {
        self.bounds = bounds
        self.buckets = (0...bounds.count).map { _ in Bucket() }
    }

    package func record(_ value: Int64) { record(Double(value)) }

    package func record(_ value: Double) {
        let index = bounds.firstIndex { value <= $0 } ?? bounds.count
        buckets[index].count.wrappingAdd(1, ordering: .relaxed)
        total.add(value)
    }

    /// In seconds, as Prometheus wants times.
    package func recordNanoseconds(_ duration: Int64) { record(Double(duration) / 1e9) }

    package var sum: Double { total.value }

    /// Values in each bucket alone, the last one being those above all bounds.
    package var counts: [UInt64] { buckets.map { $0.count.load(ordering: .relaxed) } }
}

/// A double that several threads change.
private final class AtomicDouble: Sendable {
    private let bits = Atomic<UInt64>(0)

    var value: Double { Double(bitPattern: bits.load(ordering: .relaxed)) }

    func set(_ value: Double) { bits.store(value.bitPattern, ordering: .relaxed) }

    func add(_ amount: Double) {
        var current = bits.load(ordering: .relaxed)
        while true {
            let next = (Double(bitPattern: current) + amount).bitPattern
            let (exchanged, original) = bits.weakCompareExchange(expected: current, desired: next, ordering: .relaxed)
            if exchanged { return }
            current = original
        }
    }
}
