import EmbeddedStorage
import Environment
import Index
import Logging
import Model
import SimulationKit
import StoragePorts
import Testing

/// What a backup and a data folder hold beside journal, index and blobs: docs/FORMAT.md.
@Suite struct BackupFormatTests {
    private static let disk = LinuxDisk()

    private func text(of path: String) throws -> String {
        let file = try Self.disk.open(path, .readOnly)
        var bytes = [UInt8](repeating: 0, count: Int(try file.size()))
        _ = try bytes.withUnsafeMutableBytes { try file.read(at: 0, into: $0) }
        return String(decoding: bytes, as: UTF8.self)
    }

    private func open(_ root: String) throws -> EmbeddedStorage {
        try EmbeddedStorage(
            root: root, environment: .system(), processID: 4711, log: Logger(label: "backup") { _ in SwiftLogNoOpLogHandler() },
            makeIndex: { try RocksIndex($0) })
    }

    @Test func marksAreTheseBytes() async throws {
        let folder = ScratchFolder()
        defer { withExtendedLifetime(folder) {} }
        let (root, backup, restored) = (folder.path + "/data", folder.path + "/backup", folder.path + "/restored")
        let storage = try open(root)
        _ = try await storage.ledger.commit { $0.put([0x10], [1]) }
        _ = try await storage.ledger.commit { $0.put([0x11], [2]) }
        #expect(try text(of: root + "/lock") == "4711\n")
        #expect(try text(of: root + "/format") == "roost data folder, format 1\n")
        #expect(try await storage.backUp(to: backup) == LSN(2))
        storage.close()
        #expect(try text(of: backup + "/backup-complete") == "2\n")
        #expect(try text(of: backup + "/format") == "roost data folder, format 1\n")
        let names = ["backup-complete", "blob-numbers", "blobs", "format", "index", "journal", "packs"]
        #expect(try Self.disk.list(backup).sorted() == names)
        try EmbeddedStorage.restore(from: backup, to: restored, disk: Self.disk)
        #expect(try Self.disk.list(restored).sorted() == Array(names.dropFirst()))
        let again = try open(restored)
        #expect(again.recovered.last == LSN(2))
        #expect(try await again.ledger.read { try $0.get([0x11]) } == [2])
        again.close()
    }

    @Test func withoutItsMarkABackupIsRefused() async throws {
        let folder = ScratchFolder()
        defer { withExtendedLifetime(folder) {} }
        let backup = folder.path + "/backup"
        let storage = try open(folder.path + "/data")
        _ = try await storage.backUp(to: backup)
        await #expect(throws: BackupError.targetExists(backup)) { try await storage.backUp(to: backup) }
        storage.close()
        try Self.disk.remove(backup + "/backup-complete")
        #expect(throws: BackupError.incomplete(backup)) {
            try EmbeddedStorage.restore(from: backup, to: folder.path + "/restored", disk: Self.disk)
        }
    }
}
