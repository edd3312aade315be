import Environment
import Model
import StoragePorts
import Synchronization

/// An index in memory, for simulations and as the model of the other one. Deterministic; never blocks.
package final class MemoryIndex: OrderedIndex {
    fileprivate struct State {
        var lsn: LSN
        var entries: SortedEntries
        var tags: TagPositions
    }

    private struct Shared {
        var current: State
        /// States that a crash may leave, oldest first: the last flushed one and each applied since.
        var recoverable: [State]
        var isClosed = false
    }

    private let shared: Mutex<Shared>
    private let misses: (any RandomSource)?

    /// Empty, at position 0. With `misses`, one of eight reads of a snapshot that may not block throws `WouldBlock`.
    package convenience init(misses: (any RandomSource)? = nil) {
        self.init(State(lsn: .zero, entries: SortedEntries(), tags: TagPositions(floor: .zero)), misses)
    }

    private init(_ state: State, _ misses: (any RandomSource)?) {
        shared = Mutex(Shared(current: state, recoverable: [state]))
        self.misses = misses
    }

    /// What opening after a crash would find: the state at some position from `durableLSN` on, chosen by `random`.
    package func crashClone(_ random: any RandomSource) -> MemoryIndex {
        let states = shared.withLock { $0.recoverable }
        return MemoryIndex(states[Int(random.next() % UInt64(states.count))], misses)
    }

    package func apply(_ groups: [[IndexWrite]], lsn: LSN) throws(IndexError) {
        try shared.withLock { shared throws(IndexError) in
            if shared.isClosed { throw .closed }
            precondition(lsn > shared.current.lsn, "positions rise")
            for (key, value) in groups.joined() {
                precondition(!IndexKeys.isReserved(key))
                shared.current.entries.set(key, value)
                shared.current.tags.note(key[0], lsn)
            }
            shared.current.lsn = lsn
            shared.recoverable.append(shared.current)
        }
    }

    package var appliedLSN: LSN { shared.withLock { $0.current.lsn } }

    package func durableLSN() throws(IndexError) -> LSN { shared.withLock { $0.recoverable[0].lsn } }

    package func flush() throws(IndexError) -> LSN {
        try shared.withLock { shared throws(IndexError) in
            if shared.isClosed { throw .closed }
            shared.recoverable = [shared.current]
            return shared.current.lsn
        }
    }

    package func makeSnapshot(mayBlock: Bool) throws(IndexError) -> any IndexSnapshot {
        let state = try shared.withLock { shared throws(IndexError) in
            if shared.isClosed { throw .closed }
            return shared.current
        }
        return MemorySnapshot(state, misses: mayBlock ? nil : misses)
    }

    package func checkpoint(to directory: String) throws(IndexError) {
        throw .failed("an index in memory has no files")
    }

    package func verify() throws(IndexError) -> UInt64 { shared.withLock { UInt64($0.current.entries.count) } }

    package func statistics() -> IndexStatistics {
        var statistics = IndexStatistics()
        statistics.keys = shared.withLock { UInt64($0.current.entries.count) }
        return statistics
    }

    package func close() { shared.withLock { $0.isClosed = true } }
}

private final class MemorySnapshot: IndexSnapshot {
    private let state: MemoryIndex.State
    private let misses: (any RandomSource)?

    init(_ state: MemoryIndex.State, misses: (any RandomSource)?) {
        self.state = state
        self.misses = misses
    }

    var lsn: LSN { state.lsn }

    private var entries: SortedEntries { state.entries }

    func lastChange(ofTag tag: UInt8) -> LSN? { state.tags.lastChange(ofTag: tag, in: lsn) }

    private func mayMiss() throws {
        if let misses, misses.next() % 8 == 0 { throw WouldBlock() }
    }

    func get(_ key: [UInt8]) throws -> [UInt8]? {
        try mayMiss()
        return entries.get(key)
    }

    func scan(
        _ range: KeyRange, _ direction: ScanDirection,
        _ visit: (_ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) throws -> ScanStep
    ) throws {
        try mayMiss()
        var place = start(range, direction)
        while let here = place, here != entries.end {
            let entry = entries[here]
            guard range.contains(entry.key) else { return }
            let step = try entry.key.withUnsafeBytes { key in try entry.value.withUnsafeBytes { try visit(key, $0) } }
            let following = direction == .forward ? entries.after(here) : entries.before(here)
            switch step {
            case .next: place = following
            case .stop: return
            case .seek(let target): place = seek(target, direction, atLeast: following)
            }
        }
    }

    private func start(_ range: KeyRange, _ direction: ScanDirection) -> SortedEntries.Place? {
        switch direction {
        case .forward: entries.lowerBound(range.lower)
        case .backward: entries.before(range.upper.map(entries.lowerBound) ?? entries.end)
        }
    }

    /// A target that does not lie ahead is as good as the next entry: a scan never goes back.
    private func seek(_ target: [UInt8], _ direction: ScanDirection, atLeast following: SortedEntries.Place?) -> SortedEntries.Place? {
        guard let following, following != entries.end else { return following }
        let isBehind =
            direction == .forward
            ? !entries[following].key.lexicographicallyPrecedes(target) : entries[following].key.lexicographicallyPrecedes(target)
        if isBehind { return following }
        let place = entries.lowerBound(target)
        return direction == .forward ? place : entries.before(place)
    }
}
