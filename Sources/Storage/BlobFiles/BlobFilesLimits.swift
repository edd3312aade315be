import StoragePorts

/// The sizes and times that tests make small. The defaults are those of a server.
package struct BlobFilesLimits: Sendable {
    /// A pack that has reached this many bytes takes no further entry. Compaction rewrites at most this much at once.
    package var packBytesMax: UInt64 = 256 << 20
    /// The active pack is filled with zeros this far ahead: a sync of blocks that were written before costs no metadata
    /// commit, and a full disk is met before a commit depends on the space.
    package var zeroAheadBytes: Int = 4 << 20
    /// Bytes that a writer gathers before it hands them to a thread.
    package var writeBytes: Int = BlobLimits.writerBytes
    /// Room that a writer's memory has behind them for a file's end: the checksums and trailer of a payload of 120 MiB. A longer end
    /// costs a copy of the last bytes.
    package var endBytes: Int = 8 * 1024
    /// Files made ahead with one directory sync.
    package var spareFiles: Int = 32
    /// Handles of packs kept open without a reader. Each may hold a compacted pack's map.
    package var openPacksMax: Int = 128
    /// Handles of large files kept open without a reader.
    package var openFilesMax: Int = 256
    /// How long a file stays after the commit that gave it up, for requests that have read its record but not yet opened it.
    package var deadFileGrace: Duration = .seconds(60)
    /// The same while space is short: a request that comes too late reads the record again.
    package var deadFileGraceWhenShort: Duration = .seconds(1)
    /// Free bytes below which space is short: a disk at full speed takes some seconds to write as much, in which what was overwritten
    /// can go.
    package var shortSpaceBytes: UInt64 = 4 << 30
    /// A pack is compacted when more than this share of it is dead, in percent.
    package var compactionDeadPercent: UInt64 = 50
    /// Bytes per second that compaction reads and writes; nil for no bound.
    package var compactionBytesPerSecond: Int? = 64 << 20

    /// Free bytes below which no payload is taken: room for two of the index's buffers, their compaction, and a journal segment.
    package var payloadReserveBytes: UInt64 = 192 << 20
    /// Free bytes below which no commit is taken at all, not even one that releases.
    package var commitReserveBytes: UInt64 = 96 << 20

    package init() {}
}
