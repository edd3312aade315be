import Environment
import StoragePorts
import Synchronization

/// Empty files made ahead, their names already durable, so that storing a large payload neither creates a file nor syncs
/// a directory: one directory sync serves a whole batch. A crash leaves empty files that nothing names; the sweep
/// takes them as it takes every other orphan.
final class SpareFiles: Sendable {
    struct Spare: Sendable {
        let number: UInt64
        let file: any DiskFile
    }

    private struct State {
        var ready: [Spare] = []
        var waiters: [CheckedContinuation<Spare, any Error>] = []
        var isMaking = false
    }

    private let containers: OpenContainers
    private let paths: BlobPaths
    private let numbers: NumberSource
    private let pool: BlockingPool
    private let batch: Int
    private let state = Mutex(State())
    private let knownDirectories = Mutex<Set<String>>([])

    init(containers: OpenContainers, paths: BlobPaths, numbers: NumberSource, pool: BlockingPool, batch: Int) {
        precondition(batch > 0)
        self.containers = containers
        self.paths = paths
        self.numbers = numbers
        self.pool = pool
        self.batch = batch
    }

    /// A file of the caller's own: empty, open for writing, its name durable. Throws `BlobError`.
    func claim() async throws -> Spare {
        let (ready, runsLow) = state.withLock { state in
            let spare = state.ready.popLast()
            let runsLow = spare != nil && state.ready.count < batch / 4 && !state.isMaking
            if runsLow { state.isMaking = true }
            return (spare, runsLow)
        }
        if runsLow { startMaking() }
        if let ready { return ready }
        return try await withCheckedThrowingContinuation { continuation in
            let (spare, make) = state.withLock { state -> (Spare?, Bool) in
                if let spare = state.ready.popLast() { return (spare, false) }
                state.waiters.append(continuation)
                defer { state.isMaking = true }
                return (nil, !state.isMaking)
            }
            if let spare { continuation.resume(returning: spare) }
            if make { startMaking() }
        }
    }

    /// Removes the files that nobody claimed. Blocks.
    func close() {
        let ready = state.withLock { state in
            defer { state.ready = [] }
            return state.ready
        }
        for spare in ready { try? containers.disk.remove(paths.file(spare.number)) }
    }

    private func startMaking() {
        let failure = pool.submit { self.deliver(Result { () throws(BlobError) in try self.make() }) }
        if let failure { deliver(.failure(failure)) }
    }

    private func deliver(_ result: Result<[Spare], any Error>) {
        let (served, failed, makeMore) = state.withLock { state in
            var served: [(CheckedContinuation<Spare, any Error>, Spare)] = []
            var failed: [CheckedContinuation<Spare, any Error>] = []
            switch result {
            case .success(let made):
                state.ready.append(contentsOf: made.reversed())
                while !state.waiters.isEmpty, let spare = state.ready.popLast() { served.append((state.waiters.removeFirst(), spare)) }
            case .failure:
                failed = state.waiters
                state.waiters = []
            }
            state.isMaking = !state.waiters.isEmpty
            return (served, failed, state.isMaking)
        }
        for (waiter, spare) in served { waiter.resume(returning: spare) }
        if case .failure(let error) = result { for waiter in failed { waiter.resume(throwing: error) } }
        if makeMore { startMaking() }
    }

    /// As many as there is room for, at least one.
    private func make() throws(BlobError) -> [Spare] {
        var made: [Spare] = []
        var directories: [String] = []
        do throws(BlobError) {
            for _ in 0..<batch {
                let number = try numbers.take()
                let directory = paths.directory(ofFile: number)
                if !directories.contains(directory) {
                    try prepare(directory)
                    directories.append(directory)
                }
                let path = paths.file(number)
                let file = try mappingDiskErrors { () throws(DiskError) in try containers.open(path, .createNew) }
                made.append(Spare(number: number, file: file))
            }
        } catch {
            if made.isEmpty { throw error }
        }
        do throws(DiskError) {
            for directory in directories { try containers.disk.syncDirectory(directory) }
        } catch {
            for spare in made { try? containers.disk.remove(paths.file(spare.number)) }
            throw BlobError(error)
        }
        return made
    }

    private func prepare(_ directory: String) throws(BlobError) {
        if knownDirectories.withLock({ $0.contains(directory) }) { return }
        try mappingDiskErrors { () throws(DiskError) in
            try containers.disk.createDirectory(directory)
            try containers.disk.syncDirectory(paths.files)
        }
        knownDirectories.withLock { _ = $0.insert(directory) }
    }
}
