import Bytes
import Environment
import Synchronization

/// An open file of a `SimDisk`.
final class SimDiskFile: DiskFile {
    private let disk: SimDisk
    private let inode: Int
    private let handle: Int
    private let path: String
    private let mode: OpenMode

    init(disk: SimDisk, inode: Int, handle: Int, path: String, mode: OpenMode) {
        self.disk = disk
        self.inode = inode
        self.handle = handle
        self.path = path
        self.mode = mode
    }

    private var isWritable: Bool { mode != .readOnly }

    deinit {
        disk.state.withLock { $0.close(inode: inode, handle: handle) }
    }

    func read(at offset: UInt64, into buffer: UnsafeMutableRawBufferPointer) throws(DiskError) -> Int {
        return try disk.state.withLock { state throws(DiskError) in
            try state.begin("read", path, detail: "\(offset) \(buffer.count)", mutates: false)
            return copy(state, offset, buffer)
        }
    }

    func readWithoutBlocking(at offset: UInt64, into buffer: UnsafeMutableRawBufferPointer) throws(DiskError) -> Int? {
        return try disk.state.withLock { state throws(DiskError) in
            try state.begin("readWithoutBlocking", path, detail: "\(offset) \(buffer.count)", mutates: false)
            return state.control.missesCache() ? nil : copy(state, offset, buffer)
        }
    }

    func write(at offset: UInt64, _ pieces: [UnsafeRawBufferPointer]) throws(DiskError) {
        if mode == .uncached { try checkAlignment(offset, pieces) }
        let bytes = Self.joined(pieces)
        try disk.state.withLock { state throws(DiskError) in
            let detail = "\(offset) \(bytes.count) \(CRC32C.checksum(bytes))"
            let failure = try state.control.begin("write", path, detail, mutates: true)
            try checkWritable("write")
            if bytes.isEmpty { return }
            if let failure {
                write(&state, Int(offset), Array(bytes.prefix(bytes.count / 2)))
                throw failure
            }
            let room = room(state, until: Int(offset) + bytes.count)
            let fitting = max(0, min(bytes.count, room - Int(offset)))
            write(&state, Int(offset), fitting == bytes.count ? bytes : Array(bytes.prefix(fitting)))
            if fitting < bytes.count { throw DiskError(simulated: .noSpace, operation: "write", path: path) }
        }
    }

    func sync() throws(DiskError) {
        try disk.state.withLock { state throws(DiskError) in
            if let failure = try state.control.begin("sync", path, "", mutates: true) {
                state.files[inode]!.loseUnsynced()
                throw failure
            }
            state.files[inode]!.sync()
        }
    }

    func truncate(to size: UInt64) throws(DiskError) {
        try disk.state.withLock { state throws(DiskError) in
            try state.begin("truncate", path, detail: "\(size)", mutates: true)
            // What Linux says to ftruncate of a file opened for reading.
            if !isWritable { throw DiskError(kind: .failed, errno: 22, operation: "truncate", path: path) }
            state.make(.resize(to: Int(size)), in: inode)
        }
    }

    func preallocate(to size: UInt64) throws(DiskError) {
        try disk.state.withLock { state throws(DiskError) in
            try state.begin("preallocate", path, detail: "\(size)", mutates: true)
            let before = state.files[inode]!.bytes.count
            guard Int(size) > before else { return }
            try checkWritable("preallocate")
            guard room(state, until: Int(size)) >= Int(size) else {
                throw DiskError(simulated: .noSpace, operation: "preallocate", path: path)
            }
            // Zeros beyond the old end are the same whether written or not.
            state.make(.resize(to: Int(size)), in: inode)
        }
    }

    func size() throws(DiskError) -> UInt64 {
        try disk.state.withLock { state throws(DiskError) in
            try state.begin("size", path, mutates: false)
            return UInt64(state.files[inode]!.bytes.count)
        }
    }

    func tryLock() throws(DiskError) -> Bool {
        try disk.state.withLock { state throws(DiskError) in
            try state.begin("tryLock", path, mutates: false)
            let holder = state.files[inode]!.lockHolder
            if let holder, holder != handle { return false }
            state.files[inode]!.lockHolder = handle
            return true
        }
    }

    private func copy(_ state: borrowing SimDiskState, _ offset: UInt64, _ buffer: UnsafeMutableRawBufferPointer) -> Int {
        let bytes = state.files[inode]!.bytes
        guard offset < UInt64(bytes.count) else { return 0 }
        let count = min(buffer.count, bytes.count - Int(offset))
        buffer.copyBytes(from: bytes[Int(offset)..<Int(offset) + count])
        return count
    }

    private func write(_ state: inout SimDiskState, _ offset: Int, _ bytes: [UInt8]) {
        if bytes.isEmpty { return }
        state.make(.write(offset: offset, bytes: bytes), in: inode)
    }

    /// How far the file may reach, asked only as far as `end`. Bytes within its size have their space already.
    private func room(_ state: borrowing SimDiskState, until end: Int) -> Int {
        let size = state.files[inode]!.bytes.count
        if end <= size { return end }
        return UInt64(end - size) <= state.freeBytes ? end : size + Int(state.freeBytes)
    }

    private static func joined(_ pieces: [UnsafeRawBufferPointer]) -> [UInt8] {
        let count = pieces.reduce(0) { $0 + $1.count }
        return [UInt8](unsafeUninitializedCapacity: count) { buffer, written in
            for piece in pieces where !piece.isEmpty {
                UnsafeMutableRawPointer(buffer.baseAddress! + written).copyMemory(from: piece.baseAddress!, byteCount: piece.count)
                written += piece.count
            }
        }
    }

    /// EINVAL, what Linux says of anything else. What such a write leaves is as unsure before a sync as what any other leaves: the
    /// device has a cache too.
    private func checkAlignment(_ offset: UInt64, _ pieces: [UnsafeRawBufferPointer]) throws(DiskError) {
        let alignment = OpenMode.uncachedAlignment
        let isAligned =
            offset.isMultiple(of: UInt64(alignment))
            && pieces.allSatisfy { Int(bitPattern: $0.baseAddress).isMultiple(of: alignment) && $0.count.isMultiple(of: alignment) }
        if !isAligned { throw DiskError(kind: .failed, errno: 22, operation: "write", path: path) }
    }

    private func checkWritable(_ operation: String) throws(DiskError) {
        // EBADF, what Linux says of a file opened for reading.
        if !isWritable { throw DiskError(kind: .failed, errno: 9, operation: operation, path: path) }
    }
}
