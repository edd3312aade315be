import Environment
import StoragePorts

/// Goes through the entries of a pack's generation in the order in which they lie, for compaction and verification. Blocks.
///
/// Where no valid header stands it looks for the next one and reports the stretch between, so that one damaged header hides
/// one entry and not the rest of the pack.
struct PackWalk {
    enum Step: Equatable {
        /// A valid header; the payload is not read yet.
        case entry(PackEntry, place: UInt64)
        case damage(from: UInt64, to: UInt64)
    }

    private static let windowBytes = 256 * 1024

    let generation: PackGeneration
    private(set) var next = UInt64(PackFormat.headerBytes)
    private let end: UInt64

    /// `end`: where entries end; nil to take it from the generation, or the file's size for generation 1.
    init(_ generation: PackGeneration, end: UInt64? = nil) throws(BlobError) {
        self.generation = generation
        let size = try mappingDiskErrors { () throws(DiskError) in try generation.file.size() }
        self.end = min(end ?? generation.entriesEnd ?? size, size)
    }

    /// Nil behind the last entry.
    mutating func step() throws(BlobError) -> Step? {
        guard next < end else { return nil }
        let place = next
        let header = try read(at: place, count: PackEntry.headerBytes)
        if let entry = entry(header, at: place) {
            next = place + entry.size
            return .entry(entry, place: place)
        }
        guard let found = try nextHeader(after: place) else {
            next = end
            return try isZero(from: place) ? nil : .damage(from: place, to: end)
        }
        next = found
        return .damage(from: place, to: found)
    }

    /// Header, payload, table and padding of an entry, as they lie. Short only when the file ends in the padding.
    func bytes(of entry: PackEntry, at place: UInt64) throws(BlobError) -> [UInt8] {
        try read(at: place, count: Int(entry.size))
    }

    private func entry(_ header: [UInt8], at place: UInt64) -> PackEntry? {
        let entry = header.withUnsafeBytes { PackEntry($0, pack: generation.pack) }
        guard let entry, UInt64(entry.usedBytes) <= end - place else { return nil }
        if let map = generation.map { return map.physical(ofLogical: entry.logicalOffset) == place ? entry : nil }
        return entry.logicalOffset == place ? entry : nil
    }

    private func nextHeader(after place: UInt64) throws(BlobError) -> UInt64? {
        var start = place + PackFormat.alignment
        while start < end {
            let window = try read(at: start, count: Self.windowBytes + PackEntry.headerBytes)
            var offset = 0
            while offset < Self.windowBytes, offset + PackEntry.headerBytes <= window.count {
                let header = Array(window[offset..<offset + PackEntry.headerBytes])
                if header[0] == 0x52, entry(header, at: start + UInt64(offset)) != nil { return start + UInt64(offset) }
                offset += Int(PackFormat.alignment)
            }
            start += UInt64(Self.windowBytes)
        }
        return nil
    }

    private func isZero(from place: UInt64) throws(BlobError) -> Bool {
        var start = place
        while start < end {
            let window = try read(at: start, count: Self.windowBytes)
            if window.contains(where: { $0 != 0 }) { return false }
            start += UInt64(Self.windowBytes)
        }
        return true
    }

    private func read(at offset: UInt64, count: Int) throws(BlobError) -> [UInt8] {
        let count = min(UInt64(count), end - min(offset, end))
        return try mappingDiskErrors { () throws(DiskError) in try generation.file.bytes(at: offset, count: Int(count)) }
    }
}
