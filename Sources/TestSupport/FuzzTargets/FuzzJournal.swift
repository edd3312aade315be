import Environment
import Journal
import Model
import SimulationKit

/// The first byte says what the others are: a segment file, frames behind a true header, edits of true segments, or such edits with all checksums
/// made to agree afterwards. Whatever it is, verifying, opening and reading never crash, return only records whose checksum holds,
/// and agree on whether there is damage; what was opened goes on and keeps what it had. From true segments, edited, come only a prefix
/// of the true records or damage by name.
package func fuzzJournal(_ bytes: UnsafeRawBufferPointer) {
    guard let first = bytes.first else { return }
    let input = Array(bytes.dropFirst())
    let sample = SegmentFiles.sample
    var damaged = sample.files
    switch first % 4 {
    case 0:
        damaged.files = [(path: damaged.files[0].path, bytes: input)]
    case 1:
        var segment = Array(damaged.files[0].bytes.prefix(SegmentFiles.headerBytes)) + input
        segment += [UInt8](repeating: 0, count: max(0, 8192 - segment.count))
        damaged.files = [(path: damaged.files[0].path, bytes: segment)]
    case 2:
        damaged.edit(input)
        checkAgainst(sample.records, damaged)
    default:
        damaged.edit(input)
        damaged.seal()
    }
    checkAlone(damaged)
}

/// What must hold of any bytes.
private func checkAlone(_ segments: SegmentFiles) {
    let disk = certainly { try segments.disk() }
    let verified = verify(segments, disk)
    guard let (opened, read) = open(segments, disk, atLeast: .zero) else {
        precondition(verified.isDamaged, "opening finds damage where verifying finds none")
        return
    }
    precondition(read.records.elementsEqual(verified.records.prefix(read.records.count)), "the reader returns what verifying does not")
    precondition(read.isDamaged == verified.isDamaged, "reading and verifying disagree on damage")
    if read.isDamaged { return }
    precondition(read.records == verified.records, "the reader leaves out records")
    certainly { try goOn(opened, disk, read.records) }
}

/// What must hold of damage to the segments of `truth`, all of it acknowledged.
private func checkAgainst(_ truth: [JournalRecord], _ segments: SegmentFiles) {
    if let (_, read) = open(segments, certainly { try segments.disk() }, atLeast: .zero) {
        precondition(read.records.elementsEqual(truth.prefix(read.records.count)), "a record that was never written")
    }
    guard let last = truth.last else { return }
    if let (opened, read) = open(segments, certainly { try segments.disk() }, atLeast: last.lsn) {
        precondition(opened.report.last == last.lsn, "the journal ends elsewhere")
        precondition(read.isDamaged || read.records == truth, "records are lost without a word")
    }
}

/// The journal takes another record and has everything at the next start.
private func goOn(_ opened: Journal.Opened, _ disk: SimDisk, _ records: [JournalRecord]) throws {
    let lsn = opened.writer.appended.next
    let more = JournalRecord(lsn: lsn, time: Timestamp(milliseconds: 2_000_000), payload: [1, 2, 3])
    try opened.writer.append(lsn: lsn, time: more.time, payload: more.payload)
    try opened.writer.write()
    try opened.writer.sync()
    try opened.writer.close()
    let again = try SegmentFiles.open(disk.restartClone())
    let kept = try SegmentFiles.records(of: again)
    precondition(kept == records + [more], "what was opened is not kept")
    precondition(again.report.cut == nil, "opening leaves something to cut")
}

private struct Read {
    var records: [JournalRecord] = []
    var isDamaged = false
}

/// Nil when the journal is refused; then it is as it was.
private func open(_ segments: SegmentFiles, _ disk: SimDisk, atLeast: LSN) -> (Journal.Opened, Read)? {
    do throws(JournalError) {
        let opened = try SegmentFiles.open(disk, atLeast: atLeast)
        return (opened, read(segments, opened))
    } catch {
        requireName(error, segments)
        for (path, bytes) in segments.files {
            precondition(certainly { try disk.bytes(ofFile: path) } == bytes, "a journal was refused and changed")
        }
        return nil
    }
}

private func read(_ segments: SegmentFiles, _ opened: Journal.Opened) -> Read {
    var read = Read()
    do throws(JournalError) {
        let reader = try opened.journal.makeReader(from: opened.journal.oldestLSN)
        while let record = try reader.next(upTo: opened.writer.durable) { read.records.append(record) }
    } catch {
        requireName(error, segments)
        read.isDamaged = true
    }
    return read
}

/// The damage names one of the files.
private func requireName(_ error: JournalError, _ segments: SegmentFiles) {
    guard case .damaged(let file, _, let reason) = error, !reason.isEmpty, segments.files.contains(where: { $0.path == file }) else {
        preconditionFailure("not the name of any damage: \(error)")
    }
}

private func verify(_ segments: SegmentFiles, _ disk: SimDisk) -> Read {
    var read = Read()
    do throws(JournalError) {
        try Journal.verify(directory: SegmentFiles.directory, disk: disk) { finding in
            switch finding {
            case .segment, .tail: break
            case .damaged: read.isDamaged = true
            case .record(let file, let offset, let record, _):
                guard let bytes = segments.files.first(where: { $0.path == file })?.bytes else { preconditionFailure("another file") }
                requireChecksum(record, bytes, Int(offset))
                read.records.append(record)
            }
        }
    } catch {
        preconditionFailure("verifying fails: \(error)")
    }
    return read
}

/// The record is what stands there, and the frame's checksum says so.
private func requireChecksum(_ record: JournalRecord, _ segment: [UInt8], _ offset: Int) {
    segment.withUnsafeBytes { raw in
        guard let end = frameEnd(raw, offset) else { preconditionFailure("a record where no frame is") }
        let frame = UnsafeRawBufferPointer(rebasing: raw[offset..<end])
        precondition(frame.load(as: UInt32.self) == frameSum(frame, frameSeed(raw)).littleEndian, "a record whose checksum does not hold")
        precondition(frame.load(fromByteOffset: 8, as: UInt64.self).littleEndian == record.lsn.rawValue)
        precondition(frame.load(fromByteOffset: 16, as: Int64.self).littleEndian == record.time.milliseconds)
        precondition(frame[32..<(32 + record.payload.count)].elementsEqual(record.payload))
    }
}
