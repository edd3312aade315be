import BlobFiles
import Bytes
import Environment
import Index
import Journal
import Model
import StoragePorts
import Synchronization

/// A copy of a data folder that serves meanwhile, consistent as of one position.
///
/// A backup is itself a data folder, and restoring it is nothing but recovery. The order makes it so:
/// 1. sweeping and dropping of segments pause, so nothing that a record names goes away;
/// 2. the index writes a checkpoint, at some position;
/// 3. the journal's records up to a later position are written into a journal of the copy's own (the last segment's file is
///    being appended to: copying its bytes could show a later frame without an earlier one);
/// 4. packs and files are copied: they hold at least what those records name, and what they hold beyond is cut or
///    swept at the first start;
/// 5. everything is synced, and last of all `backup-complete` is written.
struct Backup {
    /// `backup-complete` holds the position as decimal text and a line feed. Without it a backup is unfinished.
    static let markName = "backup-complete"
    private static let pieceBytes = 1024 * 1024

    let disk: any Disk
    let source: String
    let target: String

    /// Steps 3 to 5; `position` is durable and at or above the index's checkpoint, which stands in `target/index`.
    func copy(journal: Journal, upTo position: LSN, environment: Environment) throws {
        try copyRecords(of: journal, upTo: position, environment)
        try copyTree("packs")
        try copyTree("blobs")
        for name in ["blob-numbers", "format"] where try disk.exists("\(source)/\(name)") {
            try copyFile("\(source)/\(name)", to: "\(target)/\(name)")
        }
        try finish(position)
    }

    /// The last step: makes the copy complete.
    private func finish(_ position: LSN) throws {
        let file = try disk.open("\(target)/\(Self.markName)", .createNew)
        let text = Array("\(position)\n".utf8)
        try text.withUnsafeBytes { try file.write(at: 0, [$0]) }
        try file.sync()
        try disk.syncDirectory(target)
        try DataFolder.syncNames(above: target, disk)
    }

    private func copyRecords(of journal: Journal, upTo position: LSN, _ environment: Environment) throws {
        let oldest = journal.oldestLSN
        let opened = try Journal.open(
            directory: "\(target)/journal", environment: environment, configuration: journal.configuration, firstLSN: oldest)
        let reader = try journal.makeReader(from: oldest)
        while let record = try reader.next(upTo: position) {
            try record.payload.withUnsafeBytes { try opened.writer.append(lsn: record.lsn, time: record.time, payload: $0) }
            if opened.writer.pendingBytes >= Self.pieceBytes {
                try opened.writer.write()
                try opened.writer.sync()
            }
        }
        try opened.writer.close()
    }

    /// Copies a folder of files and folders, each synced. A file that goes away meanwhile was never named by a record.
    func copyTree(_ name: String) throws {
        try disk.createDirectory("\(target)/\(name)")
        for entry in try disk.list("\(source)/\(name)") {
            let path = "\(name)/\(entry)"
            if (try? disk.list("\(source)/\(path)")) != nil {
                try copyTree(path)
            } else {
                do {
                    try copyFile("\(source)/\(path)", to: "\(target)/\(path)")
                } catch let error as DiskError where error.kind == .notFound {
                    continue
                }
            }
        }
        try disk.syncDirectory("\(target)/\(name)")
    }

    func copyFile(_ from: String, to: String) throws {
        let input = try disk.open(from, .readOnly)
        let output = try disk.open(to, .createNew)
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.pieceBytes, alignment: 16)
        defer { buffer.deallocate() }
        var offset: UInt64 = 0
        while true {
            let count = try input.read(at: offset, into: buffer)
            if count == 0 { break }
            try output.write(at: offset, [UnsafeRawBufferPointer(rebasing: buffer[..<count])])
            offset += UInt64(count)
        }
        try output.sync()
    }
}

/// Why a backup or restore was refused; the texts are for the operator.
package enum BackupError: Error, Sendable, Equatable, CustomStringConvertible {
    case targetExists(String)
    case incomplete(String)

    package var description: String {
        switch self {
        case .targetExists(let path): "\(path) exists already and is not empty"
        case .incomplete(let path): "\(path) is not a finished backup: it has no file \(Backup.markName)"
        }
    }
}

extension EmbeddedStorage {
    /// Writes a backup into `target`, which is absent or empty, while serving; returns the position that it holds. Durable on
    /// return. Takes as long as copying does; what would be swept meanwhile waits. A second backup waits for the first.
    package func backUp(to target: String) async throws -> LSN {
        let pause = try await sweeper.pauseSweeping()
        defer { pause.resume() }
        return try await withCheckedThrowingContinuation { continuation in
            _ = DedicatedThread(name: "roost-backup") { [self] in
                continuation.resume(with: Result { try retaining.withLock { _ in try copy(to: target) } })
            }
        }
    }

    private func copy(to target: String) throws -> LSN {
        let disk = environment.disk
        try Self.requireEmpty(target, disk)
        try disk.createDirectory(target)
        try index.checkpoint(to: "\(target)/index")
        let position = ledger.applied
        try Backup(disk: disk, source: root, target: target).copy(journal: journal, upTo: position, environment: environment)
        return position
    }

    /// Makes a data folder out of a backup: copies it and leaves the mark behind. `root` is absent or empty.
    package static func restore(from backup: String, to root: String, disk: any Disk) throws {
        guard try disk.exists("\(backup)/\(Backup.markName)") else { throw BackupError.incomplete(backup) }
        try requireEmpty(root, disk)
        try disk.createDirectory(root)
        let copy = Backup(disk: disk, source: backup, target: root)
        // `format` comes last: a restore that was cut short is no data folder.
        let names = try disk.list(backup).filter { $0 != Backup.markName && $0 != "lock" && $0 != "format" }
        for name in names + ["format"] {
            if (try? disk.list("\(backup)/\(name)")) != nil {
                try copy.copyTree(name)
            } else {
                try copy.copyFile("\(backup)/\(name)", to: "\(root)/\(name)")
            }
        }
        try disk.syncDirectory(root)
        try DataFolder.syncNames(above: root, disk)
    }

    private static func requireEmpty(_ path: String, _ disk: any Disk) throws {
        guard try disk.exists(path) else { return }
        guard try disk.list(path).isEmpty else { throw BackupError.targetExists(path) }
    }
}
