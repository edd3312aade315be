import Environment
import SimulationKit

/// A simulated disk of which a picture is taken before each change: what a crash at that moment would leave.
///
/// Invariant: the shutter clicks outside of the disk's lock and before the change is made, so a picture shows the state after the
/// change before, with all that was not synced by then.
struct CameraDisk: Disk {
    let disk: SimDisk
    let shutter: @Sendable () -> Void

    func open(_ path: String, _ mode: OpenMode) throws(DiskError) -> any DiskFile {
        if mode == .createNew || mode == .createOrOpen { shutter() }
        return CameraFile(file: try disk.open(path, mode), shutter: shutter)
    }

    func list(_ directory: String) throws(DiskError) -> [String] { try disk.list(directory) }

    func createDirectory(_ path: String) throws(DiskError) {
        shutter()
        try disk.createDirectory(path)
    }

    func syncDirectory(_ path: String) throws(DiskError) {
        shutter()
        try disk.syncDirectory(path)
    }

    func rename(_ from: String, to: String) throws(DiskError) {
        shutter()
        try disk.rename(from, to: to)
    }

    func remove(_ path: String) throws(DiskError) {
        shutter()
        try disk.remove(path)
    }

    func exists(_ path: String) throws(DiskError) -> Bool { try disk.exists(path) }

    func freeBytes(at path: String) throws(DiskError) -> UInt64 { try disk.freeBytes(at: path) }
}

final class CameraFile: DiskFile {
    private let file: any DiskFile
    private let shutter: @Sendable () -> Void

    init(file: any DiskFile, shutter: @escaping @Sendable () -> Void) {
        self.file = file
        self.shutter = shutter
    }

    func read(at offset: UInt64, into buffer: UnsafeMutableRawBufferPointer) throws(DiskError) -> Int {
        try file.read(at: offset, into: buffer)
    }

    func readWithoutBlocking(at offset: UInt64, into buffer: UnsafeMutableRawBufferPointer) throws(DiskError) -> Int? {
        try file.readWithoutBlocking(at: offset, into: buffer)
    }

    func write(at offset: UInt64, _ pieces: [UnsafeRawBufferPointer]) throws(DiskError) {
        shutter()
        try file.write(at: offset, pieces)
    }

    func sync() throws(DiskError) {
        shutter()
        try file.sync()
    }

    func truncate(to size: UInt64) throws(DiskError) {
        shutter()
        try file.truncate(to: size)
    }

    func preallocate(to size: UInt64) throws(DiskError) {
        shutter()
        try file.preallocate(to: size)
    }

    func size() throws(DiskError) -> UInt64 { try file.size() }

    func tryLock() throws(DiskError) -> Bool { try file.tryLock() }
}
