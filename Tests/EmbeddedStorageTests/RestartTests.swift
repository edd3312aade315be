import BlobFiles
import EmbeddedStorage
import Environment
import Index
import Model
import SimulationKit
import StoragePorts
import Testing

@Suite struct RestartTests {
    @Test func onTheMachinesDisk() async throws {
        let folder = ScratchFolder()
        defer { withExtendedLifetime(folder) {} }
        let root = folder.path + "/made/for/it"
        var goods = Goods()
        for round in 0..<3 {
            let storage = try open(root, on: LinuxDisk(), index: { try RocksIndex($0) })
            #expect(storage.recovered.last == goods.last)
            #expect(storage.recovered.replayed == 0, "a clean stop flushes the index")
            #expect(try await goods.missing(in: storage) == [])
            for number in 0..<20 { try await goods.add(round * 100 + number, to: storage) }
            try await storage.ledger.advanceCursor("mail", to: LSN(UInt64(round + 1)))
            storage.close()
            goods.noteLast(storage.ledger.applied)
        }
        let storage = try open(root, on: LinuxDisk(), index: { try RocksIndex($0) })
        #expect(try await storage.ledger.cursor("mail") == LSN(3))
        #expect(try await storage.ledger.records(after: .zero, countMax: 1000).count == Int(goods.last.rawValue))
        storage.close()
    }

    /// The folder as a killed process leaves it: nothing flushed, nothing closed.
    @Test func aKilledProcessOnTheMachinesDisk() async throws {
        let folder = ScratchFolder()
        defer { withExtendedLifetime(folder) {} }
        var goods = Goods()
        let killed = try open(folder.path + "/data", on: LinuxDisk(), index: { try RocksIndex($0) })
        for number in 0..<30 { try await goods.add(number, to: killed) }
        try copyTree(folder.path + "/data", to: folder.path + "/copy")
        let storage = try open(folder.path + "/copy", on: LinuxDisk(), index: { try RocksIndex($0) })
        #expect(storage.recovered.last == goods.last)
        #expect(storage.recovered.replayed == goods.last.rawValue)
        #expect(try await goods.missing(in: storage) == [])
        storage.close()
        killed.close()
    }

    @Test(arguments: 0..<20) func powerCuts(seed: UInt64) async throws {
        let random = SimRandom(seed: seed)
        var disk = SimDisk()
        var index = MemoryIndex()
        var goods = Goods()
        for life in 0..<3 {
            let storage = try open(disk, index)
            #expect(storage.recovered.last == goods.last)
            for number in 0..<6 { try await goods.add(life * 10 + number, to: storage) }
            if random.oneIn(2) { _ = try index.flush() }
            let next = random.oneIn(3) ? disk.restartClone() : disk.crashClone(seed: random.next())
            index = index.crashClone(random)
            storage.close()
            disk = next
        }
        let storage = try open(disk, index)
        #expect(try await goods.missing(in: storage) == [])
        storage.close()
        let named = Set(goods.extents.values)
        #expect(try BlobVerifier.verify(disk, root: root, named: named, position: nil).isClean)
    }

    /// The last record of an idle ledger is damaged, then the power goes: it was acknowledged, so it is not taken for a torn tail.
    @Test func damageToTheLastRecordIsNoTornTail() async throws {
        let disk = SimDisk()
        let storage = try open(disk, MemoryIndex())
        for number in 0..<5 { _ = try await storage.ledger.commit { $0.put(key("\(number)"), payload(number, count: 100)) } }
        let segment = try #require(disk.allFiles().first { $0.hasSuffix(".seg") })
        let end = try #require(try disk.bytes(ofFile: segment).lastIndex { $0 != 0 })
        #expect(await storage.markEnd())
        let killed = disk.restartClone()
        storage.close()
        #expect(try open(killed.restartClone(), MemoryIndex()).recovered.last == LSN(5))
        try killed.flipBit(inFile: segment, at: UInt64(end), bit: 0)
        let error = #expect(throws: StorageOpenError.self) { try open(killed, MemoryIndex()) }
        guard case .damaged(let text) = error else { throw error ?? .failed("opened") }
        #expect(text.contains(segment))
    }

    private func copyTree(_ from: String, to: String) throws {
        let disk = LinuxDisk()
        try disk.createDirectory(to)
        for name in try disk.list(from) {
            if (try? disk.list("\(from)/\(name)")) != nil {
                try copyTree("\(from)/\(name)", to: "\(to)/\(name)")
            } else {
                let source = try disk.open("\(from)/\(name)", .readOnly)
                var bytes = [UInt8](repeating: 0, count: Int(try source.size()))
                _ = try bytes.withUnsafeMutableBytes { try source.read(at: 0, into: $0) }
                let target = try disk.open("\(to)/\(name)", .createNew)
                try bytes.withUnsafeBytes { try target.write(at: 0, [$0]) }
            }
        }
    }
}

/// Who may open a folder, and which.
@Suite struct DataFolderTests {
    @Test func oneProcessAtATime() throws {
        let folder = ScratchFolder()
        defer { withExtendedLifetime(folder) {} }
        let first = try open(folder.path, on: LinuxDisk(), index: { _ in MemoryIndex() }, processID: 4711)
        #expect(throws: StorageOpenError.heldBy(processID: "4711")) {
            try open(folder.path, on: LinuxDisk(), index: { _ in MemoryIndex() })
        }
        first.close()
        let second = try open(folder.path, on: LinuxDisk(), index: { _ in MemoryIndex() })
        second.close()
    }

    @Test func otherFormatsAreRefused() throws {
        let disk = SimDisk()
        try open(disk, MemoryIndex()).close()
        let format = try disk.open("\(root)/format", .readWrite)
        try Array("roost data folder, format 2\n".utf8).withUnsafeBytes { try format.write(at: 0, [$0]) }
        #expect(throws: StorageOpenError.unknownFormat("\(root)/format says roost data folder, format 2\n")) {
            try open(disk, MemoryIndex())
        }
        try disk.remove("\(root)/format")
        #expect(throws: StorageOpenError.unknownFormat("\(root)/format is missing, but there is blob-numbers")) {
            try open(disk, MemoryIndex())
        }
    }

    @Test func othersFilesDoNotDisturb() throws {
        let disk = SimDisk()
        try disk.createDirectory("\(root)/lost+found")
        try open(disk, MemoryIndex()).close()
    }

    /// The journal went, packs stayed: nothing is thrown away.
    @Test func aLostJournalIsRefused() async throws {
        let disk = SimDisk()
        var goods = Goods()
        let storage = try open(disk, MemoryIndex())
        try await goods.add(1, to: storage)
        storage.close()
        for name in try disk.list("\(root)/journal") { try disk.remove("\(root)/journal/\(name)") }
        let error = #expect(throws: StorageOpenError.self) { try open(disk, MemoryIndex()) }
        #expect(error.map { "\($0)".contains("journal") } == true)
        #expect(try disk.list("\(root)/packs").count == 1)
    }
}
