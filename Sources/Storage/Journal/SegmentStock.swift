import Environment
import Synchronization

/// Files prepared to become segments: as long as a segment, every block written before (a block that was only allocated
/// syncs at half the rate, because the first write to it changes the file system's own records).
///
/// Invariant: whatever is called `*.spare` was synced at full size before it got that name, so that after a crash the name alone
/// tells that writing into it needs no more room.
final class SegmentStock: Sendable {
    struct Spare: Equatable {
        let path: String
        let bytes: UInt64
    }

    private let directory: String
    private let segmentBytes: UInt64
    private let disk: any Disk
    private let random: any RandomSource
    private let spares = Mutex<[Spare]>([])
    /// Held while a file is being made, so that the writer waits for the preparer's rather than making a second.
    private let making = Mutex<Void>(())

    init(directory: String, segmentBytes: UInt64, environment: Environment) {
        self.directory = directory
        self.segmentBytes = segmentBytes
        self.disk = environment.disk
        self.random = environment.random
    }

    /// Takes over what an earlier process prepared and removes what it did not finish.
    func adopt(_ names: [String]) throws(JournalError) {
        for name in names.sorted() {
            let path = "\(directory)/\(name)"
            if name.hasSuffix(SegmentFormat.spareSuffix) {
                let size = try onDisk { () throws(DiskError) in try disk.open(path, .readOnly).size() }
                if keep(Spare(path: path, bytes: size)) { continue }
            } else if !name.hasSuffix(SegmentFormat.unfinishedSuffix) {
                continue
            }
            try onDisk { () throws(DiskError) in try disk.remove(path) }
        }
    }

    /// Makes a spare if there is none. Takes about 0.1 s; on any thread but the writer's. Throws `.noSpace`, and a later call may work.
    func prepare() throws(JournalError) {
        try making.withLock { _ throws(JournalError) in
            if spares.withLock({ $0.count >= JournalLimits.sparesMax }) { return }
            let spare = try make(segmentBytes)
            _ = keep(spare)
        }
    }

    /// A file of exactly `bytes`; makes one when none is at hand. Throws `.noSpace`, and a later call may work.
    func take(_ bytes: UInt64) throws(JournalError) -> Spare {
        if let spare = pop(bytes) { return spare }
        return try making.withLock { _ throws(JournalError) in
            if let spare = pop(bytes) { return spare }
            return try make(bytes)
        }
    }

    /// Returns a file that was taken and not written.
    func giveBack(_ spare: Spare) {
        if !keep(spare) { try? disk.remove(spare.path) }
    }

    /// Whether a file no longer needed should become a spare; then the caller renames it to `path` and calls `add`.
    func wants(_ bytes: UInt64) -> String? {
        let isWanted = bytes == segmentBytes && spares.withLock { $0.count < JournalLimits.sparesMax }
        return isWanted ? newPath(SegmentFormat.spareSuffix) : nil
    }

    /// `path` durably has a spare's name.
    func add(_ path: String) { spares.withLock { $0.append(Spare(path: path, bytes: segmentBytes)) } }

    var count: Int { spares.withLock { $0.count } }

    private func pop(_ bytes: UInt64) -> Spare? {
        guard bytes == segmentBytes else { return nil }
        return spares.withLock { $0.popLast() }
    }

    private func keep(_ spare: Spare) -> Bool {
        spares.withLock { spares in
            guard spare.bytes == segmentBytes, spares.count < JournalLimits.sparesMax else { return false }
            spares.append(spare)
            return true
        }
    }

    private func newPath(_ suffix: String) -> String { "\(directory)/\(String(random.next(), radix: 16))\(suffix)" }

    private func make(_ bytes: UInt64) throws(JournalError) -> Spare {
        let unfinished = newPath(SegmentFormat.unfinishedSuffix)
        let finished = newPath(SegmentFormat.spareSuffix)
        do throws(JournalError) {
            try onDisk { () throws(DiskError) in
                let file = try disk.open(unfinished, .createNew)
                try file.preallocate(to: bytes)
                try Self.fillWithZeros(file, from: 0, to: bytes)
                try file.sync()
                try disk.rename(unfinished, to: finished)
                try disk.syncDirectory(directory)
            }
        } catch {
            try? disk.remove(unfinished)
            throw error
        }
        return Spare(path: finished, bytes: bytes)
    }

    static func fillWithZeros(_ file: any DiskFile, from start: UInt64, to end: UInt64) throws(DiskError) {
        let zeros = UnsafeMutableRawBufferPointer.allocate(byteCount: JournalLimits.copyBytes, alignment: 16)
        zeros.initializeMemory(as: UInt8.self, repeating: 0)
        defer { zeros.deallocate() }
        var offset = start
        while offset < end {
            let count = min(UInt64(zeros.count), end - offset)
            try file.write(at: offset, [UnsafeRawBufferPointer(rebasing: zeros[..<Int(count)])])
            offset += count
        }
    }
}
