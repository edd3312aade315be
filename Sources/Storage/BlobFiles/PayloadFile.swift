import Environment
import StoragePorts
import Synchronization

/// A large payload's file while it is written: past the page cache where the file system can, because the copy into the cache costs more
/// than everything else that is done to the bytes, and they are rarely read back at once. One caller at a time; all calls block.
final class PayloadFile: Sendable {
    private enum Way: Sendable {
        case unknown
        case uncached(any DiskFile)
        case cached
    }

    private let containers: OpenContainers
    private let path: String
    private let file: any DiskFile
    private let way = Mutex(Way.unknown)

    init(_ file: any DiskFile, path: String, containers: OpenContainers) {
        self.file = file
        self.path = path
        self.containers = containers
    }

    /// Writes a full buffer. `offset` lies on a page.
    func write(_ buffer: PageBuffer, at offset: UInt64) throws(BlobError) {
        precondition(buffer.room == 0)
        if try !writeUncached(buffer.bytes, at: offset) { try writeCached(buffer.bytes, at: offset) }
    }

    /// Writes what the file ends with, and makes the whole file durable.
    func finish(_ buffer: PageBuffer, at offset: UInt64) throws(BlobError) {
        if try writeUncached(buffer.padded(), at: offset) {
            let end = offset + UInt64(buffer.used)
            if PageBuffer.wholePages(buffer.used) > buffer.used {
                try mappingDiskErrors { () throws(DiskError) in try file.truncate(to: end) }
            }
        } else {
            try writeCached(buffer.bytes, at: offset)
        }
        way.withLock { $0 = .cached }
        try mappingDiskErrors { () throws(DiskError) in try file.sync() }
    }

    private func writeCached(_ bytes: UnsafeRawBufferPointer, at offset: UInt64) throws(BlobError) {
        try mappingDiskErrors { () throws(DiskError) in try file.write(at: offset, [bytes]) }
    }

    /// False when the file system cannot: then nothing of it counts, and later ones are not tried.
    private func writeUncached(_ bytes: UnsafeRawBufferPointer, at offset: UInt64) throws(BlobError) -> Bool {
        do throws(DiskError) {
            guard let uncached = try openUncached() else { return false }
            try uncached.write(at: offset, [bytes])
            return true
        } catch {
            guard error.saysUnsupported else { throw BlobError(error) }
            way.withLock { $0 = .cached }
            return false
        }
    }

    private func openUncached() throws(DiskError) -> (any DiskFile)? {
        switch way.withLock({ $0 }) {
        case .uncached(let file): return file
        case .cached: return nil
        case .unknown:
            let opened = try containers.open(path, .uncached)
            way.withLock { $0 = .uncached(opened) }
            return opened
        }
    }
}
