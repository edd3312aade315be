import Environment
import Logging
import Model
import Objects

/// Passes over the buckets with lifecycle rules, one after another, again and again until the server stops.
struct LifecycleRunner: Sendable {
    /// Passes begin this often in a day: what is over ends within the hour.
    private static let passesPerDay = 24
    private static let passPauseMin = Duration.milliseconds(200)
    /// 22,000 endings in a second, which is about a third of the ledger's time: a million in under a minute, and clients hardly notice.
    private static let timePerEnding = Duration.microseconds(45)
    private static let bucketsPerLook = 100

    let objects: Objects
    let clock: LifecycleClock
    let time: any Clock
    let logger: Logger

    func run() async {
        while !Task.isCancelled {
            do {
                try await passOverAll()
                try await Task.sleep(for: max(clock.day / Self.passesPerDay, Self.passPauseMin))
            } catch is CancellationError {
                return
            } catch {
                logger.warning("a lifecycle pass failed; the next one goes on", metadata: ["error": "\(error)"])
                try? await Task.sleep(for: .seconds(1))
            }
        }
    }

    private func passOverAll() async throws {
        var after: BucketName?
        while true {
            let names = try await objects.bucketsWithLifecycle(after: after, countMax: Self.bucketsPerLook)
            for name in names { try await pass(over: name) }
            guard names.count == Self.bucketsPerLook else { return }
            after = names.last
        }
    }

    private func pass(over bucket: BucketName) async throws {
        do {
            var pass = try await objects.lifecyclePass(over: bucket, at: time.now())
            while !pass.isDone {
                let begin = ContinuousClock.now
                let endedBefore = pass.endedCount
                try await objects.step(&pass, clock)
                try Task.checkCancellation()
                try await Task.sleep(until: begin + Self.timePerEnding * (pass.endedCount - endedBefore))
            }
            if pass.endedCount > 0 {
                logger.info("lifecycle", metadata: ["bucket": "\(bucket)", "ended": "\(pass.endedCount)"])
            }
        } catch ObjectsError.noSuchBucket {
            return
        }
    }
}
