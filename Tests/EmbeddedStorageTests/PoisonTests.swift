import BlobFiles
import EmbeddedStorage
import Environment
import Index
import Journal
import Model
import NIOCore
import SimulationKit
import StoragePorts
import Synchronization
import Testing

/// After a failed sync nobody knows what the disk holds.
@Suite struct PoisonTests {
    private final class Causes: Sendable {
        let all = Mutex<[LedgerError]>([])
    }

    /// Fails the sync of the journal or of the pack, whichever comes with that number.
    @Test(arguments: [1, 2]) func aFailedSyncPoisons(sync: Int) async throws {
        let disk = FailingSyncDisk(SimDisk())
        let index = MemoryIndex()
        let causes = Causes()
        let storage = try open(on: disk, index: { _ in index }, onPoison: { cause in causes.all.withLock { $0.append(cause) } })
        var goods = Goods()
        for number in 1...3 { try await goods.add(number, to: storage) }
        #expect(storage.health.failure == nil)
        let applied = storage.ledger.applied

        disk.failNext(sync)
        let staged = storage.blobs.small(ByteBuffer(bytes: [1, 2, 3]))
        let thrown = await #expect(throws: LedgerError.self) {
            try await storage.ledger.commit { transaction in
                _ = try transaction.stage(staged)
                transaction.put(key("lost"), [1])
            }
        }
        let error = try #require(thrown)
        guard case .poisoned = error else { throw error }
        #expect(storage.health.failure == error)

        for _ in 0..<3 {
            await #expect(throws: error) { try await storage.ledger.commit { $0.put(key("after"), [1]) } }
            await #expect(throws: error) {
                try await storage.ledger.commit(reading: [], durability: .relaxed) { $0.put(key("after"), [1]) }
            }
        }
        #expect(causes.all.withLock { $0.count } == 1, "told once")
        #expect(storage.ledger.applied == applied)
        #expect(try await goods.missing(in: storage) == [], "reads go on")
        #expect(try await storage.ledger.read { try $0.get(key("lost")) } == nil)
        #expect(try await storage.ledger.records(after: .zero, countMax: 100).last?.lsn == applied)
        await #expect(throws: error) { try await storage.sweeper.pass() }
        storage.close()

        let reopened = try open(disk.disk.restartClone(), index.crashClone(SimRandom(seed: UInt64(sync))))
        #expect(reopened.recovered.last >= applied && reopened.recovered.last.rawValue <= applied.rawValue + 1)
        #expect(try await goods.missing(in: reopened) == [])
        #expect(try await reopened.ledger.read { try $0.get(key("after")) } == nil)
        try await goods.add(9, to: reopened)
        #expect(try await goods.missing(in: reopened) == [])
        reopened.close()
    }

    /// The files that are open still take writes, but no later start would find them.
    @Test(arguments: ["removed", "replaced"]) func aFolderThatIsGoneEndsWriting(how: String) async throws {
        let disk = SimDisk()
        let storage = try open(disk, MemoryIndex())
        storage.lookForFolder()
        _ = try await storage.ledger.commit { $0.put(key("a"), [1]) }
        try disk.remove("\(root)/lock")
        if how == "replaced" {
            let other = try disk.open("\(root)/lock", .createNew)
            try Array("4242\n".utf8).withUnsafeBytes { try other.write(at: 0, [$0]) }
        }
        storage.lookForFolder()
        let error = try #require(storage.health.failure)
        await #expect(throws: error) { try await storage.ledger.commit { $0.put(key("a"), [2]) } }
        #expect(try await storage.ledger.read { try $0.get(key("a")) } == [1], "reads go on")
        storage.close()
    }

    @Test func aClosedLedgerSaysSo() async throws {
        let storage = try open(SimDisk(), MemoryIndex())
        _ = try await storage.ledger.commit { $0.put(key("a"), [1]) }
        storage.close()
        await #expect(throws: LedgerError.closed) { try await storage.ledger.commit { $0.put(key("a"), [2]) } }
        await #expect(throws: LedgerError.closed) { try await storage.ledger.commit(reading: [key("a")]) { $0.put(key("a"), [2]) } }
        await #expect(throws: LedgerError.closed) { try await storage.ledger.read { try $0.get(key("a")) } }
        await #expect(throws: LedgerError.closed) { try await storage.ledger.records(after: .zero, countMax: 1) }
    }

    @Test func aRecordAboveTheLimitIsRefusedAlone() async throws {
        let storage = try open(SimDisk(), MemoryIndex())
        await #expect(throws: LedgerError.self) {
            try await storage.ledger.commit { $0.put(key("a"), [UInt8](repeating: 0, count: 50_000)) }
        }
        #expect(try await storage.ledger.commit { $0.put(key("a"), [1]) }.lsn == LSN(1))
        storage.close()
    }

    /// Commits that never came to their turn are told at the end.
    @Test func closingFinishesWhatWaits() async throws {
        let storage = try open(SimDisk(), MemoryIndex())
        let ledger = storage.ledger
        let outcomes = await withTaskGroup(of: Bool.self) { group in
            for number in 0..<200 {
                group.addTask {
                    do {
                        _ = try await ledger.commit { $0.put(key("\(number)"), [1]) }
                        return true
                    } catch {
                        return false
                    }
                }
            }
            storage.close()
            return await group.reduce(into: [Bool]()) { $0.append($1) }
        }
        #expect(outcomes.count == 200)
        #expect(ledger.applied.rawValue == UInt64(outcomes.count { $0 }))
    }
}

/// Fails a sync that is counted from the moment of asking.
private final class FailingSyncDisk: Disk {
    let disk: SimDisk
    fileprivate let left = Mutex(0)

    init(_ disk: SimDisk) {
        self.disk = disk
    }

    func failNext(_ number: Int) { left.withLock { $0 = number } }

    func open(_ path: String, _ mode: OpenMode) throws(DiskError) -> any DiskFile {
        FailingSyncFile(file: try disk.open(path, mode), path: path, disk: self)
    }

    func list(_ directory: String) throws(DiskError) -> [String] { try disk.list(directory) }
    func createDirectory(_ path: String) throws(DiskError) { try disk.createDirectory(path) }
    func syncDirectory(_ path: String) throws(DiskError) { try disk.syncDirectory(path) }
    func rename(_ from: String, to: String) throws(DiskError) { try disk.rename(from, to: to) }
    func remove(_ path: String) throws(DiskError) { try disk.remove(path) }
    func exists(_ path: String) throws(DiskError) -> Bool { try disk.exists(path) }
    func freeBytes(at path: String) throws(DiskError) -> UInt64 { try disk.freeBytes(at: path) }
}

private final class FailingSyncFile: DiskFile {
    private let file: any DiskFile
    private let path: String
    private let disk: FailingSyncDisk

    init(file: any DiskFile, path: String, disk: FailingSyncDisk) {
        self.file = file
        self.path = path
        self.disk = disk
    }

    func sync() throws(DiskError) {
        let fails = disk.left.withLock { left in
            left -= 1
            return left == 0
        }
        if fails { throw DiskError(kind: .failed, errno: 5, operation: "sync", path: path) }
        try file.sync()
    }

    func read(at offset: UInt64, into buffer: UnsafeMutableRawBufferPointer) throws(DiskError) -> Int {
        try file.read(at: offset, into: buffer)
    }

    func readWithoutBlocking(at offset: UInt64, into buffer: UnsafeMutableRawBufferPointer) throws(DiskError) -> Int? {
        try file.readWithoutBlocking(at: offset, into: buffer)
    }

    func write(at offset: UInt64, _ pieces: [UnsafeRawBufferPointer]) throws(DiskError) { try file.write(at: offset, pieces) }
    func truncate(to size: UInt64) throws(DiskError) { try file.truncate(to: size) }
    func preallocate(to size: UInt64) throws(DiskError) { try file.preallocate(to: size) }
    func size() throws(DiskError) -> UInt64 { try file.size() }
    func tryLock() throws(DiskError) -> Bool { try file.tryLock() }
}
