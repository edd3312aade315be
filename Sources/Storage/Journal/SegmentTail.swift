import Environment
import Model

/// The last segment as recovery finds it. The numbers refer to the crash stories in Recovery.swift.
struct SegmentTail {
    let segment: Segment
    /// Behind the last valid frame.
    private(set) var end: UInt64
    /// The last valid record.
    private(set) var last: LSN
    private(set) var endsWithMark = false
    /// The highest LSN that some frame or the segment's name states to be durable.
    private var stated: LSN
    /// Where the first frame begins that nothing states to be durable.
    private var unsyncedStart: UInt64
    /// Whole or broken frames of this segment behind the end.
    private(set) var framesBehind = 0
    /// Behind the last byte that is not zero.
    private(set) var garbageEnd: UInt64

    /// Reads the segment through and decides between end and damage; changes nothing.
    static func scan(_ info: Journal.SegmentInfo, on disk: any Disk) throws(JournalError) -> SegmentTail {
        let segment = try Segment.open(info.path, firstLSN: info.firstLSN, .readWrite, on: disk)
        var tail = SegmentTail(segment)
        let window = SegmentWindow(segment)
        let reason = try tail.readFrames(window)
        try tail.judge(window, reason)
        return tail
    }

    private init(_ segment: Segment) {
        self.segment = segment
        end = UInt64(SegmentFormat.headerBytes)
        last = LSN(segment.header.firstLSN.rawValue - 1)
        stated = last
        unsyncedStart = end
        garbageEnd = end
    }

    /// Goes on to the hole; returns why it is one.
    private mutating func readFrames(_ window: SegmentWindow) throws(JournalError) -> String {
        var unsynced: [(lsn: LSN, offset: UInt64)] = []
        while true {
            let header: FrameHeader
            switch try window.frame(at: end, after: last) {
            case .frame(let found, _): header = found
            case .full, .invalid:
                unsyncedStart = unsynced.first?.offset ?? end
                if case .invalid(let reason) = try window.frame(at: end, after: last) { return reason }
                return "the segment is full"
            }
            if header.durable > stated {
                stated = header.durable
                unsynced.removeAll { $0.lsn <= stated }
            }
            // A mark says nothing of itself: only a later frame that states the record behind it tells that both were synced.
            unsynced.append((header.kind == .record ? header.lsn : header.lsn.next, end))
            endsWithMark = header.kind == .mark
            last = header.lsn
            end += UInt64(header.frameBytes)
        }
    }

    /// Stories 1, 2 and 8: looks behind the hole for a frame that states the missing record to be durable.
    private mutating func judge(_ window: SegmentWindow, _ reason: String) throws(JournalError) {
        let missing = last.next
        garbageEnd = end
        if missing == segment.header.firstLSN, !segment.header.isFirst {
            throw .damaged(file: segment.path, offset: end, reason: "the segment's first record is missing: \(reason)")
        }
        var search = FrameSearch(window, from: end)
        while let found = try search.next(after: last) {
            framesBehind += 1
            if found.isIntact, found.header.durable >= missing {
                let proof = "the frame of LSN \(found.header.lsn) at \(found.offset) states that it was durable"
                throw .damaged(file: segment.path, offset: end, reason: "LSN \(missing) cannot be read (\(reason)), but \(proof)")
            }
        }
        garbageEnd = search.garbageEnd
    }

    /// Story 10: ends the journal before the first record that nothing states to be durable and that the caller refuses.
    mutating func cut(above atLeast: LSN, unless confirm: (JournalRecord) -> Bool) throws(JournalError) {
        let window = SegmentWindow(segment)
        var offset = unsyncedStart
        var previous = stated
        while offset < end, case .frame(let header, let payload) = try window.frame(at: offset, after: previous) {
            if header.kind == .record, header.lsn > atLeast {
                let record = JournalRecord(lsn: header.lsn, time: header.time, payload: Array(payload))
                guard confirm(record) else {
                    guard header.lsn > segment.header.firstLSN || segment.header.isFirst else {
                        throw .damaged(file: segment.path, offset: offset, reason: "the segment's first record names what is not there")
                    }
                    garbageEnd = max(garbageEnd, end)
                    framesBehind += Int(last.rawValue - previous.rawValue)
                    end = offset
                    last = previous
                    endsWithMark = false
                    return
                }
            }
            previous = header.lsn
            offset += UInt64(header.frameBytes)
        }
    }

    /// Stories 4, 6 and 7. Everything found is durable on return, and everything behind it is zero.
    func repair() throws(JournalError) -> RecoveryReport.Cut? {
        let window = SegmentWindow(segment)
        var offset = unsyncedStart
        while offset < end {
            let count = Int(min(UInt64(JournalLimits.copyBytes), end - offset))
            let bytes = try window.bytes(at: offset, count: count)
            try onDisk { () throws(DiskError) in try segment.file.write(at: offset, [bytes]) }
            offset += UInt64(count)
        }
        try onDisk { () throws(DiskError) in
            try SegmentStock.fillWithZeros(segment.file, from: end, to: max(end, garbageEnd))
            try segment.file.sync()
        }
        guard garbageEnd > end else { return nil }
        return RecoveryReport.Cut(file: segment.path, offset: end, bytes: garbageEnd - end, frames: framesBehind)
    }
}

/// Looks for frames of a segment from a place on, at every multiple of 8, up to the segment's end.
struct FrameSearch {
    struct Found {
        let offset: UInt64
        let header: FrameHeader
        /// The whole frame's checksum agrees, not only the header's check.
        let isIntact: Bool
    }

    private let window: SegmentWindow
    private var offset: UInt64
    /// Behind the last byte that is not zero, of those that were searched.
    private(set) var garbageEnd: UInt64

    init(_ window: SegmentWindow, from start: UInt64) {
        self.window = window
        offset = start
        garbageEnd = start
    }

    /// The next frame of a record or mark after `last`. The header's check lets one in 65,536 pieces of noise through.
    mutating func next(after last: LSN) throws(JournalError) -> Found? {
        let end = window.segment.header.fileBytes
        let head = UInt64(SegmentFormat.frameHeaderBytes)
        while offset < end {
            let whole = try window.piece(at: offset)
            let bytes = UnsafeRawBufferPointer(rebasing: whole[..<Int(min(UInt64(whole.count), end - offset))])
            guard bytes.count >= SegmentFormat.alignment else { return nil }
            let base = offset
            var index = skipZeros(bytes, from: 0)
            while index + Int(head) <= bytes.count {
                if let header = candidate(bytes, index, last) {
                    return try confirm(header, at: base + UInt64(index))
                }
                garbageEnd = base + UInt64(index + SegmentFormat.alignment)
                index = skipZeros(bytes, from: index + SegmentFormat.alignment)
            }
            // A header may begin in the last bytes of this piece: the next one overlaps it.
            if base + UInt64(bytes.count) >= end {
                if index < bytes.count { garbageEnd = end }
                offset = end
            } else {
                offset = base + UInt64(min(index, bytes.count))
            }
        }
        return nil
    }

    private func candidate(_ bytes: UnsafeRawBufferPointer, _ index: Int, _ last: LSN) -> FrameHeader? {
        // Cheapest first: noise fails here nearly always.
        guard bytes.little(index + 8, UInt64.self) > last.rawValue else { return nil }
        return FrameHeader.decode(UnsafeRawBufferPointer(rebasing: bytes[index...]), seed: window.segment.seed)
    }

    private mutating func confirm(_ header: FrameHeader, at place: UInt64) throws(JournalError) -> Found {
        var isIntact = false
        if case .frame = try window.frame(at: place) { isIntact = true }
        let frameEnd = place + UInt64(header.frameBytes)
        offset = isIntact ? frameEnd : place + UInt64(SegmentFormat.alignment)
        garbageEnd = offset
        return Found(offset: place, header: header, isIntact: isIntact)
    }

    /// The first place from `index` on, in steps of 8, whose 8 bytes are not all zero; the count when there is none.
    private func skipZeros(_ bytes: UnsafeRawBufferPointer, from index: Int) -> Int {
        var index = index
        while index + 8 <= bytes.count, bytes.little(index, UInt64.self) == 0 { index += 8 }
        return index + 8 <= bytes.count ? index : bytes.count
    }
}
