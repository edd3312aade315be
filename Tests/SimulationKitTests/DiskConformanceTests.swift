import Environment
import SimulationKit
import Testing

/// What storage relies on, for the machine's disk and the simulated one alike.
@Suite struct DiskConformanceTests {
    enum Kind: String, CaseIterable, Sendable, CustomTestStringConvertible {
        case linux
        case simulated

        var testDescription: String { rawValue }
    }

    /// Runs `body` in an empty directory of its own, which goes away afterwards.
    static func withDisk(_ kind: Kind, _ body: (any Disk, String) throws -> Void) throws {
        switch kind {
        case .simulated:
            let disk = SimDisk()
            try disk.createDirectory("/room")
            try body(disk, "/room")
        case .linux:
            let disk = LinuxDisk()
            let directory = "/tmp/roost-disk-" + String(SystemRandom().next(), radix: 36)
            try disk.createDirectory(directory)
            defer { removeTree(disk, directory) }
            try body(disk, directory)
        }
    }

    static func removeTree(_ disk: any Disk, _ path: String) {
        for name in (try? disk.list(path)) ?? [] {
            let child = path + "/" + name
            if (try? disk.list(child)) != nil { removeTree(disk, child) } else { try? disk.remove(child) }
        }
        try? disk.remove(path)
    }

    @Test(arguments: Kind.allCases) func openModes(kind: Kind) throws {
        try Self.withDisk(kind) { disk, room in
            let path = room + "/a"
            expectDiskError(.notFound) { _ = try disk.open(path, .readOnly) }
            expectDiskError(.notFound) { _ = try disk.open(path, .readWrite) }
            #expect(try disk.exists(path) == false)
            let file = try disk.open(path, .createNew)
            try file.put("hello", at: 0)
            expectDiskError(.exists) { _ = try disk.open(path, .createNew) }
            #expect(try disk.open(path, .createOrOpen).text() == "hello", "it is kept as it is")
            #expect(try disk.open(path, .readWrite).text() == "hello")
            #expect(try disk.exists(path))
            let reader = try disk.open(path, .readOnly)
            #expect(try reader.text() == "hello")
            expectDiskError(.failed) { try reader.put("x", at: 0) }
            expectDiskError(.failed) { try reader.truncate(to: 0) }
            expectDiskError(.notFound) { _ = try disk.open(room + "/none/a", .createNew) }
            expectDiskError(.failed) { _ = try disk.open(path + "/b", .createNew) }
            #expect(try disk.exists(path + "/b") == false)
            #expect(try disk.exists(room))
        }
    }

    @Test(arguments: Kind.allCases) func readsAndWrites(kind: Kind) throws {
        try Self.withDisk(kind) { disk, room in
            let file = try disk.open(room + "/a", .createNew)
            #expect(try file.size() == 0)
            #expect(try file.bytes(0, 10) == [])
            try file.put("world", at: 5)
            #expect(try file.bytes(0, 20) == [0, 0, 0, 0, 0] + Array("world".utf8), "a hole reads as zeros")
            try file.put("hello", at: 0)
            #expect(try file.text() == "helloworld")
            #expect(try file.bytes(8, 100) == Array("ld".utf8), "a read ends with the file")
            #expect(try file.bytes(10, 5) == [])
            #expect(try file.bytes(1000, 5) == [])
            #expect(try file.bytes(3, 0) == [])
            try file.sync()
            #expect(try file.size() == 10)
            try file.write(at: 3, [])
            #expect(try file.text() == "helloworld")
        }
    }

    @Test(arguments: Kind.allCases) func writesOfManyPieces(kind: Kind) throws {
        try Self.withDisk(kind) { disk, room in
            let file = try disk.open(room + "/a", .createNew)
            var random = SimRandom(seed: 7)
            // More pieces than one system call takes, some of them empty.
            let pieces = (0..<3000).map { index in
                [UInt8](repeating: UInt8(index % 251), count: index % 7 == 0 ? 0 : Int.random(in: 1...40, using: &random))
            }
            let whole = pieces.flatMap { $0 }
            whole.withUnsafeBytes { raw in
                var start = 0
                let parts = pieces.map { piece in
                    defer { start += piece.count }
                    return UnsafeRawBufferPointer(rebasing: raw[start..<start + piece.count])
                }
                #expect(throws: Never.self) { try file.write(at: 11, parts) }
            }
            #expect(try file.size() == UInt64(11 + whole.count))
            #expect(try file.bytes(11, whole.count) == whole)
        }
    }

    @Test(arguments: Kind.allCases) func readsWithoutBlocking(kind: Kind) throws {
        try Self.withDisk(kind) { disk, room in
            let file = try disk.open(room + "/a", .createNew)
            try file.put("hello world", at: 0)
            // Just written, hence in memory; a file system that cannot tell answers nil.
            for (offset, count, expected) in [(0, 5, "hello"), (6, 100, "world"), (11, 5, ""), (99, 5, "")] {
                let found = try file.cachedBytes(UInt64(offset), count)
                #expect(found == nil || found == Array(expected.utf8))
                if kind == .simulated { #expect(found != nil) }
            }
        }
    }

    /// A file system may refuse (one in memory does); then it says so and nothing is written.
    @Test(arguments: Kind.allCases) func uncachedWrites(kind: Kind) throws {
        try Self.withDisk(kind) { disk, room in
            let path = room + "/a"
            expectDiskError(.notFound) { _ = try disk.open(path, .uncached) }
            let file = try disk.open(path, .createNew)
            let pages = UnsafeMutableRawBufferPointer.allocate(byteCount: 12_288, alignment: OpenMode.uncachedAlignment)
            defer { pages.deallocate() }
            for index in pages.indices { pages[index] = UInt8(truncatingIfNeeded: index / 4096 + 1) }
            do throws(DiskError) {
                let uncached = try disk.open(path, .uncached)
                try uncached.write(at: 4096, [UnsafeRawBufferPointer(rebasing: pages[4096...])])
                try uncached.write(at: 0, [UnsafeRawBufferPointer(rebasing: pages[..<4096])])
                for (offset, piece) in [(UInt64(100), pages[..<4096]), (0, pages[100..<4196]), (0, pages[..<100])] {
                    let odd = UnsafeRawBufferPointer(rebasing: piece)
                    #expect(throws: DiskError.self) { try uncached.write(at: offset, [odd]) }
                }
            } catch {
                #expect(error.saysUnsupported && kind == .linux)
                return
            }
            try file.truncate(to: 8200)
            try file.sync()
            #expect(try file.size() == 8200)
            #expect(try file.bytes(0, 8200).elementsEqual(pages[..<8200]), "other handles see it")
        }
    }

    @Test(arguments: Kind.allCases) func truncates(kind: Kind) throws {
        try Self.withDisk(kind) { disk, room in
            let file = try disk.open(room + "/a", .createNew)
            try file.put("hello world", at: 0)
            try file.truncate(to: 5)
            #expect(try file.text() == "hello")
            try file.truncate(to: 8)
            #expect(try file.bytes(0, 100) == Array("hello".utf8) + [0, 0, 0], "what was cut does not come back")
            try file.sync()
            #expect(try file.size() == 8)
        }
    }

    @Test(arguments: Kind.allCases) func preallocates(kind: Kind) throws {
        try Self.withDisk(kind) { disk, room in
            let file = try disk.open(room + "/a", .createNew)
            try file.put("hello", at: 0)
            let size = (1 << 20) + 12_345
            try file.preallocate(to: UInt64(size))
            #expect(try file.size() == UInt64(size))
            let bytes = try file.bytes(0, size + 10)
            #expect(bytes.count == size && bytes.starts(with: Array("hello".utf8)))
            #expect(bytes.dropFirst(5).allSatisfy { $0 == 0 })
            try file.preallocate(to: 3)
            #expect(try file.size() == UInt64(size), "it never shrinks a file")
            #expect(try disk.freeBytes(at: room) > 0)
        }
    }

    @Test(arguments: Kind.allCases) func namesAndDirectories(kind: Kind) throws {
        try Self.withDisk(kind) { disk, room in
            #expect(try disk.list(room) == [])
            try disk.createDirectory(room + "/x/y/z")
            try disk.createDirectory(room + "/x/y")
            _ = try disk.open(room + "/x/y/file", .createNew)
            #expect(try disk.list(room + "/x/y").sorted() == ["file", "z"])
            expectDiskError(.notFound) { _ = try disk.list(room + "/none") }
            expectDiskError(.exists) { try disk.createDirectory(room + "/x/y/file") }
            expectDiskError(.failed) { try disk.createDirectory(room + "/x/y/file/deeper") }
            expectDiskError(.failed) { _ = try disk.list(room + "/x/y/file") }
            expectDiskError(.failed) { try disk.syncDirectory(room + "/x/y/file") }
            try disk.syncDirectory(room + "/x/y")
            expectDiskError(.notFound) { try disk.syncDirectory(room + "/none") }
            expectDiskError(.failed) { try disk.remove(room + "/x") }
            expectDiskError(.notFound) { try disk.remove(room + "/none") }
            try disk.remove(room + "/x/y/z")
            try disk.remove(room + "/x/y/file")
            try disk.remove(room + "/x/y")
            #expect(try disk.list(room + "/x") == [])
        }
    }

    @Test(arguments: Kind.allCases) func renames(kind: Kind) throws {
        try Self.withDisk(kind) { disk, room in
            try disk.open(room + "/a", .createNew).put("new", at: 0)
            try disk.open(room + "/b", .createNew).put("old", at: 0)
            let old = try disk.open(room + "/b", .readWrite)
            try disk.rename(room + "/a", to: room + "/b")
            #expect(try disk.list(room) == ["b"])
            #expect(try disk.open(room + "/b", .readOnly).text() == "new")
            #expect(try old.text() == "old", "an open file outlives its name")
            try old.put("OLD!", at: 0)
            #expect(try old.text() == "OLD!")
            expectDiskError(.notFound) { try disk.rename(room + "/a", to: room + "/c") }
            try disk.rename(room + "/b", to: room + "/b")
            try disk.createDirectory(room + "/d")
            try disk.rename(room + "/b", to: room + "/d/e")
            #expect(try disk.open(room + "/d/e", .readOnly).text() == "new")
            try disk.rename(room + "/d", to: room + "/f")
            #expect(try disk.open(room + "/f/e", .readOnly).text() == "new")
            expectDiskError(.failed) { try disk.rename(room + "/f/e", to: room + "/f") }
            let removed = try disk.open(room + "/f/e", .readOnly)
            try disk.remove(room + "/f/e")
            #expect(try removed.text() == "new")
        }
    }

    @Test(arguments: Kind.allCases) func locks(kind: Kind) throws {
        try Self.withDisk(kind) { disk, room in
            var holder: (any DiskFile)? = try disk.open(room + "/lock", .createOrOpen)
            #expect(try holder?.tryLock() == true)
            #expect(try holder?.tryLock() == true, "whoever has it may ask again")
            let other = try disk.open(room + "/lock", .createOrOpen)
            #expect(try other.tryLock() == false)
            holder = nil
            #expect(try other.tryLock(), "closing the file frees it")
        }
    }
}
