import Model

/// A half-open range of ledger keys, ordered as unsigned bytes. `upper` nil means "to the end".
package struct KeyRange: Sendable, Hashable {
    package let lower: [UInt8]
    package let upper: [UInt8]?

    package init(from lower: [UInt8], to upper: [UInt8]?) {
        self.lower = lower
        self.upper = upper
    }

    /// All keys that begin with `prefix`.
    package static func prefix(_ prefix: [UInt8]) -> KeyRange {
        KeyRange(from: prefix, to: successor(ofPrefix: prefix))
    }

    /// The smallest key above every key that begins with `prefix`; nil when there is none (all bytes 0xFF).
    package static func successor(ofPrefix prefix: [UInt8]) -> [UInt8]? {
        var key = prefix
        while let last = key.popLast() {
            if last < 0xFF {
                key.append(last + 1)
                return key
            }
        }
        return nil
    }

    package func contains(_ key: [UInt8]) -> Bool {
        if key.lexicographicallyPrecedes(lower) { return false }
        guard let upper else { return true }
        return key.lexicographicallyPrecedes(upper)
    }
}

package enum ScanDirection: Sendable {
    case forward
    case backward
}

/// What a visitor wants after an entry.
package enum ScanStep: Sendable {
    case next
    case stop
    /// Go on at the first key at or above this one (forward), or the last key below it (backward). Must lie ahead.
    case seek([UInt8])
}

/// Reads of one consistent state of the key-value space.
///
/// Shapes: keys and values are byte strings; keys below `StorageKeys.domainFloor` belong to storage.
/// A read that would block may throw `WouldBlock` to make the ledger run the closure again on a thread that may
/// block: let it pass.
package protocol KeyValueReader {
    func get(_ key: [UInt8]) throws -> [UInt8]?
    /// Visits entries of `range` in order. The pointers are valid only during the call.
    func scan(
        _ range: KeyRange, _ direction: ScanDirection,
        _ visit: (_ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) throws -> ScanStep
    ) throws
    /// The position of the last commit that changed a key whose first byte is `tag`: two readers that say the same see the same under
    /// all such keys, so what was made of them need not be read and made again. Nil when that is not known.
    func lastChange(ofTag tag: UInt8) -> LSN?
}

extension KeyValueReader {
    package func lastChange(ofTag tag: UInt8) -> LSN? { nil }

    /// The values of keys that rise, found in one scan: where the keys lie close together, a lookup of each takes several times as long.
    package func values(ofRising keys: [[UInt8]]) throws -> [[UInt8]?] {
        var values = [[UInt8]?](repeating: nil, count: keys.count)
        guard let first = keys.first, let last = keys.last else { return values }
        var index = 0
        try scan(KeyRange(from: first, to: last + [0]), .forward) { key, value in
            while index < keys.count, keys[index].lexicographicallyPrecedes(key) { index += 1 }
            guard index < keys.count else { return .stop }
            guard keys[index].elementsEqual(key) else { return .seek(keys[index]) }
            values[index] = Array(value)
            index += 1
            return index < keys.count ? .next : .stop
        }
        return values
    }
}

/// A consistent state as of `lsn`.
package protocol Snapshot: KeyValueReader {
    var lsn: LSN { get }
}

/// Thrown by a non-blocking reader on a cache miss. Not an error: the ledger catches it.
package struct WouldBlock: Error {
    package init() {}
}
