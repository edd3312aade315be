/// The changes of a batch that are not yet in the durable state, with undo for a transaction that fails.
///
/// Invariant: `undo` holds, newest last, what each change replaced since the batch began, so undoing to a mark
/// restores exactly the state at that mark. One dictionary serves gets in one probe; scans sort the few keys in range.
package final class Overlay {
    package struct Change {
        package let value: [UInt8]?
    }

    private var changes: [[UInt8]: Change] = [:]
    private var undo: [(key: [UInt8], before: Change?)] = []
    /// First bytes of keys that were set since the batch began, undone or not.
    private var tags = Set<UInt8>()

    package init() {}

    /// False when no key that begins with `tag` differs from the durable state.
    package func mayChange(tag: UInt8) -> Bool { tags.contains(tag) }

    /// Every change with what it came to, by key: what follows what the index took last costs it no search.
    package var outcome: [(key: [UInt8], value: [UInt8]?)] {
        changes.map { (key: $0.key, value: $0.value.value) }.sorted { Self.precedes($0.key, $1.key) }
    }

    /// Lexicographic, eight bytes at a step: keys of one kind begin alike.
    private static func precedes(_ a: [UInt8], _ b: [UInt8]) -> Bool {
        a.withUnsafeBytes { a in
            b.withUnsafeBytes { b in
                let step = MemoryLayout<UInt64>.size
                let common = min(a.count, b.count)
                var offset = 0
                while offset + step <= common {
                    let left = UInt64(bigEndian: a.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
                    let right = UInt64(bigEndian: b.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
                    if left != right { return left < right }
                    offset += step
                }
                return a[offset...].lexicographicallyPrecedes(b[offset...])
            }
        }
    }

    package func mark() -> Int { undo.count }

    package func change(of key: [UInt8]) -> Change? { changes[key] }

    package func set(_ key: [UInt8], _ value: [UInt8]?) {
        undo.append((key, changes.updateValue(Change(value: value), forKey: key)))
        if let tag = key.first { tags.insert(tag) }
    }

    package func undo(to mark: Int) {
        while undo.count > mark, let (key, before) = undo.popLast() {
            changes[key] = before
        }
    }

    /// Forgets everything: the batch is in the durable state.
    package func removeAll() {
        changes.removeAll(keepingCapacity: true)
        undo.removeAll(keepingCapacity: true)
        tags.removeAll(keepingCapacity: true)
    }

    /// Visits `range` of `base` with the changes laid over it.
    package func scan(
        _ range: KeyRange, _ direction: ScanDirection, over base: any KeyValueReader,
        _ visit: (_ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) throws -> ScanStep
    ) throws {
        let inRange = changes.filter { range.contains($0.key) }
        if inRange.isEmpty { return try base.scan(range, direction, visit) }
        let forward = direction == .forward
        let sorted = inRange.sorted { a, b in
            forward ? a.key.lexicographicallyPrecedes(b.key) : b.key.lexicographicallyPrecedes(a.key)
        }
        var merge = OverlayMerge(changes: sorted.map { ($0.key, $0.value.value) }, forward: forward)
        var lower = range.lower
        var upper = range.upper
        while true {
            var seekTo: [UInt8]?
            var stopped = false
            try base.scan(KeyRange(from: lower, to: upper), direction) { key, value in
                let step = try merge.visitBase(key, value, visit)
                switch step {
                case .next: return .next
                case .stop: stopped = true
                case .seek(let target): seekTo = target
                }
                return .stop
            }
            if !stopped, seekTo == nil {
                switch try merge.visitRest(visit) {
                case .next: return
                case .stop: stopped = true
                case .seek(let target): seekTo = target
                }
            }
            guard !stopped, let target = seekTo else { return }
            merge.skip(to: target)
            if forward { lower = target } else { upper = target }
        }
    }
}

/// Merges sorted changes into a scan of the base; a change hides the base's entry of the same key.
private struct OverlayMerge {
    let changes: [(key: [UInt8], value: [UInt8]?)]
    let forward: Bool
    var index = 0

    typealias Visit = (_ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) throws -> ScanStep

    private func isAhead(_ key: UnsafeRawBufferPointer, of other: [UInt8]) -> Bool {
        forward ? other.lexicographicallyPrecedes(key) : key.lexicographicallyPrecedes(other)
    }

    mutating func visitBase(_ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer, _ visit: Visit) throws -> ScanStep {
        while index < changes.count, isAhead(key, of: changes[index].key) {
            let step = try visitChange(visit)
            guard case .next = step else { return step }
        }
        if index < changes.count, changes[index].key.elementsEqual(key) { return try visitChange(visit) }
        return try visit(key, value)
    }

    mutating func visitRest(_ visit: Visit) throws -> ScanStep {
        while index < changes.count {
            let step = try visitChange(visit)
            guard case .next = step else { return step }
        }
        return .next
    }

    private mutating func visitChange(_ visit: Visit) throws -> ScanStep {
        let (key, value) = changes[index]
        index += 1
        guard let value else { return .next }
        return try key.withUnsafeBytes { keyBytes in try value.withUnsafeBytes { try visit(keyBytes, $0) } }
    }

    mutating func skip(to target: [UInt8]) {
        while index < changes.count {
            let key = changes[index].key
            let reached = forward ? !key.lexicographicallyPrecedes(target) : key.lexicographicallyPrecedes(target)
            if reached { return }
            index += 1
        }
    }
}
