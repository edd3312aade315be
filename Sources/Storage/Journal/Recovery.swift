// Opening a journal: where does it end, and was anything lost?
//
// Every segment's header is checked, and the last segment is read through. At the first place without a valid frame, the
// hole, either the journal ends or it is damaged. The crash stories that decide:
//
//  1. Power fails during `write` or before `sync` ends. Sectors of the batch are on disk in any combination: record 7 may be
//     missing and 8, behind it, whole. Nobody was told that 7 exists. Every frame states how far the journal was synced when it was
//     made; 8 states 6. So: cut at 7.
//  2. Record 7 was acknowledged, 8 written later, then a sector of 7 goes bad. 8, or any frame behind, states that 7 was durable.
//     So: damage. Cutting here would lose an acknowledged record and all behind it.
//  3. The same, but nothing follows 7, or only frames of 7's own batch: nothing proves that 7 was acknowledged. This is why there are
//     marks: `close` writes one, so does opening, and an idle ledger (`JournalWriter.mark`). Between them the last batch has no witness.
//     `atLeast` is another witness: the index knows how far it has applied.
//  4. After 1, record 7 is written anew, as long as the old one. The old 8 stands right behind it and would follow: a record that
//     was reported cut comes back. Or old and new sectors mix into an old frame. So: everything behind the cut is filled with
//     zeros, and that is synced, before anything is appended.
//  5. Power fails while story 4 is filling with zeros. What is still there was judged before and is judged the same again.
//     Zeros may complete a frame 7 that missed only sectors of zeros; it is then whole, as it was meant, and as good as any
//     unacknowledged record.
//  6. The process is killed between `write` and `sync`; the page cache keeps the batch, recovery finds it valid, the server shows its
//     effects, then power fails and they are gone. So: what is found is synced before `open` returns, the directory too.
//  7. A sync fails, the process ends. Linux drops the dirty state of the pages but keeps their bytes: recovery would read them, and
//     its own sync would succeed, though nothing is on disk. So: recovery writes all records that no frame states to be
//     durable again, byte for byte, and then syncs. So it does with a mark before them, which was written without a sync.
//  8. Power fails during a change of segment. A new file gets its segment name only after the segment before it and its own header
//     and first records were synced: without the name it is a spare, and nothing in it was acknowledged; with the name,
//     everything before it is durable. So: a named segment without a valid header or first record is damaged, and so is an earlier
//     segment that ends before the next begins (the reader finds that, and `verify`).
//  9. The file is shorter than its header states. Segments are written in full before they get their name: damage.
// 10. Records may name bytes in other files that are synced beside the journal. Power fails between both syncs: a record is whole, what
//     it names is not. It was not acknowledged. So: the caller is asked about each record that nothing states to be
//     durable (`confirm`), and at the first refusal the journal is cut as in story 1. What the others name may be as little durable
//     as they are (stories 6 and 7): the caller sees to that (`securing`) before they are stated to be.
// 11. A file's second life. The old frames carry the old segment id in their checksums and are noise.

import Environment
import Model

extension Journal {
    /// What `open` returns: the shared part, the only writer, and what happened.
    package struct Opened {
        package let journal: Journal
        package let writer: JournalWriter
        package let report: RecoveryReport
    }

    /// Opens the journal in `directory`, making directory and journal when there is none. The caller holds the data folder's lock.
    ///
    /// The directory's parent is there durably. On return every record found is durable, the torn tail of a crash is gone
    /// (`report.cut`), and the writer goes on behind the last record. Throws `.damaged` when acknowledged records cannot be read, having changed nothing; also when the
    /// journal ends before `atLeast`, a position that the caller knows to be durable. Reads all headers and the last segment only:
    /// damage in an older segment shows when a reader gets there. A new journal's first record will be `firstLSN`. May block
    /// for 0.2 s and more.
    ///
    /// `confirm` is asked, in order, about records that nothing states to be durable and that are above `atLeast`: false cuts
    /// the journal there. Then, before the journal states those before to be durable, `securing` makes durable what they name.
    package static func open(
        directory: String, environment: Environment, configuration: JournalConfiguration = JournalConfiguration(),
        atLeast: LSN = .zero, firstLSN: LSN = LSN(1), confirm: (JournalRecord) -> Bool = { _ in true },
        securing: () throws(DiskError) -> Void = {}
    ) throws(JournalError) -> Opened {
        precondition(configuration.segmentBytes >= 8192 && configuration.segmentBytes.isMultiple(of: 4096) && firstLSN > .zero)
        let recovery = Recovery(directory: directory, environment: environment, configuration: configuration)
        return try recovery.run(atLeast: atLeast, firstLSN: firstLSN, confirm: confirm, securing: securing)
    }
}

/// The state that opening builds up.
private struct Recovery {
    let directory: String
    let environment: Environment
    let configuration: JournalConfiguration

    private var disk: any Disk { environment.disk }

    func run(
        atLeast: LSN, firstLSN: LSN, confirm: (JournalRecord) -> Bool, securing: () throws(DiskError) -> Void
    ) throws(JournalError) -> Journal.Opened {
        try onDisk { () throws(DiskError) in
            try disk.createDirectory(directory)
            try disk.syncDirectory(parent(of: directory))
            // Story 6 for names: a rename that the last process did not get to sync.
            try disk.syncDirectory(directory)
        }
        let names = try onDisk { () throws(DiskError) in try disk.list(directory) }
        var infos = try SegmentCatalogue.read(directory, names, on: disk)
        if infos.isEmpty, atLeast >= firstLSN {
            throw .damaged(file: directory, offset: 0, reason: "no segments, but LSN \(atLeast) was durable")
        }
        // Only now is anything changed: a damaged journal stays as it is.
        var tail = try infos.last.map { info throws(JournalError) in try SegmentTail.scan(info, on: disk) }
        if let tail, tail.last < atLeast {
            throw .damaged(
                file: tail.segment.path, offset: tail.end, reason: "the journal ends at LSN \(tail.last), but \(atLeast) was durable")
        }
        try tail?.cut(above: atLeast, unless: confirm)
        try onDisk(securing)
        let stock = SegmentStock(directory: directory, segmentBytes: configuration.segmentBytes, environment: environment)
        try stock.adopt(names)
        let segment: Segment
        if let tail { segment = tail.segment } else { segment = try makeFirst(firstLSN, stock) }
        if tail == nil {
            infos = [Journal.SegmentInfo(firstLSN: firstLSN, path: segment.path, bytes: segment.header.fileBytes)]
        }
        let journal = Journal(
            id: segment.header.journalID, directory: directory, configuration: configuration, environment: environment, stock: stock,
            segments: infos)
        var report = RecoveryReport(isNew: tail == nil, oldest: infos[0].firstLSN)
        report.last = tail?.last ?? LSN(firstLSN.rawValue - 1)
        report.cut = try tail?.repair()
        let writer = JournalWriter(
            journal, segment, at: tail?.end ?? UInt64(SegmentFormat.headerBytes), last: report.last, isMarked: tail?.endsWithMark ?? false)
        try writer.mark()
        return Journal.Opened(journal: journal, writer: writer, report: report)
    }

    private func makeFirst(_ firstLSN: LSN, _ stock: SegmentStock) throws(JournalError) -> Segment {
        let spare = try stock.take(configuration.segmentBytes)
        let header = SegmentHeader(
            isFirst: true, journalID: environment.random.next(), segmentID: environment.random.next(), firstLSN: firstLSN,
            fileBytes: spare.bytes)
        let path = "\(directory)/\(SegmentFormat.name(firstLSN: firstLSN))"
        let page = header.encoded()
        return try onDisk { () throws(DiskError) in
            let file = try disk.open(spare.path, .readWrite)
            try page.withUnsafeBufferPointer { bytes throws(DiskError) in try file.write(at: 0, [UnsafeRawBufferPointer(bytes)]) }
            try file.sync()
            try disk.rename(spare.path, to: path)
            try disk.syncDirectory(directory)
            return Segment(path: path, file: file, header: header)
        }
    }

    private func parent(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }
}

enum SegmentCatalogue {
    /// The segments among `names`, oldest first, their headers checked against their names and one another.
    static func read(_ directory: String, _ names: [String], on disk: any Disk) throws(JournalError) -> [Journal.SegmentInfo] {
        var infos: [Journal.SegmentInfo] = []
        var journalID: UInt64?
        for lsn in names.compactMap(SegmentFormat.firstLSN).sorted() {
            let path = "\(directory)/\(SegmentFormat.name(firstLSN: lsn))"
            let header = try Segment.open(path, firstLSN: lsn, .readOnly, on: disk).header
            guard header.journalID == journalID ?? header.journalID else {
                throw .damaged(file: path, offset: 16, reason: "a segment of another journal")
            }
            journalID = header.journalID
            infos.append(Journal.SegmentInfo(firstLSN: lsn, path: path, bytes: header.fileBytes))
        }
        return infos
    }
}
