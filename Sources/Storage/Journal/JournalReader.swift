import Environment
import Model

/// Reads records in order, from one position on, while the writer appends. Not thread-safe; memory is one buffer of the
/// largest frame seen, 256 KiB at least.
///
/// It looks only at places before the limit that the caller passes, which must be durable: behind it stand frames half written.
package final class JournalReader {
    private static let windowBytes = 256 * 1024

    private let journal: Journal
    private var window: SegmentWindow
    private var info: Journal.SegmentInfo
    private var offset: UInt64
    /// The last record passed in this segment.
    private var passed: LSN
    /// Known once the segment is not the last one.
    private var successor: LSN?
    private var noted: UInt64
    private var limit = LSN.zero

    /// The record that `next` returns next.
    package private(set) var position: LSN

    init(_ journal: Journal, from position: LSN) throws(JournalError) {
        self.journal = journal
        self.position = position
        guard let place = journal.place(of: position) else { throw .notRetained(oldest: journal.oldestLSN) }
        info = place.info
        window = try Self.open(place.info, journal)
        offset = place.waypoint.offset
        passed = LSN(place.waypoint.lsn.rawValue - 1)
        noted = offset
    }

    /// The next record, nil when it lies beyond `durable`. Reading may go on later with a higher limit.
    /// Throws `.notRetained` when the record was dropped, `.damaged` when it cannot be read.
    package func next(upTo durable: LSN) throws(JournalError) -> JournalRecord? {
        guard position <= durable else { return nil }
        if durable > limit {
            limit = durable
            window.forget()
        }
        while true {
            if successor == nil { successor = journal.successor(of: info.firstLSN) }
            if let successor, passed.next == successor { try move(to: successor) }
            guard let (header, payload) = try frame() else { continue }
            let start = offset
            offset += UInt64(header.frameBytes)
            if header.kind == .mark { continue }
            passed = header.lsn
            note(header.lsn, at: start)
            guard header.lsn == position else { continue }
            position = position.next
            return JournalRecord(lsn: header.lsn, time: header.time, payload: Array(payload))
        }
    }

    /// Nil when the reader stood in an empty segment that another file of the same name has replaced; it stands in that one then.
    private func frame() throws(JournalError) -> (FrameHeader, UnsafeRawBufferPointer)? {
        let reason: String
        switch try window.frame(at: offset, after: passed) {
        case .frame(let header, let payload): return (header, payload)
        case .full: reason = "the segment ends before LSN \(passed.next)"
        case .invalid(let why): reason = why
        }
        // A dropped segment's file may be in use again under another name.
        let oldest = journal.oldestLSN
        if info.firstLSN < oldest { throw .notRetained(oldest: oldest) }
        if let place = journal.place(of: info.firstLSN), place.info != info {
            try move(to: info.firstLSN)
            return nil
        }
        throw .damaged(file: info.path, offset: offset, reason: reason)
    }

    private func move(to firstLSN: LSN) throws(JournalError) {
        guard let place = journal.place(of: firstLSN), place.info.firstLSN == firstLSN else {
            throw .notRetained(oldest: journal.oldestLSN)
        }
        window = try Self.open(place.info, journal)
        info = place.info
        offset = UInt64(SegmentFormat.headerBytes)
        noted = offset
        successor = nil
    }

    private func note(_ lsn: LSN, at start: UInt64) {
        guard start >= noted + JournalLimits.waypointBytes else { return }
        noted = start
        journal.note(Journal.Waypoint(lsn: lsn, offset: start), inSegment: info.firstLSN)
    }

    private static func open(_ info: Journal.SegmentInfo, _ journal: Journal) throws(JournalError) -> SegmentWindow {
        do throws(JournalError) {
            let segment = try Segment.open(info.path, firstLSN: info.firstLSN, .readOnly, on: journal.environment.disk)
            guard segment.header.journalID == journal.id else {
                throw .damaged(file: info.path, offset: 16, reason: "a segment of another journal")
            }
            return SegmentWindow(segment, bytes: windowBytes)
        } catch {
            let oldest = journal.oldestLSN
            if info.firstLSN < oldest { throw .notRetained(oldest: oldest) }
            throw error
        }
    }
}
