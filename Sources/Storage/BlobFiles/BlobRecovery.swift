import Environment
import StoragePorts

/// What recovery asks about payloads of records that may never have been acknowledged, before packs are written. Blocks.
extension BlobStore {
    /// Whether a packed payload reached its pack, checksums included.
    ///
    /// A pack that was compacted or deleted since counts as reached: compaction begins only when a batch has gone on in a later pack
    /// and was synced, and a pack's name is durable before a record names it. What compaction has taken away was given up
    /// by a record after this one.
    package func hasReachedPack(_ extent: Extent) -> Bool {
        guard extent.kind == .pack, extent.length <= UInt64(BlobLimits.packedBytesMax) else { return false }
        guard catalog.generation(of: extent.container) == 1 else { return true }
        guard let open = try? openPack(extent.container) else { return false }
        return (try? open.entry(extent, at: extent.offset, mayBlock: true)) != nil
    }

    /// Makes packed payloads durable that are readable now: they may be in the page cache only, because the process was killed before
    /// a sync, or worse, because the sync failed: then the kernel holds them to be clean and another sync does nothing. So
    /// they are written once more.
    package func secure(_ extents: [Extent]) throws(DiskError) {
        let inPacks = Dictionary(grouping: extents, by: \.container)
        for (pack, extents) in inPacks.sorted(by: { $0.key < $1.key }) where catalog.generation(of: pack) == 1 {
            let file = try containers.open(paths.pack(pack, generation: 1), .readWrite)
            for extent in extents {
                let entry = try file.bytes(at: extent.offset, count: Int(PackEntry.size(payload: Int(extent.length))))
                try file.write(at: extent.offset, bytes: entry)
            }
            try file.sync()
        }
    }
}
