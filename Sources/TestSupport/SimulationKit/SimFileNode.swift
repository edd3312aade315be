/// A file's bytes as reads see them and as the medium has them.
///
/// Invariant: replaying `pending` in order over `durable` gives `bytes`, unless a sync has failed: then `durable` lacks for good
/// what that sync should have saved.
struct SimFileNode: Sendable {
    /// What a disk writes as a whole or not at all.
    static let sectorBytes = 512

    enum Change: Sendable {
        case write(offset: Int, bytes: [UInt8])
        /// Cuts, or extends with zeros.
        case resize(to: Int)
    }

    struct Pending: Sendable {
        /// Orders the changes of the whole disk.
        let sequence: Int
        let change: Change
    }

    private(set) var bytes: [UInt8] = []
    private(set) var durable: [UInt8] = []
    private(set) var pending: [Pending] = []
    /// Names that it has.
    var links = 0
    /// Open files.
    var handles = 0
    /// The handle that has the lock.
    var lockHolder: Int?

    init() {}

    /// A file whose bytes are all durable.
    init(durable: [UInt8]) {
        self.bytes = durable
        self.durable = durable
    }

    mutating func make(_ change: Change, sequence: Int) {
        Self.apply(change, to: &bytes)
        pending.append(Pending(sequence: sequence, change: change))
    }

    mutating func sync() {
        for entry in pending { Self.apply(entry.change, to: &durable) }
        pending.removeAll()
    }

    mutating func loseUnsynced() {
        pending.removeAll()
    }

    mutating func flipBit(at offset: Int, bit: Int) {
        precondition((0...7).contains(bit) && offset < bytes.count)
        bytes[offset] ^= 1 << UInt8(bit)
        if offset < durable.count { durable[offset] ^= 1 << UInt8(bit) }
    }

    static func apply(_ change: Change, to bytes: inout [UInt8]) {
        switch change {
        case .write(let offset, let more):
            resize(&bytes, to: max(bytes.count, offset + more.count))
            bytes.withUnsafeMutableBytes { target in
                UnsafeMutableRawBufferPointer(rebasing: target[offset..<offset + more.count]).copyBytes(from: more)
            }
        case .resize(let size): resize(&bytes, to: size)
        }
    }

    static func resize(_ bytes: inout [UInt8], to size: Int) {
        if size < bytes.count {
            bytes.removeLast(bytes.count - size)
        } else {
            bytes += [UInt8](repeating: 0, count: size - bytes.count)
        }
    }
}

// MARK: A power cut

extension SimFileNode {
    /// What the medium holds after a power cut.
    ///
    /// The size is that after some of the changes, in order: file systems journal it. Each sector is as it was after some of
    /// the changes that touched it: the page cache writes whole sectors back, at moments of its own. Two limits keep
    /// this physical: what a surviving cut has removed does not come back, and where the size survived but the sector did
    /// not, there are zeros or what was there before.
    func afterPowerCut(_ dice: SimCrashDice) -> [UInt8] {
        // Shortcuts, since most files of most ruins are one or the other.
        if pending.isEmpty || dice.losesContents { return durable }
        if dice.keepsContents { return pending.reduce(into: durable) { Self.apply($1.change, to: &$0) } }
        var history = SectorHistory(durable)
        for entry in pending { history.add(entry) }
        let kept = dice.keptCount(of: history.resizes.map(\.sequence))
        let size = kept == 0 ? durable.count : history.resizes[kept - 1].size
        let lastCut = history.resizes.prefix(kept).last { $0.isCut }?.sequence ?? 0
        var result = durable
        Self.resize(&result, to: max(size, durable.count))
        for (sector, versions) in history.sectors.sorted(by: { $0.key < $1.key }) {
            let keptCut = versions.lastIndex { $0.isCut && $0.sequence <= lastCut } ?? -1
            let chosen = max(dice.keptCount(of: versions.map(\.sequence)), keptCut + 1)
            // A cut that did not survive has not emptied anything either.
            guard let version = versions.prefix(chosen).last(where: { !$0.isCut || $0.sequence <= lastCut }) else { continue }
            let start = sector * Self.sectorBytes
            let count = min(version.image.count, result.count - start)
            if count > 0 { result.replaceSubrange(start..<start + count, with: version.image[..<count]) }
        }
        Self.resize(&result, to: size)
        return result
    }

    /// Every unsynced version of every sector, oldest first.
    private struct SectorHistory {
        struct Version {
            let sequence: Int
            /// Made by a cut of the file and not by a write.
            let isCut: Bool
            let image: [UInt8]
        }

        struct Resize {
            let sequence: Int
            let isCut: Bool
            let size: Int
        }

        private(set) var sectors: [Int: [Version]] = [:]
        private(set) var resizes: [Resize] = []
        private var bytes: [UInt8]

        init(_ durable: [UInt8]) {
            bytes = durable
        }

        mutating func add(_ entry: Pending) {
            let before = bytes.count
            SimFileNode.apply(entry.change, to: &bytes)
            let isCut = bytes.count < before
            if bytes.count != before { resizes.append(Resize(sequence: entry.sequence, isCut: isCut, size: bytes.count)) }
            switch entry.change {
            case .write(let offset, let more): note(offset..<offset + more.count, entry.sequence, isCut: false)
            // An extension writes nothing: beyond the old end there is nothing but zeros to be found.
            case .resize(let size): if isCut { note(size..<before, entry.sequence, isCut: true) }
            }
        }

        private mutating func note(_ range: Range<Int>, _ sequence: Int, isCut: Bool) {
            guard !range.isEmpty else { return }
            let sectorBytes = SimFileNode.sectorBytes
            for sector in range.lowerBound / sectorBytes...(range.upperBound - 1) / sectorBytes {
                let start = sector * sectorBytes
                var image = Array(bytes[min(start, bytes.count)..<min(start + sectorBytes, bytes.count)])
                SimFileNode.resize(&image, to: sectorBytes)
                sectors[sector, default: []].append(Version(sequence: sequence, isCut: isCut, image: image))
            }
        }
    }
}
