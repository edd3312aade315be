import Environment
import SimulationKit
import Testing

@Suite struct SimDiskTests {
    static let seeds: Range<UInt64> = 0..<64

    /// A disk with one synced file under a synced name.
    static func diskWithFile(_ bytes: [UInt8]) throws -> (SimDisk, any DiskFile) {
        let disk = SimDisk()
        let file = try disk.open("/a", .createNew)
        try file.put(bytes, at: 0)
        try file.sync()
        try disk.syncDirectory("/")
        return (disk, file)
    }

    @Test func syncedBytesSurviveEveryPowerCut() throws {
        let bytes = SimRandom(seed: 1).bytes(5000)
        let (disk, _) = try Self.diskWithFile(bytes)
        for seed in Self.seeds { #expect(try disk.crashClone(seed: seed).bytes(ofFile: "/a") == bytes, "seed \(seed)") }
    }

    @Test func aSyncedFileWithoutASyncedNameMayVanish() throws {
        let disk = SimDisk()
        let file = try disk.open("/a", .createNew)
        try file.put("hello", at: 0)
        try file.sync()
        let found = try Self.seeds.map { try disk.crashClone(seed: $0).exists("/a") }
        #expect(found.contains(true) && found.contains(false))
        for seed in Self.seeds {
            let clone = disk.crashClone(seed: seed)
            if try clone.exists("/a") { #expect(try clone.open("/a", .readOnly).text() == "hello") }
        }
    }

    @Test func aSyncedNameMayLackItsBytes() throws {
        let disk = SimDisk()
        let file = try disk.open("/a", .createNew)
        try disk.syncDirectory("/")
        try file.put([UInt8](repeating: 7, count: 1000), at: 0)
        let found = try Self.seeds.map { try disk.crashClone(seed: $0).bytes(ofFile: "/a") }
        #expect(found.contains([]))
        #expect(found.contains([UInt8](repeating: 7, count: 1000)))
        #expect(found.contains { $0.count == 1000 && $0.contains(0) && $0.contains(7) }, "some are torn")
    }

    /// Each sector is in one of the states that it had since its last sync, and all combinations can come.
    @Test func unsyncedSectorsAreOldOrNew() throws {
        let (disk, file) = try Self.diskWithFile([UInt8](repeating: 1, count: 2048))
        try file.put([UInt8](repeating: 2, count: 2048), at: 0)
        try file.put([UInt8](repeating: 3, count: 1000), at: 100)
        var mixtures = Set<[UInt8]>()
        for seed in Self.seeds {
            let bytes = try disk.crashClone(seed: seed).bytes(ofFile: "/a")
            #expect(bytes.count == 2048)
            mixtures.insert(bytes)
            for sector in 0..<4 {
                let range = sector * 512..<sector * 512 + 512
                let last = range.map { UInt8((100..<1100).contains($0) ? 3 : 2) }
                let allowed = [[UInt8](repeating: 1, count: 512), [UInt8](repeating: 2, count: 512), last]
                #expect(allowed.contains(Array(bytes[range])), "seed \(seed) sector \(sector)")
            }
        }
        #expect(mixtures.count > 8)
    }

    @Test func syncMakesTheSizeDurableToo() throws {
        let (disk, file) = try Self.diskWithFile([1, 2, 3])
        try file.truncate(to: 1)
        #expect(Set(try Self.seeds.map { try disk.crashClone(seed: $0).bytes(ofFile: "/a").count }) == [1, 3])
        try file.sync()
        #expect(Set(try Self.seeds.map { try disk.crashClone(seed: $0).bytes(ofFile: "/a").count }) == [1])
    }

    /// truncate, then append: the cut may be lost and the append kept, so old bytes can lie behind new ones. But a cut that
    /// survived leaves nothing of what it removed.
    @Test func aSurvivingCutLeavesNothing() throws {
        let (disk, file) = try Self.diskWithFile([UInt8](repeating: 1, count: 4096))
        try file.truncate(to: 512)
        try file.put([UInt8](repeating: 2, count: 512), at: 512)
        var sizes = Set<Int>()
        for seed in Self.seeds {
            let bytes = try disk.crashClone(seed: seed).bytes(ofFile: "/a")
            sizes.insert(bytes.count)
            if bytes.count < 4096 { #expect(!bytes.dropFirst(512).contains(1), "seed \(seed)") }
            #expect(bytes.prefix(512).allSatisfy { $0 == 1 })
        }
        #expect(sizes == [512, 1024, 4096])
    }

    @Test func aRenameIsThereOrNotAndLosesNothing() throws {
        let (disk, _) = try Self.diskWithFile([1])
        let file = try disk.open("/tmp", .createNew)
        try file.put([2], at: 0)
        try file.sync()
        try disk.syncDirectory("/")
        try disk.rename("/tmp", to: "/a")
        var states = Set<[String]>()
        for seed in Self.seeds {
            let clone = disk.crashClone(seed: seed)
            let names = try clone.list("/")
            states.insert(names)
            #expect(try clone.bytes(ofFile: "/a") == (names == ["a"] ? [2] : [1]), "seed \(seed)")
        }
        #expect(states == [["a"], ["a", "tmp"]])
        try disk.syncDirectory("/")
        for seed in Self.seeds { #expect(disk.crashClone(seed: seed).allFiles() == ["/a"]) }
    }

    @Test func aRenameBetweenDirectoriesNeverLosesTheFile() throws {
        for syncsNew in [true, false] {
            let disk = SimDisk()
            try disk.createDirectory("/x")
            try disk.createDirectory("/y")
            let file = try disk.open("/x/f", .createNew)
            try file.put([9], at: 0)
            try file.sync()
            for path in ["/", "/x", "/y"] { try disk.syncDirectory(path) }
            try disk.rename("/x/f", to: "/y/f")
            try disk.syncDirectory(syncsNew ? "/y" : "/x")
            for seed in Self.seeds {
                let found = disk.crashClone(seed: seed).allFiles()
                #expect(found.contains("/y/f"))
                if !syncsNew { #expect(found == ["/y/f"]) }
            }
        }
    }

    @Test func anUnsyncedRemovalMayComeBack() throws {
        let (disk, _) = try Self.diskWithFile([1, 2])
        try disk.remove("/a")
        let found = try Self.seeds.map { try disk.crashClone(seed: $0).exists("/a") }
        #expect(found.contains(true) && found.contains(false))
        try disk.syncDirectory("/")
        for seed in Self.seeds { #expect(disk.crashClone(seed: seed).allFiles() == []) }
    }

    @Test func aDirectoryWithoutASyncedNameTakesItsFilesAlong() throws {
        let disk = SimDisk()
        try disk.createDirectory("/x/y")
        let file = try disk.open("/x/y/f", .createNew)
        try file.sync()
        try disk.syncDirectory("/x/y")
        try disk.syncDirectory("/x")
        let found = Set(Self.seeds.map { disk.crashClone(seed: $0).allFiles() })
        #expect(found == [[], ["/x/y/f"]])
        try disk.syncDirectory("/")
        #expect(Set(Self.seeds.map { disk.crashClone(seed: $0).allFiles() }) == [["/x/y/f"]])
    }

    @Test func unsyncedPreallocationMayBeShortButIsZeros() throws {
        let (disk, file) = try Self.diskWithFile([1, 2, 3])
        try file.preallocate(to: 100_000)
        try file.put([4], at: 50_000)
        var sizes = Set<Int>()
        for seed in Self.seeds {
            let bytes = try disk.crashClone(seed: seed).bytes(ofFile: "/a")
            sizes.insert(bytes.count)
            #expect(bytes.prefix(3) == [1, 2, 3])
            #expect(bytes.indices.dropFirst(3).allSatisfy { bytes[$0] == 0 || $0 == 50_000 }, "seed \(seed)")
        }
        #expect(sizes == [3, 100_000])
    }

    @Test func aKilledProcessLosesNothing() throws {
        let (disk, file) = try Self.diskWithFile([1])
        #expect(try file.tryLock())
        try file.put([2, 3], at: 1)
        let clone = disk.restartClone()
        let reopened = try clone.open("/a", .readWrite)
        #expect(try reopened.bytes(0, 10) == [1, 2, 3])
        #expect(try reopened.tryLock(), "locks are free")
        #expect(try clone.durableBytes(ofFile: "/a") == [1], "but nothing became durable by it")
        try reopened.sync()
        #expect(try clone.durableBytes(ofFile: "/a") == [1, 2, 3])
        #expect(try disk.durableBytes(ofFile: "/a") == [1])
    }
}
