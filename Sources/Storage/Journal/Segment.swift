import Environment
import Model

/// A segment file that is open, with its header read or made.
struct Segment {
    let path: String
    let file: any DiskFile
    let header: SegmentHeader
    /// What its frames' checksums begin with.
    let seed: UInt32

    init(path: String, file: any DiskFile, header: SegmentHeader) {
        self.path = path
        self.file = file
        self.header = header
        self.seed = FrameHeader.seed(segmentID: header.segmentID)
    }

    /// Opens a named segment and checks its header. Throws `.damaged` for whatever does not fit its name or size.
    static func open(_ path: String, firstLSN: LSN, _ mode: OpenMode, on disk: any Disk) throws(JournalError) -> Segment {
        let file = try onDisk { () throws(DiskError) in try disk.open(path, mode) }
        let page = UnsafeMutableRawBufferPointer.allocate(byteCount: SegmentFormat.headerBytes, alignment: 16)
        defer { page.deallocate() }
        let count = try onDisk { () throws(DiskError) in try file.read(at: 0, into: page) }
        guard count == page.count else { throw .damaged(file: path, offset: UInt64(count), reason: "shorter than a header") }
        let header: SegmentHeader
        do throws(SegmentHeader.Flaw) {
            header = try SegmentHeader.decode(UnsafeRawBufferPointer(page))
        } catch {
            throw .damaged(file: path, offset: 0, reason: error.text)
        }
        guard header.firstLSN == firstLSN else {
            throw .damaged(file: path, offset: 32, reason: "first LSN \(header.firstLSN) in the header, not that of the name")
        }
        let size = try onDisk { () throws(DiskError) in try file.size() }
        guard size >= header.fileBytes else {
            throw .damaged(file: path, offset: size, reason: "\(size) bytes long instead of \(header.fileBytes)")
        }
        return Segment(path: path, file: file, header: header)
    }
}

/// What stands at a place of a segment.
enum FrameFinding {
    /// The payload's bytes are valid until the window moves.
    case frame(FrameHeader, payload: UnsafeRawBufferPointer)
    /// No room for a frame up to the segment's end.
    case full
    case invalid(reason: String)
}

/// Reads a segment through a window of bounded size: one buffer, as large as the largest frame seen needs.
final class SegmentWindow {
    let segment: Segment
    private var buffer: UnsafeMutableRawBufferPointer
    private var start: UInt64 = 0
    private var filled = 0

    init(_ segment: Segment, bytes: Int = JournalLimits.copyBytes) {
        self.segment = segment
        buffer = .allocate(byteCount: bytes, alignment: 16)
    }

    deinit { buffer.deallocate() }

    /// Forgets what was read, so that bytes written since are seen.
    func forget() { filled = 0 }

    /// Up to `count` bytes at `offset`, fewer only at the file's end.
    func bytes(at offset: UInt64, count: Int) throws(JournalError) -> UnsafeRawBufferPointer {
        if offset < start || offset + UInt64(count) > start + UInt64(filled) {
            if count > buffer.count {
                buffer.deallocate()
                buffer = .allocate(byteCount: count, alignment: 16)
            }
            start = offset
            filled = 0
            let target = buffer
            filled = try onDisk { () throws(DiskError) in try segment.file.read(at: offset, into: target) }
        }
        let from = Int(offset - start)
        return UnsafeRawBufferPointer(rebasing: buffer[from..<min(from + count, filled)])
    }

    /// Bytes from `offset` on, at least 4 KiB unless the file ends: what is in the buffer, or a buffer full.
    func piece(at offset: UInt64) throws(JournalError) -> UnsafeRawBufferPointer {
        let end = start + UInt64(filled)
        if offset >= start, offset + 4096 <= end { return try bytes(at: offset, count: Int(end - offset)) }
        return try bytes(at: offset, count: buffer.count)
    }

    /// The frame at `offset` with checks and checksum; its place in the sequence of LSNs is the caller's to judge.
    func frame(at offset: UInt64) throws(JournalError) -> FrameFinding {
        let room = segment.header.fileBytes - offset
        if room < UInt64(SegmentFormat.frameHeaderBytes) { return .full }
        let head = try bytes(at: offset, count: SegmentFormat.frameHeaderBytes)
        guard head.count == SegmentFormat.frameHeaderBytes else { return .invalid(reason: "the file ends inside a frame") }
        guard let header = FrameHeader.decode(head, seed: segment.seed) else { return .invalid(reason: "no frame header") }
        guard UInt64(header.frameBytes) <= room else { return .invalid(reason: "a frame longer than the segment") }
        let frame = try bytes(at: offset, count: header.frameBytes)
        guard frame.count == header.frameBytes, FrameHeader.isIntact(frame, seed: segment.seed) else {
            return .invalid(reason: "checksum mismatch in the frame of LSN \(header.lsn)")
        }
        let payload = frame[SegmentFormat.frameHeaderBytes..<SegmentFormat.frameHeaderBytes + header.payloadBytes]
        return .frame(header, payload: UnsafeRawBufferPointer(rebasing: payload))
    }

    /// The frame at `offset` if it is also the one to follow the record `last`.
    func frame(at offset: UInt64, after last: LSN) throws(JournalError) -> FrameFinding {
        let finding = try frame(at: offset)
        guard case .frame(let header, _) = finding else { return finding }
        let expected = header.kind == .mark ? last : last.next
        guard header.lsn == expected else {
            return .invalid(reason: "LSN \(header.lsn) where \(expected) was expected")
        }
        return finding
    }
}
