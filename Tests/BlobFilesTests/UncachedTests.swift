import BlobFiles
import Environment
import NIOCore
import SimulationKit
import StoragePorts
import Synchronization
import Testing

/// Large payloads on a file system that writes past the page cache, on one that does not, and on one that finds out late.
@Suite struct UncachedTests {
    /// Refuses to open files for uncached writes, or refuses the writes.
    final class RefusingDisk: Disk {
        enum Refuses: CaseIterable, Sendable { case opening, firstWrite, secondWrite }

        let disk: SimDisk
        let refuses: Refuses
        /// Files that were written past the page cache, or would have been.
        let tried = Mutex(0)

        init(_ disk: SimDisk, _ refuses: Refuses) {
            (self.disk, self.refuses) = (disk, refuses)
        }

        func open(_ path: String, _ mode: OpenMode) throws(DiskError) -> any DiskFile {
            guard mode == .uncached else { return try disk.open(path, mode) }
            tried.withLock { $0 += 1 }
            if refuses == .opening { throw DiskError(kind: .failed, errno: 22, operation: "open", path: path) }
            return RefusingFile(try disk.open(path, mode), writesLeft: refuses == .firstWrite ? 0 : 1)
        }

        func list(_ directory: String) throws(DiskError) -> [String] { try disk.list(directory) }
        func createDirectory(_ path: String) throws(DiskError) { try disk.createDirectory(path) }
        func syncDirectory(_ path: String) throws(DiskError) { try disk.syncDirectory(path) }
        func rename(_ from: String, to: String) throws(DiskError) { try disk.rename(from, to: to) }
        func remove(_ path: String) throws(DiskError) { try disk.remove(path) }
        func exists(_ path: String) throws(DiskError) -> Bool { try disk.exists(path) }
        func freeBytes(at path: String) throws(DiskError) -> UInt64 { try disk.freeBytes(at: path) }
    }

    final class RefusingFile: DiskFile {
        private let file: any DiskFile
        private let writesLeft: Mutex<Int>

        init(_ file: any DiskFile, writesLeft: Int) {
            self.file = file
            self.writesLeft = Mutex(writesLeft)
        }

        func write(at offset: UInt64, _ pieces: [UnsafeRawBufferPointer]) throws(DiskError) {
            let refused = writesLeft.withLock { left in
                defer { left -= 1 }
                return left <= 0
            }
            if refused { throw DiskError(kind: .failed, errno: 22, operation: "write", path: "") }
            try file.write(at: offset, pieces)
        }

        func read(at offset: UInt64, into buffer: UnsafeMutableRawBufferPointer) throws(DiskError) -> Int {
            try file.read(at: offset, into: buffer)
        }
        func readWithoutBlocking(at offset: UInt64, into buffer: UnsafeMutableRawBufferPointer) throws(DiskError) -> Int? {
            try file.readWithoutBlocking(at: offset, into: buffer)
        }
        func sync() throws(DiskError) { try file.sync() }
        func truncate(to size: UInt64) throws(DiskError) { try file.truncate(to: size) }
        func preallocate(to size: UInt64) throws(DiskError) { try file.preallocate(to: size) }
        func size() throws(DiskError) -> UInt64 { try file.size() }
        func tryLock() throws(DiskError) -> Bool { try file.tryLock() }
    }

    /// Around the borders of pages, of the memory that gathers bytes (8192 here) and of the room for the file's end.
    static let lengths = [0, 1, 4095, 4096, 4097, 8064, 8155, 8156, 8157, 8191, 8192, 8193, 16_384, 20_000, 70_000]

    @Test(arguments: [0, 4096]) func everyLengthIsWholeAndDurable(endBytes: Int) async throws {
        var limits = BlobWorld.limits
        limits.writeBytes = 8192
        limits.endBytes = endBytes
        let world = try BlobWorld(on: try BlobWorld.freshDisk(), limits: limits)
        let random = SimRandom(seed: 5)
        for length in Self.lengths {
            let bytes = random.bytes(length)
            let extent = try await world.writeFile(bytes, pieceBytes: 3001)
            let whole = try world.disk.bytes(ofFile: path(ofFile: extent))
            #expect(whole.count == length + (length + 65_535) / 65_536 * 4 + 32, "the file ends with its trailer")
            #expect(whole.starts(with: bytes))
            #expect(try world.disk.durableBytes(ofFile: path(ofFile: extent)) == whole)
        }
        #expect(try await world.unreadable() == [])
        #expect(world.disk.trace.contains { $0.contains("uncached") })
        #expect(try world.verify().isClean)
    }

    @Test(arguments: RefusingDisk.Refuses.allCases)
    func aFileSystemThatCannotIsWrittenAsEver(_ refuses: RefusingDisk.Refuses) async throws {
        var limits = BlobWorld.limits
        limits.writeBytes = 8192
        let disk = RefusingDisk(try BlobWorld.freshDisk(), refuses)
        let pool = BlockingPool(name: "blobs", threadCount: 1, queueMax: 100)
        let environment = Environment(disk: disk, clock: SimClock(), random: SimRandom(seed: 1))
        let store = try BlobStore(environment, root: BlobWorld.root, pool: pool, limits: limits)
        let random = SimRandom(seed: 6)
        for length in Self.lengths {
            let bytes = random.bytes(length)
            let writer = try await store.makeWriter()
            try await writer.write(ByteBuffer(bytes: bytes))
            let extent = try await writer.finish()
            let whole = try disk.disk.durableBytes(ofFile: path(ofFile: extent))
            #expect(whole.starts(with: bytes) && whole.count == length + (length + 65_535) / 65_536 * 4 + 32)
        }
        #expect(disk.tried.withLock { $0 } == Self.lengths.count, "each file is tried once")
    }
}
