import Bytes
import Environment
import Model
import StoragePorts
import Synchronization

/// Hands out the numbers of packs and files: ascending, shared by both, and unique for ever in a data folder.
///
/// `blob-numbers` holds the mark, a number that nothing was ever given and below which everything may have been:
///
///     offset  bytes  what (little-endian)
///     0       8      "RoostNum"
///     8       4      version, 1
///     12      8      the mark
///     20      4      CRC-32C of bytes 0 to 19
///
/// It is replaced by a rename. A process first moves the mark on by `reserved` and then hands out the numbers between, so a
/// crash loses numbers and repeats none. Counting on from the highest file found was tried on paper and lost: a deleted
/// file's number would be given again while the ledger still holds its `deadFile` key, and the sweep would take the new file.
///
/// When the mark is lost or damaged in a folder that has blobs, numbers go on from the wall clock: milliseconds since 1970
/// times 2^20 lies above every number that counting from 1 can reach, and above an earlier loss's numbers.
final class NumberSource: Sendable {
    private static let magic: [UInt8] = Array("RoostNum".utf8)
    private static let version: UInt32 = 1
    static let reserved: UInt64 = 1 << 20

    private struct State {
        var next: UInt64
        var mark: UInt64
    }

    /// The first number that this process may hand out: files below it are from earlier ones.
    let first: UInt64
    private let disk: any Disk
    private let paths: BlobPaths
    private let state: Mutex<State>

    /// `isNew`: the folder has no blobs yet. Durable on return. Blocks.
    init(disk: any Disk, paths: BlobPaths, isNew: Bool, now: Timestamp) throws(BlobError) {
        self.disk = disk
        self.paths = paths
        let stored = try Self.load(disk, paths)
        first = stored ?? (isNew ? 1 : UInt64(max(0, now.milliseconds)) << 20)
        state = Mutex(State(next: first, mark: first))
        try state.withLock { state throws(BlobError) in try Self.advance(&state, disk, paths) }
    }

    /// Blocks once in `reserved` calls.
    func take() throws(BlobError) -> UInt64 {
        try state.withLock { state throws(BlobError) in
            if state.next == state.mark { try Self.advance(&state, disk, paths) }
            defer { state.next += 1 }
            return state.next
        }
    }

    private static func advance(_ state: inout State, _ disk: any Disk, _ paths: BlobPaths) throws(BlobError) {
        let mark = state.mark + reserved
        try mappingDiskErrors { () throws(DiskError) in
            let temporary = paths.numbers + ".tmp"
            if try disk.exists(temporary) { try disk.remove(temporary) }
            let file = try disk.open(temporary, .createNew)
            try file.write(at: 0, bytes: encode(mark))
            try file.sync()
            try disk.rename(temporary, to: paths.numbers)
            try disk.syncDirectory(paths.root)
        }
        state.mark = mark
    }

    static func encode(_ mark: UInt64) -> [UInt8] {
        var writer = ByteWriter(reservingCapacity: 24)
        writer.append(magic)
        writer.uint32LittleEndian(version)
        writer.uint64LittleEndian(mark)
        writer.uint32LittleEndian(CRC32C.checksum(writer.bytes))
        return writer.bytes
    }

    private static func load(_ disk: any Disk, _ paths: BlobPaths) throws(BlobError) -> UInt64? {
        try mappingDiskErrors { () throws(DiskError) -> UInt64? in
            guard try disk.exists(paths.numbers) else { return nil }
            let bytes = try disk.open(paths.numbers, .readOnly).bytes(at: 0, count: 24)
            guard bytes.count == 24, bytes.starts(with: magic) else { return nil }
            return bytes.withUnsafeBytes { raw in
                let fileVersion = UInt32(littleEndian: raw.loadUnaligned(fromByteOffset: 8, as: UInt32.self))
                let mark = UInt64(littleEndian: raw.loadUnaligned(fromByteOffset: 12, as: UInt64.self))
                let checksum = UInt32(littleEndian: raw.loadUnaligned(fromByteOffset: 20, as: UInt32.self))
                let expected = CRC32C.checksum(UnsafeRawBufferPointer(rebasing: raw[..<20]))
                return fileVersion == version && checksum == expected && mark > 0 ? mark : nil
            }
        }
    }
}
