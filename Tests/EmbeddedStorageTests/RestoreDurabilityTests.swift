import EmbeddedStorage
import Environment
import SimulationKit
import StoragePorts
import Testing

/// A restore that has returned outlives a power cut, the names of new folders above it included.
@Suite struct RestoreDurabilityTests {
    @Test func theFolderAboveIsSyncedToo() throws {
        let disk = SimDisk()
        try disk.createDirectory("/backup")
        for name in ["format", "backup-complete"] {
            let file = try disk.open("/backup/\(name)", .createNew)
            try [UInt8](name.utf8).withUnsafeBytes { try file.write(at: 0, [$0]) }
            try file.sync()
        }
        try disk.syncDirectory("/backup")
        try disk.syncDirectory("/")
        try disk.createDirectory("/new")
        try EmbeddedStorage.restore(from: "/backup", to: "/new/data", disk: disk)
        for seed in UInt64(1)...8 {
            #expect(try disk.crashClone(seed: seed).exists("/new/data/format"), "seed \(seed)")
        }
    }
}
