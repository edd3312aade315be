import Environment
import Identity
import Model
import NIOCore
import Objects
import Synchronization

/// The logs of buckets that have their requests logged: lines gathered in memory and delivered now and then as objects, as AWS delivers
/// them: for reading, not for proof. What a crash takes is lost; a stop delivers all.
///
/// Bounded: past `bytesMax` waiting bytes new lines are dropped and counted. Safe from any task.
package final class AccessLog: Sendable {
    /// Of lines that wait for their delivery.
    package static let bytesMax = 16 << 20
    /// Of one log object.
    static let objectBytesMax = 4 << 20
    /// A bucket whose lines grow to this is delivered at the next look, without waiting for its time.
    static let earlyBytes = 1 << 20
    /// How often `run` looks whether something is due.
    private static let look = Duration.milliseconds(500)

    /// Lines that go into the same objects.
    private struct Group: Hashable {
        let bucket: BucketName
        let log: LoggingConfiguration
        /// `yyyy-MM-dd` of the requests where the keys say it, else empty.
        let day: String
    }

    private struct Lines {
        let source: Bucket
        let since: UInt64
        var lines: [String] = []
        var bytes = 0
    }

    private struct State {
        var groups: [Group: Lines] = [:]
        var bytes = 0
        var dropped = 0
    }

    private let objects: Objects
    private let clock: any Clock
    private let random: any RandomSource
    private let interval: Duration
    private let dialect: S3Dialect
    private let report: @Sendable (String) -> Void
    private let state = Mutex(State())

    /// `interval` is how long a line waits at most; `report` takes what could not be delivered, for the log.
    package init(
        objects: Objects, clock: any Clock, random: any RandomSource, interval: Duration, dialect: S3Dialect,
        report: @escaping @Sendable (String) -> Void
    ) {
        self.objects = objects
        self.clock = clock
        self.random = random
        self.interval = interval
        self.dialect = dialect
        self.report = report
    }

    /// Lines that found no room since the start.
    package var dropped: Int { state.withLock { $0.dropped } }

    func now() -> Timestamp { clock.now() }

    private func nanoseconds() -> UInt64 { clock.monotonicNanoseconds() }

    func add(_ line: String, of bucket: Bucket, _ log: LoggingConfiguration, at time: Timestamp) {
        let day = log.keyFormat == .partitionedByEventTime ? String(LogKey.stamp(time).prefix(10)) : ""
        let group = Group(bucket: bucket.name, log: log, day: day)
        let now = nanoseconds()
        state.withLock { state in
            guard state.bytes + line.utf8.count + 1 <= Self.bytesMax else {
                state.dropped += 1
                return
            }
            state.bytes += line.utf8.count + 1
            state.groups[group, default: Lines(source: bucket, since: now)].lines.append(line)
            state.groups[group]?.bytes += line.utf8.count + 1
        }
    }

    /// Delivers what is due, until the task is cancelled.
    package func run() async {
        while !Task.isCancelled {
            try? await Task.sleep(for: Self.look)
            await flush(onlyDue: true)
        }
    }

    /// Delivers everything that waits. What cannot be delivered is reported and dropped: the next lines may fare better.
    package func flush() async { await flush(onlyDue: false) }

    private func flush(onlyDue: Bool) async {
        let (now, interval) = (nanoseconds(), interval)
        let due = state.withLock { state in
            let due = state.groups.filter { _, lines in
                !onlyDue || lines.bytes >= Self.earlyBytes || .nanoseconds(Int64(clamping: now &- lines.since)) >= interval
            }
            for (group, lines) in due {
                state.groups[group] = nil
                state.bytes -= lines.bytes
            }
            return due
        }
        for (group, lines) in due {
            var rest = lines.lines[...]
            while !rest.isEmpty { await deliver(Self.nextObject(&rest), group, lines.source) }
        }
    }

    private static func nextObject(_ rest: inout ArraySlice<String>) -> ByteBuffer {
        var text = ByteBuffer()
        while let line = rest.first, text.readableBytes == 0 || text.readableBytes + line.utf8.count < objectBytesMax {
            text.writeString(line)
            text.writeString("\n")
            rest = rest.dropFirst()
        }
        return text
    }

    private func deliver(_ text: ByteBuffer, _ group: Group, _ source: Bucket) async {
        let key = LogKey(source: source, log: group.log, day: group.day, now: clock.now(), unique: random.next()).text
        guard let key = ObjectKey(key) else { return report("a log's key is too long: \(group.bucket)") }
        do {
            // A name that another account took over since gets nothing.
            guard try await objects.bucket(group.log.targetBucket).owner.account == source.owner.account else {
                return report("a log was not delivered: \(group.log.targetBucket) has another owner than \(group.bucket)")
            }
            let delivery = ServiceDelivery(
                service: .logging, source: source, target: group.log.targetBucket, key: key, contentType: "text/plain",
                grants: group.log.targetGrants, prefix: group.log.targetPrefix, dialect: dialect)
            if let refusal = try await delivery.refusal(objects) { return report("a log was not delivered: \(refusal)") }
            _ = try await delivery.put(text, objects, requestID: RequestID(random: random.next()))
        } catch {
            report("a log of \(group.bucket) was not delivered to \(group.log.targetBucket): \(error)")
        }
    }
}
