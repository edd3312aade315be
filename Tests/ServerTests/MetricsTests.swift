import CoreMetrics
import RoostServer
import Testing

@Suite("Metrics") struct MetricsTests {
    @Test func countersGaugesAndProbesAreShown() {
        let registry = MetricsRegistry()
        registry.describe("jobs_total", "Jobs \\ done.\nAll of them.")
        registry.counter("jobs_total", [("kind", "a\"b\\c\nd")]).increment()
        registry.counter("jobs_total", [("kind", "a\"b\\c\nd")]).increment(by: Int64(2))
        registry.gauge("depth").set(2.5)
        registry.probe("size", "Bytes.") { 4096 }
        let expected = """
            # TYPE depth gauge
            depth 2.5
            # HELP jobs_total Jobs \\\\ done.\\nAll of them.
            # TYPE jobs_total counter
            jobs_total{kind="a\\"b\\\\c\\nd"} 3
            # HELP size Bytes.
            # TYPE size gauge
            size 4096

            """
        #expect(registry.exposition() == expected)
    }

    @Test func histogramsAreCumulative() {
        let registry = MetricsRegistry()
        let cell = registry.histogram("wait_seconds", [("door", "s3")], bounds: [0.1, 1])
        for value in [0.05, 0.1, 0.5, 7.0] { cell.record(value) }
        let expected = """
            # TYPE wait_seconds histogram
            wait_seconds_bucket{door="s3",le="0.1"} 2
            wait_seconds_bucket{door="s3",le="1"} 3
            wait_seconds_bucket{door="s3",le="+Inf"} 4
            wait_seconds_sum{door="s3"} 7.65
            wait_seconds_count{door="s3"} 4

            """
        #expect(registry.exposition() == expected)
    }

    @Test func seriesAreBounded() {
        let registry = MetricsRegistry()
        for index in 0..<(MetricsRegistry.seriesMax + 50) { registry.counter("many", [("n", String(index))]).increment() }
        let lines = registry.exposition().split(separator: "\n")
        #expect(lines.count == MetricsRegistry.seriesMax + 2)
        #expect(lines.contains("many{overflow=\"true\"} 50"))
    }

    @Test func libraryMetricsArrive() {
        let registry = MetricsRegistry()
        let timer = registry.makeTimer(label: "sync.seconds", dimensions: [])
        timer.recordNanoseconds(1_500_000)
        registry.makeRecorder(label: "batch", dimensions: [], aggregate: true).record(Int64(3))
        registry.makeMeter(label: "9lives", dimensions: [("a-b", "c")]).set(9.0)
        let text = registry.exposition()
        #expect(text.contains("sync_seconds_bucket{le=\"0.0025\"} 1\n") && text.contains("sync_seconds_bucket{le=\"0.001\"} 0\n"))
        #expect(text.contains("batch_sum 3\n") && text.contains("_9lives{a_b=\"c\"} 9\n"))
    }
}
