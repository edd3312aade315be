import StoragePorts

/// The simplest ordered map that can be right: one sorted array. A copy is a snapshot.
struct SortedStore: Sendable {
    private(set) var entries: [(key: [UInt8], value: [UInt8])] = []

    private func lowerBound(_ key: [UInt8]) -> Int {
        var low = 0
        var high = entries.count
        while low < high {
            let middle = (low + high) / 2
            if entries[middle].key.lexicographicallyPrecedes(key) { low = middle + 1 } else { high = middle }
        }
        return low
    }

    subscript(key: [UInt8]) -> [UInt8]? {
        get {
            let index = lowerBound(key)
            return index < entries.count && entries[index].key == key ? entries[index].value : nil
        }
        set {
            let index = lowerBound(key)
            let present = index < entries.count && entries[index].key == key
            switch (newValue, present) {
            case (let value?, true): entries[index].value = value
            case (let value?, false): entries.insert((key, value), at: index)
            case (nil, true): entries.remove(at: index)
            case (nil, false): break
            }
        }
    }

    func scan(
        _ range: KeyRange, _ direction: ScanDirection,
        _ visit: (_ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) throws -> ScanStep
    ) throws {
        let first = lowerBound(range.lower)
        let end = range.upper.map(lowerBound) ?? entries.count
        var index = direction == .forward ? first : end - 1
        while index >= first, index < end {
            let (key, value) = entries[index]
            let step = try key.withUnsafeBytes { keyBytes in try value.withUnsafeBytes { try visit(keyBytes, $0) } }
            switch step {
            case .stop: return
            case .next: index += direction == .forward ? 1 : -1
            case .seek(let target):
                let next = direction == .forward ? lowerBound(target) : lowerBound(target) - 1
                precondition(direction == .forward ? next > index : next < index, "a seek goes ahead")
                index = next
            }
        }
    }
}
