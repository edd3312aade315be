import Environment
import StoragePorts

extension BlobError {
    /// What a failed disk call means for a payload. A missing file is no `notFound` here: only who knows that it may
    /// have been swept can say so.
    init(_ error: DiskError) {
        switch error.kind {
        case .noSpace: self = .noSpace
        case .tooManyFiles: self = .tooManyFiles
        case .notFound, .exists, .failed: self = .failed(error.description)
        }
    }
}

extension BlockingPool {
    /// Runs `body` on one of the threads. Throws `BlobError.busy` when too many jobs wait, beside what `body` throws.
    func runForBlobs<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
        do {
            return try await run(body)
        } catch let failure as Failure {
            throw failure == .full ? BlobError.busy : BlobError.failed("the server is stopping")
        }
    }
}

/// Runs disk calls and turns their errors into the port's.
func mappingDiskErrors<Value>(_ body: () throws(DiskError) -> Value) throws(BlobError) -> Value {
    do {
        return try body()
    } catch {
        throw BlobError(error)
    }
}
