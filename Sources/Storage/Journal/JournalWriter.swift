import Environment
import Model

/// Appends records. Owned by one thread, which calls `append` for each record of a batch, then `write`, then `sync`, and acknowledges
/// after that. Records of several `write`s may share a `sync`.
///
/// Invariants: LSNs rise by one. A batch lies in memory until `write`: one vectored write, two when it crosses into
/// a new segment. A new segment gets its name in `sync`, after the ones before it and it itself were synced. After a failed `write` or
/// `sync` nothing is accepted: what reached the disk is unknown, and a repeated sync could claim success for pages that were dropped.
package final class JournalWriter {
    /// A segment being written; `nextLSN` would be its first record when it is new.
    private struct Target {
        let segment: Segment
        /// The header page, for a file that is not a segment yet.
        let newHeader: [UInt8]?
        var written: UInt64
        /// The batch's bytes for this segment: where they begin in the buffer. They end where the next target's begin.
        var bufferStart = 0
    }

    /// Capacity kept between batches; one large batch is no reason to hold its memory for ever.
    private static let bufferBytesKept = 4 * 1024 * 1024

    private let journal: Journal
    /// Segments of this batch, the current one last.
    private var targets: [Target]
    /// Segments written since the last sync, in order, without their bytes.
    private var unsynced: [Target] = []
    private var buffer: UnsafeMutableRawBufferPointer
    private var used = 0
    /// Where the next frame goes in the current segment.
    private var position: UInt64
    private var waypoints: [(Journal.Waypoint, inSegment: LSN)] = []
    private var marked: Bool
    private var isPoisoned = false

    /// The last record appended.
    package private(set) var appended: LSN
    /// The last record handed to the operating system.
    package private(set) var written: LSN
    /// The last record known to be synced.
    package private(set) var durable: LSN

    /// What waits for the next `sync` goes on in a new segment, whose name will state that all before it is durable.
    package var isChangingSegment: Bool { unsynced.contains { $0.newHeader != nil } }

    /// Bytes that `write` would write.
    package var pendingBytes: Int { used }

    init(_ journal: Journal, _ segment: Segment, at position: UInt64, last: LSN, isMarked: Bool) {
        precondition(position.isMultiple(of: UInt64(SegmentFormat.alignment)))
        self.journal = journal
        self.position = position
        targets = [Target(segment: segment, newHeader: nil, written: position)]
        buffer = .allocate(byteCount: 256 * 1024, alignment: 16)
        appended = last
        written = last
        durable = last
        marked = isMarked
    }

    deinit { buffer.deallocate() }

    /// Adds a record to the batch in memory. `lsn` is `appended` plus one. Throws `.noSpace`, `.tooLarge` and `.failed`: then the batch is
    /// as before, may be written, and the same LSN appended later. Waits for the disk only when no segment was prepared in time.
    package func append(lsn: LSN, time: Timestamp, payload: UnsafeRawBufferPointer) throws(JournalError) {
        precondition(lsn == appended.next, "LSNs have no gaps")
        if isPoisoned { throw .poisoned }
        guard payload.count <= journal.configuration.recordBytesMax else { throw .tooLarge(bytes: payload.count) }
        let header = FrameHeader(kind: .record, payloadBytes: payload.count, lsn: lsn, time: time, durable: durable)
        if position + UInt64(header.frameBytes) > targets[targets.count - 1].segment.header.fileBytes {
            try changeSegment(for: header)
        }
        if used == targets[targets.count - 1].bufferStart {
            let segment = targets[targets.count - 1].segment.header.firstLSN
            waypoints.append((Journal.Waypoint(lsn: lsn, offset: position), inSegment: segment))
        }
        encode(header, payload)
        appended = lsn
        marked = false
    }

    package func append(lsn: LSN, time: Timestamp, payload: [UInt8]) throws(JournalError) {
        try payload.withUnsafeBufferPointer { bytes throws(JournalError) in
            try append(lsn: lsn, time: time, payload: UnsafeRawBufferPointer(bytes))
        }
    }

    /// Hands the batch to the operating system. Readers see nothing of it; nothing is durable.
    package func write() throws(JournalError) {
        if isPoisoned { throw .poisoned }
        guard used > 0 else { return }
        for index in targets.indices {
            let end = index + 1 < targets.count ? targets[index + 1].bufferStart : used
            try orPoison { () throws(JournalError) in try writePart(targets[index], to: end) }
        }
        if let current = targets.last {
            targets = [Target(segment: current.segment, newHeader: nil, written: position)]
        }
        used = 0
        if buffer.count > Self.bufferBytesKept { grow(to: Self.bufferBytesKept) }
        written = appended
    }

    /// Everything written is durable on return, and readers may go up to `durable`. About one fdatasync; when the batch went into a
    /// new segment two, a rename and the directory's sync.
    package func sync() throws(JournalError) {
        if isPoisoned { throw .poisoned }
        for target in unsynced {
            try orPoison { () throws(JournalError) in try makeDurable(target) }
        }
        unsynced.removeAll(keepingCapacity: true)
        durable = written
        for (waypoint, segment) in waypoints where waypoint.lsn <= durable { journal.note(waypoint, inSegment: segment) }
        waypoints.removeAll { $0.0.lsn <= durable }
    }

    /// States on disk that everything is durable, so that damage to the last records is told from a torn tail. Writes 32 bytes
    /// without syncing; worth calling when the ledger falls idle. Does nothing while a batch is under way.
    package func mark() throws(JournalError) {
        if isPoisoned { throw .poisoned }
        guard !marked, used == 0, durable == written, durable >= targets[0].segment.header.firstLSN else { return }
        let header = FrameHeader(
            kind: .mark, payloadBytes: 0, lsn: durable, time: journal.environment.clock.now(), durable: durable)
        guard position + UInt64(header.frameBytes) <= targets[0].segment.header.fileBytes else { return }
        encode(header, UnsafeRawBufferPointer(start: nil, count: 0))
        try write()
        marked = true
    }

    /// Writes and syncs what is pending and a mark. The writer must not be used afterwards.
    package func close() throws(JournalError) {
        try write()
        try sync()
        try mark()
        try sync()
    }

    private func encode(_ header: FrameHeader, _ payload: UnsafeRawBufferPointer) {
        let bytes = header.frameBytes
        if used + bytes > buffer.count { grow(to: max(used + bytes, buffer.count * 2)) }
        let seed = targets[targets.count - 1].segment.seed
        header.encode(payload, seed: seed, into: UnsafeMutableRawBufferPointer(rebasing: buffer[used..<used + bytes]))
        used += bytes
        position += UInt64(bytes)
    }

    private func grow(to capacity: Int) {
        let larger = UnsafeMutableRawBufferPointer.allocate(byteCount: capacity, alignment: 16)
        larger.copyMemory(from: UnsafeRawBufferPointer(rebasing: buffer[..<used]))
        buffer.deallocate()
        buffer = larger
    }

    /// Lets the batch go on in a prepared file, or one made now. It is no segment before `sync`.
    private func changeSegment(for header: FrameHeader) throws(JournalError) {
        let needed = UInt64(SegmentFormat.headerBytes + header.frameBytes)
        let rounded = (needed + 4095) & ~4095
        let spare = try journal.stock.take(max(rounded, journal.configuration.segmentBytes))
        let file: any DiskFile
        do throws(JournalError) {
            file = try onDisk { () throws(DiskError) in try journal.environment.disk.open(spare.path, .readWrite) }
        } catch {
            journal.stock.giveBack(spare)
            throw error
        }
        let segment = Segment(
            path: spare.path, file: file,
            header: SegmentHeader(
                isFirst: false, journalID: journal.id, segmentID: journal.environment.random.next(), firstLSN: header.lsn,
                fileBytes: spare.bytes))
        let page = segment.header.encoded()
        targets.append(Target(segment: segment, newHeader: page, written: UInt64(page.count), bufferStart: used))
        position = UInt64(page.count)
    }

    private func writePart(_ target: Target, to end: Int) throws(JournalError) {
        let bytes = UnsafeRawBufferPointer(rebasing: buffer[target.bufferStart..<end])
        if let page = target.newHeader {
            try page.withUnsafeBufferPointer { header throws(JournalError) in
                try onDisk { () throws(DiskError) in try target.segment.file.write(at: 0, [UnsafeRawBufferPointer(header), bytes]) }
            }
        } else if !bytes.isEmpty {
            try onDisk { () throws(DiskError) in try target.segment.file.write(at: target.written, [bytes]) }
        } else {
            return
        }
        if unsynced.last?.segment.path != target.segment.path { unsynced.append(target) }
    }

    private func makeDurable(_ target: Target) throws(JournalError) {
        let segment = target.segment
        try onDisk { () throws(DiskError) in try segment.file.sync() }
        guard target.newHeader != nil else { return }
        let firstLSN = segment.header.firstLSN
        let path = "\(journal.directory)/\(SegmentFormat.name(firstLSN: firstLSN))"
        try onDisk { () throws(DiskError) in
            try journal.environment.disk.rename(segment.path, to: path)
            try journal.environment.disk.syncDirectory(journal.directory)
        }
        journal.add(Journal.SegmentInfo(firstLSN: firstLSN, path: path, bytes: segment.header.fileBytes))
    }

    private func orPoison(_ body: () throws(JournalError) -> Void) throws(JournalError) {
        do throws(JournalError) {
            try body()
        } catch {
            isPoisoned = true
            throw error
        }
    }
}
