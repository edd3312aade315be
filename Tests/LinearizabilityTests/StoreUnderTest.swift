import EmbeddedStorage
import Environment
import Index
import Journal
import Logging
import Model
import ModelLedger
import Objects
import SimulationKit
import StoragePorts

/// The domain on each implementation of the ports.
enum StoreUnderTest: String, CaseIterable, Sendable {
    case model
    /// With its threads, on the simulated disk; the index in memory often sends reads to the blocking pool.
    case embedded

    static let bucket = BucketName("race")!
    static let context = ChangeContext(
        principal: Principal(
            account: AccountID("111111111111")!, arn: ARN(service: "iam", region: "", account: "111111111111", resource: "root"),
            accessKeyID: "AKIAALICE", canonicalID: String(repeating: "a", count: 64), displayName: "alice"),
        requestID: RequestID(random: 1), hostID: "host", sourceIP: "127.0.0.1")

    /// Runs `body` on a store with the bucket and nothing in it.
    func with(_ body: (Objects) async throws -> Void) async throws {
        switch self {
        case .model:
            let blobs = ModelBlobs()
            try await Self.run(ModelLedger(clock: SimClock(), blobs: blobs), blobs, body)
        case .embedded:
            let environment = Environment(disk: SimDisk(), clock: SimClock(), random: SimRandom(seed: 1))
            var configuration = EmbeddedStorage.Configuration()
            configuration.journal.segmentBytes = 256 * 1024
            configuration.blockingThreads = 2
            let storage = try EmbeddedStorage(
                root: "/data", environment: environment, configuration: configuration, processID: 1, log: Logger(label: "linearizability"),
                makeIndex: { _ in MemoryIndex(misses: SimRandom(seed: 2)) })
            defer { storage.close() }
            try await Self.run(storage.ledger, storage.blobs, body)
        }
    }

    private static func run(_ ledger: any Ledger, _ blobs: any Blobs, _ body: (Objects) async throws -> Void) async throws {
        let objects = Objects(ledger: ledger, blobs: blobs, random: SimRandom(seed: 3), region: .usEast1)
        _ = try await objects.createBucket(bucket, context: context)
        try await body(objects)
    }
}
