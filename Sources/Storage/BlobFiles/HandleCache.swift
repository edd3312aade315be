import Synchronization

/// Open containers that nobody may be reading, by number, bounded by count; the least recently used goes first.
///
/// A reader holds its container itself, so a container that leaves the cache is closed when its last reader goes, and
/// its bytes stay readable until then even when its name is gone from the directory.
final class HandleCache<Handle: AnyObject & Sendable>: Sendable {
    private struct State {
        var entries: [UInt64: (handle: Handle, used: UInt64)] = [:]
        var tick: UInt64 = 0
    }

    private let countMax: Int
    private let state = Mutex(State())

    init(countMax: Int) {
        precondition(countMax > 0)
        self.countMax = countMax
    }

    func handle(_ number: UInt64) -> Handle? {
        state.withLock { state in
            guard let index = state.entries.index(forKey: number) else { return nil }
            state.tick += 1
            state.entries.values[index].used = state.tick
            return state.entries.values[index].handle
        }
    }

    func insert(_ number: UInt64, _ handle: Handle) {
        // What leaves is closed behind the lock.
        let evicted: Handle? = state.withLock { state in
            state.tick += 1
            let replaced = state.entries.updateValue((handle, state.tick), forKey: number)?.handle
            guard state.entries.count > countMax else { return replaced }
            let oldest = state.entries.min { $0.value.used < $1.value.used }
            return oldest.flatMap { state.entries.removeValue(forKey: $0.key)?.handle }
        }
        _ = evicted
    }

    func remove(_ number: UInt64) {
        let removed = state.withLock { $0.entries.removeValue(forKey: number)?.handle }
        _ = removed
    }

    /// Closes what no reader holds, to make room for new descriptors.
    func removeAll() {
        let removed = state.withLock { state in
            defer { state.entries = [:] }
            return state.entries
        }
        _ = removed
    }

    var count: Int { state.withLock { $0.entries.count } }
}
