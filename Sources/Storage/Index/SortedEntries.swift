/// A sorted map in pieces: copying it costs nothing, and a change after a copy copies the list of pieces and one piece.
///
/// Invariants: no piece is empty; keys ascend within and across pieces; no piece has more than `pieceCountMax` entries.
struct SortedEntries: Sendable {
    struct Entry: Sendable {
        let key: [UInt8]
        let value: [UInt8]
    }

    /// Where an entry is; `piece` equal to the number of pieces is the end.
    struct Place: Equatable {
        var piece: Int
        var index: Int
    }

    private static let pieceCountMax = 64
    private var pieces: [[Entry]] = []
    private(set) var count = 0

    subscript(_ place: Place) -> Entry { pieces[place.piece][place.index] }
    var end: Place { Place(piece: pieces.count, index: 0) }

    /// The first entry at or above `key`.
    func lowerBound(_ key: [UInt8]) -> Place {
        let piece = Self.first(pieces.count) { !pieces[$0][pieces[$0].count - 1].key.lexicographicallyPrecedes(key) }
        guard piece < pieces.count else { return end }
        return Place(piece: piece, index: Self.first(pieces[piece].count) { !pieces[piece][$0].key.lexicographicallyPrecedes(key) })
    }

    func after(_ place: Place) -> Place {
        place.index + 1 < pieces[place.piece].count
            ? Place(piece: place.piece, index: place.index + 1) : Place(piece: place.piece + 1, index: 0)
    }

    /// Nil at the first entry.
    func before(_ place: Place) -> Place? {
        if place.index > 0 { return Place(piece: place.piece, index: place.index - 1) }
        return place.piece > 0 ? Place(piece: place.piece - 1, index: pieces[place.piece - 1].count - 1) : nil
    }

    func get(_ key: [UInt8]) -> [UInt8]? {
        let place = lowerBound(key)
        guard place != end, self[place].key == key else { return nil }
        return self[place].value
    }

    mutating func set(_ key: [UInt8], _ value: [UInt8]?) {
        let place = lowerBound(key)
        let isPresent = place != end && self[place].key == key
        switch (value, isPresent) {
        case (let value?, true): pieces[place.piece][place.index] = Entry(key: key, value: value)
        case (let value?, false): insert(Entry(key: key, value: value), at: place)
        case (nil, true): remove(at: place)
        case (nil, false): break
        }
    }

    private mutating func insert(_ entry: Entry, at place: Place) {
        count += 1
        guard place != end else {
            if let last = pieces.indices.last, pieces[last].count < Self.pieceCountMax {
                pieces[last].append(entry)
            } else {
                pieces.append([entry])
            }
            return
        }
        pieces[place.piece].insert(entry, at: place.index)
        if pieces[place.piece].count > Self.pieceCountMax {
            let half = pieces[place.piece].count / 2
            let upper = Array(pieces[place.piece][half...])
            pieces[place.piece].removeSubrange(half...)
            pieces.insert(upper, at: place.piece + 1)
        }
    }

    private mutating func remove(at place: Place) {
        count -= 1
        pieces[place.piece].remove(at: place.index)
        if pieces[place.piece].isEmpty { pieces.remove(at: place.piece) }
    }

    /// The first number below `count` for which `isReached` holds, which then holds for all above it; `count` when for none.
    private static func first(_ count: Int, where isReached: (Int) -> Bool) -> Int {
        var low = 0
        var high = count
        while low < high {
            let middle = (low + high) / 2
            if isReached(middle) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
