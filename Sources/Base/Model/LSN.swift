/// A commit's position in the journal: 1 for the first record, then one more for each. 0 means "before the first".
///
/// LSNs have no gaps. They order all commits of one data folder totally. They are not Kafka offsets and not byte positions.
package struct LSN: Hashable, Comparable, Sendable, CustomStringConvertible {
    package let rawValue: UInt64

    package init(_ rawValue: UInt64) {
        self.rawValue = rawValue
    }

    /// The position before the first commit.
    package static let zero = LSN(0)

    /// The position of the commit after this one.
    package var next: LSN { LSN(rawValue + 1) }

    package static func < (a: LSN, b: LSN) -> Bool { a.rawValue < b.rawValue }

    package var description: String { String(rawValue) }
}
