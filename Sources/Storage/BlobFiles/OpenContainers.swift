import Environment
import StoragePorts

/// A large payload's file, open. Readers and the cache hold it; it closes when the last one lets go.
final class LargeFile: Sendable {
    let file: any DiskFile
    let path: String

    init(file: any DiskFile, path: String) {
        self.file = file
        self.path = path
    }
}

/// The disk with the caches of open handles: when the process has no descriptor left, the cached ones are given up and the
/// open is tried once more.
final class OpenContainers: Sendable {
    let disk: any Disk
    let files: HandleCache<LargeFile>
    let packs: HandleCache<PackGeneration>

    init(disk: any Disk, limits: BlobFilesLimits) {
        self.disk = disk
        self.files = HandleCache(countMax: limits.openFilesMax)
        self.packs = HandleCache(countMax: limits.openPacksMax)
    }

    func open(_ path: String, _ mode: OpenMode) throws(DiskError) -> any DiskFile {
        do throws(DiskError) {
            return try disk.open(path, mode)
        } catch {
            guard error.kind == .tooManyFiles else { throw error }
            files.removeAll()
            packs.removeAll()
            return try disk.open(path, mode)
        }
    }
}
