import Environment
import Model
import Synchronization

/// The one ordered, durable log of a data folder: what its writer, readers and housekeeping share. Safe on any thread.
///
/// Invariants: `segments` is never empty, ordered by first LSN, and lists only files that durably have their name, so that all records
/// before the last segment's first are durable. A segment leaves the list before its file is touched.
package final class Journal: Sendable {
    package struct SegmentInfo: Sendable, Equatable {
        package let firstLSN: LSN
        package let path: String
        /// The file's size, used or not.
        package let bytes: UInt64
    }

    private struct Entry {
        let info: SegmentInfo
        /// Places of frames, ascending, about `waypointBytes` apart.
        var waypoints: [Waypoint] = []
    }

    struct Waypoint {
        let lsn: LSN
        let offset: UInt64
    }

    /// Random, made with the journal; the same in all its segments.
    package let id: UInt64
    package let directory: String
    package let configuration: JournalConfiguration
    let environment: Environment
    let stock: SegmentStock
    private let entries: Mutex<[Entry]>
    /// Held by `retain(from:)`, which runs alone.
    private let retaining = Mutex<Void>(())

    init(
        id: UInt64, directory: String, configuration: JournalConfiguration, environment: Environment, stock: SegmentStock,
        segments: [SegmentInfo]
    ) {
        precondition(!segments.isEmpty)
        self.id = id
        self.directory = directory
        self.configuration = configuration
        self.environment = environment
        self.stock = stock
        self.entries = Mutex(segments.map { Entry(info: $0) })
    }

    /// The oldest record that can be read; the next one to be written when there is none.
    package var oldestLSN: LSN { entries.withLock { $0[0].info.firstLSN } }

    /// All segments, oldest first. For backup: hold off `retain(from:)` while copying.
    package var segments: [SegmentInfo] { entries.withLock { $0.map(\.info) } }

    /// Bytes of all segments and spares on disk.
    package var diskBytes: UInt64 {
        entries.withLock { $0.reduce(0) { $0 + $1.info.bytes } } + UInt64(stock.count) * configuration.segmentBytes
    }

    /// Fills the next segment's file with zeros if that is not done, about 0.1 s. Call it from a thread of its own after each change of
    /// segment (see `needsPreparing`) and again from time to time after `.noSpace`: nothing is lost, and the writer works on
    /// in the segment that it has.
    package func prepareNext() throws(JournalError) { try stock.prepare() }

    /// No segment is ready to follow the current one.
    package var needsPreparing: Bool { stock.count == 0 }

    /// Reads records from `position` on. One thread at a time may use the reader. Throws `.notRetained`.
    package func makeReader(from position: LSN) throws(JournalError) -> JournalReader {
        precondition(position > .zero)
        return try JournalReader(self, from: position)
    }

    /// Drops the segments that hold only records before `position`; the last one always stays. Durable on return.
    /// Runs on a housekeeping thread; readers that still want those records get `.notRetained`.
    ///
    /// Oldest first, and each is gone durably before the next goes: otherwise a crash could undo the removal of an old one but
    /// not of a newer one, and leave a gap that looks like a lost segment. A renamed file is durably renamed before it is used again: otherwise a
    /// crash could leave new bytes under the old name.
    package func retain(from position: LSN) throws(JournalError) {
        try retaining.withLock { _ throws(JournalError) in
            while let info = dropOldest(before: position) {
                let spare = stock.wants(info.bytes)
                try onDisk { () throws(DiskError) in
                    if let spare {
                        try environment.disk.rename(info.path, to: spare)
                    } else {
                        try environment.disk.remove(info.path)
                    }
                    try environment.disk.syncDirectory(directory)
                }
                if let spare { stock.add(spare) }
            }
        }
    }

    private func dropOldest(before position: LSN) -> SegmentInfo? {
        entries.withLock { entries in
            guard entries.count > 1, entries[1].info.firstLSN <= position else { return nil }
            return entries.removeFirst().info
        }
    }

    /// A file durably became a segment. It replaces an empty one of the same name.
    func add(_ info: SegmentInfo) {
        entries.withLock { entries in
            if entries[entries.count - 1].info.firstLSN == info.firstLSN { entries.removeLast() }
            precondition(entries.last.map { $0.info.firstLSN < info.firstLSN } ?? true)
            entries.append(Entry(info: info))
        }
    }

    /// Notes where a durable frame begins, for readers to start near it.
    func note(_ waypoint: Waypoint, inSegment firstLSN: LSN) {
        entries.withLock { entries in
            guard let index = entries.lastIndex(where: { $0.info.firstLSN == firstLSN }) else { return }
            let reached = entries[index].waypoints.last?.offset ?? 0
            if waypoint.offset >= reached + JournalLimits.waypointBytes { entries[index].waypoints.append(waypoint) }
        }
    }

    /// The segment that holds `position`, or would, and a place in it at or before the record. Nil when it was dropped.
    func place(of position: LSN) -> (info: SegmentInfo, waypoint: Waypoint)? {
        entries.withLock { entries in
            guard let entry = entries.last(where: { $0.info.firstLSN <= position }) else { return nil }
            let start = Waypoint(lsn: entry.info.firstLSN, offset: UInt64(SegmentFormat.headerBytes))
            return (entry.info, entry.waypoints.last { $0.lsn <= position } ?? start)
        }
    }

    /// The first LSN of the segment that follows; nil for the last one.
    func successor(of firstLSN: LSN) -> LSN? {
        entries.withLock { entries in entries.first { $0.info.firstLSN > firstLSN }?.info.firstLSN }
    }
}
