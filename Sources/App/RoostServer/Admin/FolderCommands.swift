import EmbeddedStorage
import Environment
import Index
import Logging
import Model
import Objects

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// What can be done to a data folder that no server holds.
package enum FolderCommands {
    /// Writes a backup of a folder into `target`, which is absent or empty; returns its position. Recovers the folder first.
    /// Throws `StorageOpenError.heldBy` while a server runs on it.
    package static func backUp(folder: String, to target: String) async throws -> LSN {
        let storage = try EmbeddedStorage(
            root: folder, environment: .system(), processID: getpid(), log: Logger(label: "roost") { _ in SwiftLogNoOpLogHandler() },
            makeIndex: { try RocksIndex($0) })
        defer { storage.close() }
        return try await storage.backUp(to: target)
    }

    /// Checks every checksum and every reference of a folder, changing nothing. Blocks. Throws `StorageOpenError`.
    package static func verify(folder: String) throws -> VerificationReport {
        try StorageVerifier.verify(
            root: folder, disk: LinuxDisk(), processID: getpid(), openIndex: { try RocksIndex($0, readOnly: true) },
            extents: Objects.extents)
    }

    /// Makes a data folder of a backup. Blocks. Keys are not part of a backup: the new folder gets its own at its first start.
    package static func restore(from backup: String, to folder: String) throws {
        try EmbeddedStorage.restore(from: backup, to: folder, disk: LinuxDisk())
    }
}
