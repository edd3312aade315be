import Model
import Objects
import Synchronization

/// What a log says of a request beyond its head and its answer; made where there may be a log to say it in.
final class LogNotes: Sendable {
    /// One of several changes that a request made, or was refused: a line of its own.
    struct Change: Sendable {
        let bucket: BucketName
        let key: String
        /// `DELETE`, as in `BATCH.DELETE.OBJECT`.
        let verb: String
        let versionID: String?
        /// HTTP's.
        let status: Int
        let errorCode: String?
    }

    private struct State {
        var changes: [Change] = []
        var neededGrant = false
    }

    private let state = Mutex(State())

    func add(_ change: Change) { state.withLock { $0.changes.append(change) } }

    /// A list of grants allowed what nothing else did.
    func noteGrant() { state.withLock { $0.neededGrant = true } }

    var changes: [Change] { state.withLock { $0.changes } }
    var neededGrant: Bool { state.withLock { $0.neededGrant } }
}

extension S3Door {
    /// Nil where nothing will be logged. One that changes many keys may change those of other buckets than it names.
    func notes(_ operation: S3Operation, _ target: S3Target) -> LogNotes? {
        guard accessLog != nil else { return nil }
        if operation == .deleteObjects || operation == .batchChanges { return LogNotes() }
        guard let name = target.bucket.flatMap({ BucketName($0) }), objects.loggingHint(name) != nil else { return nil }
        return LogNotes()
    }
}
