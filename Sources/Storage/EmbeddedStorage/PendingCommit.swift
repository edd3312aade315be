import Model
import StoragePorts

/// A commit on its way through the ledger's thread, with the type of its value erased.
///
/// Life: `run` once on the ledger's thread; then exactly one of `complete` and `fail`, from any thread.
protocol PendingCommit: AnyObject, Sendable {
    var durability: Durability { get }
    /// Runs the closure. False when it threw: the caller rolls the transaction back, and `complete` rethrows the error.
    func run(_ transaction: Transaction) -> Bool
    /// Hands the closure's outcome to the caller.
    func complete(at lsn: LSN)
    /// Hands the ledger's own failure to the caller, whatever the closure returned.
    func fail(_ error: LedgerError)
}

/// Safe without a lock: the ledger's thread alone touches `outcome`, between taking the commit and completing it.
final class ClosureCommit<Value: Sendable>: PendingCommit, @unchecked Sendable {
    let durability: Durability
    private let body: @Sendable (Transaction) throws -> Value
    private let continuation: UnsafeContinuation<Committed<Value>, any Error>
    private var outcome: Result<Value, any Error>?

    init(
        durability: Durability, continuation: UnsafeContinuation<Committed<Value>, any Error>,
        body: @escaping @Sendable (Transaction) throws -> Value
    ) {
        self.durability = durability
        self.body = body
        self.continuation = continuation
    }

    func run(_ transaction: Transaction) -> Bool {
        precondition(outcome == nil, "a commit runs once")
        do {
            outcome = .success(try body(transaction))
            return true
        } catch {
            outcome = .failure(error)
            return false
        }
    }

    func complete(at lsn: LSN) {
        switch outcome {
        case .success(let value): continuation.resume(returning: Committed(value: value, lsn: lsn))
        case .failure(let error): continuation.resume(throwing: error)
        case nil: preconditionFailure("a commit completes after it ran")
        }
    }

    func fail(_ error: LedgerError) {
        continuation.resume(throwing: error)
    }
}
