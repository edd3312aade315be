import Environment
import Journal
import Model
import SimulationKit
import Testing

let directory = "/data/journal"

/// With a data folder, which is the caller's to make.
func makeDisk() -> SimDisk {
    let disk = SimDisk()
    do {
        try disk.createDirectory("/data")
        try disk.syncDirectory("/")
    } catch {
        Issue.record(error)
    }
    return disk
}

/// A journal with small segments on a simulated disk.
struct Harness {
    let disk: SimDisk
    let environment: Environment
    var configuration = JournalConfiguration()

    init(_ disk: SimDisk = makeDisk(), seed: UInt64 = 1, segmentBytes: UInt64 = 8192) {
        self.disk = disk
        environment = Environment(disk: disk, clock: SimClock(), random: SimRandom(seed: seed))
        configuration.segmentBytes = segmentBytes
    }

    func open(atLeast: LSN = .zero) throws -> Journal.Opened {
        try Journal.open(directory: directory, environment: environment, configuration: configuration, atLeast: atLeast)
    }

    /// The last segment's path.
    func lastSegment() -> String { disk.allFiles().filter { $0.hasSuffix(".seg") }.max()! }

    func overwrite(_ path: String, at offset: Int, _ bytes: [UInt8]) throws {
        let file = try disk.open(path, .readWrite)
        try bytes.withUnsafeBytes { try file.write(at: UInt64(offset), [$0]) }
        try file.sync()
    }
}

extension Journal.Opened {
    /// Appends, writes and syncs one batch.
    func commit(_ payloads: [[UInt8]]) throws {
        try write(payloads)
        try writer.sync()
    }

    func write(_ payloads: [[UInt8]]) throws {
        for payload in payloads {
            try writer.append(lsn: writer.appended.next, time: time(of: writer.appended.next), payload: payload)
        }
        try writer.write()
    }

    /// Everything from the oldest record to the last durable one.
    func records() throws -> [JournalRecord] {
        let reader = try journal.makeReader(from: journal.oldestLSN)
        var records: [JournalRecord] = []
        while let record = try reader.next(upTo: writer.durable) { records.append(record) }
        return records
    }

    func payloads() throws -> [[UInt8]] { try records().map(\.payload) }
}

func time(of lsn: LSN) -> Timestamp { Timestamp(milliseconds: 1_000_000 + Int64(lsn.rawValue)) }

/// A payload that tells its number and is no text of any other.
func payload(_ number: Int, count: Int = 100) -> [UInt8] { SimRandom(seed: UInt64(number)).bytes(count) }

func isDamaged(_ error: any Error) -> Bool {
    if case JournalError.damaged = error { true } else { false }
}
