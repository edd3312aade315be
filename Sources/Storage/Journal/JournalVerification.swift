import Environment
import Model

/// What `Journal.verify` meets, in order of file and offset.
package enum JournalFinding: Sendable, Equatable {
    /// A segment begins; its header is valid.
    case segment(file: String, firstLSN: LSN)
    /// A valid frame with a record, and the position that it states to be durable.
    case record(file: String, offset: UInt64, JournalRecord, durable: LSN)
    /// Records cannot be read here; the walk goes on at the next valid frame, if any.
    case damaged(file: String, offset: UInt64, reason: String)
    /// Bytes behind the last record that are neither zero nor proof of damage: what the next start cuts.
    case tail(file: String, offset: UInt64, bytes: UInt64, frames: Int)
}

extension Journal {
    /// Reads every frame of the journal in `directory`, which no process has open, changing nothing. Throws only what reading the
    /// disk throws; everything else is a finding.
    package static func verify(
        directory: String, disk: any Disk, _ visit: (JournalFinding) -> Void
    ) throws(JournalError) {
        let names = try onDisk { () throws(DiskError) in try disk.list(directory) }
        let firsts = names.compactMap(SegmentFormat.firstLSN).sorted()
        var journalID: UInt64?
        for (index, first) in firsts.enumerated() {
            let path = "\(directory)/\(SegmentFormat.name(firstLSN: first))"
            do throws(JournalError) {
                let segment = try Segment.open(path, firstLSN: first, .readOnly, on: disk)
                visit(.segment(file: path, firstLSN: first))
                if let journalID, journalID != segment.header.journalID {
                    visit(.damaged(file: path, offset: 16, reason: "a segment of another journal"))
                }
                journalID = journalID ?? segment.header.journalID
                var walk = SegmentWalk(segment, next: index + 1 < firsts.count ? firsts[index + 1] : nil)
                try walk.run(visit)
            } catch {
                guard case .damaged(let file, let offset, let reason) = error else { throw error }
                visit(.damaged(file: file, offset: offset, reason: reason))
            }
        }
    }
}

private struct SegmentWalk {
    private let segment: Segment
    private let window: SegmentWindow
    private let next: LSN?
    private var offset = UInt64(SegmentFormat.headerBytes)
    private var last: LSN

    init(_ segment: Segment, next: LSN?) {
        self.segment = segment
        self.next = next
        window = SegmentWindow(segment)
        last = LSN(segment.header.firstLSN.rawValue - 1)
    }

    mutating func run(_ visit: (JournalFinding) -> Void) throws(JournalError) {
        while next == nil || last.next != next {
            let reason: String
            switch try window.frame(at: offset, after: last) {
            case .frame(let header, let payload):
                if header.kind == .record {
                    let record = JournalRecord(lsn: header.lsn, time: header.time, payload: Array(payload))
                    visit(.record(file: segment.path, offset: offset, record, durable: header.durable))
                }
                last = header.lsn
                offset += UInt64(header.frameBytes)
                continue
            case .full: reason = "the segment ends at LSN \(last)"
            case .invalid(let why): reason = why
            }
            guard try skip(reason, visit) else { return }
        }
    }

    /// At a hole: reports it and goes to the next valid frame; false at the end of the segment.
    private mutating func skip(_ reason: String, _ visit: (JournalFinding) -> Void) throws(JournalError) -> Bool {
        let lacksFirst = last.next == segment.header.firstLSN && !segment.header.isFirst
        var search = FrameSearch(window, from: offset)
        var firstIntact: FrameSearch.Found?
        var isDamaged = next != nil || lacksFirst
        var frames = 0
        while let found = try search.next(after: last) {
            frames += 1
            guard found.isIntact else { continue }
            if firstIntact == nil { firstIntact = found }
            if found.header.durable > last { isDamaged = true }
        }
        if isDamaged {
            visit(.damaged(file: segment.path, offset: offset, reason: "LSN \(last.next) cannot be read: \(reason)"))
        } else if search.garbageEnd > offset {
            visit(.tail(file: segment.path, offset: offset, bytes: search.garbageEnd - offset, frames: frames))
        }
        guard isDamaged, let found = firstIntact else { return false }
        offset = found.offset
        last = found.header.kind == .mark ? found.header.lsn : LSN(found.header.lsn.rawValue - 1)
        return true
    }
}
