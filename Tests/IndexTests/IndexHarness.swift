import Environment
import Index
import Model
import SimulationKit
import StoragePorts
import Synchronization
import Testing

#if canImport(Glibc)
    import Glibc
#endif

/// A folder of its own, removed at the end.
final class TemporaryFolder {
    let path: String

    init() {
        var template = Array("/tmp/roost-index-XXXXXX".utf8CString)
        path = template.withUnsafeMutableBufferPointer { buffer in
            String(cString: mkdtemp(buffer.baseAddress!))
        }
    }

    deinit { Self.remove(path) }

    private static func remove(_ path: String) {
        for name in names(in: path) { remove("\(path)/\(name)") }
        if rmdir(path) != 0 { unlink(path) }
    }

    static func names(in path: String) -> [String] {
        guard let directory = opendir(path) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }

    /// Copies the files of a flat folder as they are at one moment, as a killed process would leave them: again when a flush or
    /// compaction has changed the folder meanwhile.
    static func copy(_ from: String, to: String) throws {
        let disk = LinuxDisk()
        while true {
            let before = names(in: from).sorted()
            do throws(DiskError) {
                try disk.createDirectory(to)
                for name in before where name != "LOCK" { try copyFile("\(from)/\(name)", to: "\(to)/\(name)", disk) }
            } catch {
                guard error.kind == .notFound else { throw error }
            }
            if names(in: from).sorted() == before { return }
            remove(to)
        }
    }

    private static func copyFile(_ from: String, to: String, _ disk: LinuxDisk) throws(DiskError) {
        let source = try disk.open(from, .readOnly)
        let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: Int(try source.size()), alignment: 16)
        defer { bytes.deallocate() }
        let count = try source.read(at: 0, into: bytes)
        try disk.open(to, .createNew).write(at: 0, [UnsafeRawBufferPointer(rebasing: bytes[..<count])])
    }
}

enum Kind: CaseIterable, Sendable {
    case rocks
    case memory
}

/// An index with what a test needs to reopen it.
final class Fixture {
    let kind: Kind
    private let folder = TemporaryFolder()
    private var generation = 0
    private(set) var index: any OrderedIndex

    var path: String { "\(folder.path)/\(generation)" }

    init(_ kind: Kind) throws {
        self.kind = kind
        index =
            switch kind {
            case .rocks: try RocksIndex("\(folder.path)/0", configuration: small)
            case .memory: MemoryIndex()
            }
    }

    /// Closes and opens again. Nothing is lost.
    func reopen() throws {
        guard kind == .rocks else { return }
        index.close()
        index = try RocksIndex(path, configuration: small)
    }

    /// What a killed process leaves.
    func crash(_ random: SimRandom) throws {
        if let memory = index as? MemoryIndex {
            index = memory.crashClone(random)
            return
        }
        let before = path
        generation += 1
        try TemporaryFolder.copy(before, to: path)
        index.close()
        index = try RocksIndex(path, configuration: small)
    }
}

/// Small enough that flushes happen by themselves.
let small: RocksConfiguration = {
    var configuration = RocksConfiguration()
    configuration.blockCacheBytes = 4 << 20
    configuration.writeBufferBytes = 256 << 10
    return configuration
}()

extension KeyValueReader {
    /// All entries of a range, or the first `countMax` of them.
    func entries(
        _ range: KeyRange = KeyRange(from: [], to: nil), _ direction: ScanDirection = .forward, countMax: Int = .max
    ) throws -> [Pair] {
        var found: [Pair] = []
        if countMax == 0 { return [] }
        try scan(range, direction) { key, value in
            found.append(Pair(key: Array(key), value: Array(value)))
            return found.count < countMax ? .next : .stop
        }
        return found
    }
}

struct Pair: Equatable {
    let key: [UInt8]
    let value: [UInt8]
}

/// What the index should hold.
struct Model {
    var values: [[UInt8]: [UInt8]] = [:]
    var lsn = LSN.zero

    mutating func apply(_ writes: [IndexWrite], _ lsn: LSN) {
        for (key, value) in writes { values[key] = value }
        self.lsn = lsn
    }

    func entries(_ range: KeyRange = KeyRange(from: [], to: nil), _ direction: ScanDirection = .forward) -> [Pair] {
        let inRange = values.filter { range.contains($0.key) }.map { Pair(key: $0.key, value: $0.value) }
        return inRange.sorted { a, b in
            direction == .forward ? a.key.lexicographicallyPrecedes(b.key) : b.key.lexicographicallyPrecedes(a.key)
        }
    }
}

/// Keys of few letters, so that they meet and nest.
func randomKey(_ random: SimRandom) -> [UInt8] {
    let letters: [UInt8] = [0x10, 0x41, 0x42, 0xFE, 0xFF]
    return [letters[random.int(in: 0...4)]] + (0..<random.int(in: 0...4)).map { _ in letters[random.int(in: 0...4)] }
}

func randomWrites(_ random: SimRandom) -> [IndexWrite] {
    (0..<random.int(in: 1...12)).map { _ in
        (key: randomKey(random), value: random.oneIn(3) ? nil : random.bytes(random.int(in: 0...200)))
    }
}
