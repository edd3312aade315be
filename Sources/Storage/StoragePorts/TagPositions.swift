import Model

/// The position of the last change under each first byte of keys. A value: a snapshot keeps the one of its state.
///
/// Invariant: never below the truth. What happened before it was made counts as changed at `floor`.
package struct TagPositions: Sendable {
    private var positions: [UInt64]

    package init(floor: LSN) {
        positions = Array(repeating: floor.rawValue, count: 256)
    }

    /// The commits up to `lsn` changed a key that begins with `tag`.
    package mutating func note(_ tag: UInt8, _ lsn: LSN) {
        positions[Int(tag)] = lsn.rawValue
    }

    /// Nil when something newer than the state of `lsn` was noted already.
    package func lastChange(ofTag tag: UInt8, in lsn: LSN) -> LSN? {
        let position = positions[Int(tag)]
        return position <= lsn.rawValue ? LSN(position) : nil
    }
}
