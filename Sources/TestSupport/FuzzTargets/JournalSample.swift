import Bytes
import Environment
import Journal
import Model
import SimulationKit

/// The bytes of a journal's segments, made for damaging them.
struct SegmentFiles {
    static let directory = "/data/journal"
    static let headerBytes = 4096

    var files: [(path: String, bytes: [UInt8])]

    /// A journal of twelve acknowledged records in two segments, closed in order.
    static let sample = certainly { () throws in
        let disk = try SegmentFiles(files: []).disk()
        let opened = try open(disk)
        for (index, size) in payloadBytes.enumerated() {
            let lsn = opened.writer.appended.next
            let time = Timestamp(milliseconds: 1_000_000 + Int64(index))
            try opened.writer.append(lsn: lsn, time: time, payload: SimRandom(seed: lsn.rawValue).bytes(size))
            // Every third record shares its batch with the next.
            if index % 3 == 0 { continue }
            try opened.writer.write()
            try opened.writer.sync()
        }
        try opened.writer.close()
        let files = try opened.journal.segments.map { (path: $0.path, bytes: try disk.bytes(ofFile: $0.path)) }
        precondition(files.count == 2)
        return (files: SegmentFiles(files: files), records: try records(of: opened))
    }

    private static let payloadBytes = [0, 7, 8, 100, 900, 33, 1500, 64, 1200, 300, 5, 1900]

    /// A disk that holds them, synced.
    func disk() throws -> SimDisk {
        let disk = SimDisk()
        try disk.createDirectory("/data")
        try disk.syncDirectory("/")
        try disk.createDirectory(Self.directory)
        try disk.syncDirectory("/data")
        for (path, bytes) in files {
            let file = try disk.open(path, .createNew)
            try bytes.withUnsafeBytes { try file.write(at: 0, [$0]) }
            try file.sync()
        }
        try disk.syncDirectory(Self.directory)
        return disk
    }

    static func open(_ disk: SimDisk, atLeast: LSN = .zero) throws(JournalError) -> Journal.Opened {
        let environment = Environment(disk: disk, clock: SimClock(), random: SimRandom(seed: 1))
        var configuration = JournalConfiguration()
        configuration.segmentBytes = 8192
        return try Journal.open(directory: directory, environment: environment, configuration: configuration, atLeast: atLeast)
    }

    /// From the oldest record to the last durable one.
    static func records(of opened: Journal.Opened) throws(JournalError) -> [JournalRecord] {
        let reader = try opened.journal.makeReader(from: opened.journal.oldestLSN)
        var records: [JournalRecord] = []
        while let record = try reader.next(upTo: opened.writer.durable) { records.append(record) }
        return records
    }
}

// MARK: Damage

extension SegmentFiles {
    /// Changes bytes as the input says, six bytes for each edit: what, which file, where (2), how many, what with.
    mutating func edit(_ input: [UInt8]) {
        for start in stride(from: 0, to: input.count - 5, by: 6).prefix(64) {
            let index = Int(input[start + 1]) % files.count
            let size = files[index].bytes.count
            let place = Int(input[start + 2]) << 8 | Int(input[start + 3])
            if size == 0 { continue }
            let from = place % size
            let to = min(from + Int(input[start + 4]) + 1, size)
            let value = input[start + 5]
            switch input[start] % 6 {
            case 0: files[index].bytes[from] ^= 1 << (value & 7)
            case 1: files[index].bytes[from] = value
            case 2: for offset in from..<to { files[index].bytes[offset] = value }
            case 3: copy(from..<to, in: index, to: (from & ~7) + 8 * Int(value))
            case 4: files[index].bytes.removeLast(size - from)
            default: files[index].bytes += [UInt8](repeating: value, count: to - from)
            }
        }
    }

    private mutating func copy(_ range: Range<Int>, in index: Int, to target: Int) {
        let bytes = Array(files[index].bytes[range])
        for (offset, byte) in bytes.enumerated() where target + offset < files[index].bytes.count {
            files[index].bytes[target + offset] = byte
        }
    }

    /// Makes the checksums of headers and frames agree again with what they cover, as if the damage had been written.
    mutating func seal() {
        for index in files.indices where files[index].bytes.count >= Self.headerBytes {
            files[index].bytes.withUnsafeMutableBytes { raw in
                let sum = CRC32C.checksum(UnsafeRawBufferPointer(rebasing: raw[..<(Self.headerBytes - 4)]))
                raw.storeBytes(of: sum.littleEndian, toByteOffset: Self.headerBytes - 4, as: UInt32.self)
                let seed = frameSeed(UnsafeRawBufferPointer(raw))
                var offset = Self.headerBytes
                while let end = frameEnd(UnsafeRawBufferPointer(raw), offset) {
                    let frame = UnsafeMutableRawBufferPointer(rebasing: raw[offset..<end])
                    let headerSum = CRC32C.checksum(UnsafeRawBufferPointer(rebasing: frame[4..<30]), continuing: seed)
                    frame.storeBytes(of: UInt16(truncatingIfNeeded: headerSum).littleEndian, toByteOffset: 30, as: UInt16.self)
                    frame.storeBytes(of: frameSum(UnsafeRawBufferPointer(frame), seed).littleEndian, as: UInt32.self)
                    offset = end
                }
            }
        }
    }
}

// MARK: Checksums, by the layout that SegmentFormat states

/// What the checksums of a segment's frames begin with.
func frameSeed(_ segment: UnsafeRawBufferPointer) -> UInt32 {
    CRC32C.checksum(UnsafeRawBufferPointer(rebasing: segment[24..<32]))
}

func frameSum(_ frame: UnsafeRawBufferPointer, _ seed: UInt32) -> UInt32 {
    CRC32C.checksum(UnsafeRawBufferPointer(rebasing: frame[4...]), continuing: seed)
}

/// Where the frame at `offset` ends by its length; nil when that is outside of the segment or there is nothing.
func frameEnd(_ segment: UnsafeRawBufferPointer, _ offset: Int) -> Int? {
    guard offset + 32 <= segment.count, segment[offset..<offset + 32].contains(where: { $0 != 0 }) else { return nil }
    let length = Int(UInt32(littleEndian: segment.loadUnaligned(fromByteOffset: offset + 4, as: UInt32.self)))
    let end = offset + (32 + length + 7) & ~7
    return end <= segment.count ? end : nil
}

/// For what can fail only when the fuzz target itself is wrong.
func certainly<Value>(_ body: () throws -> Value) -> Value {
    do {
        return try body()
    } catch {
        preconditionFailure("\(error)")
    }
}
