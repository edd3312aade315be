import CIntrinsics

#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// A file descriptor. Stateless but for that, hence thread-safe.
final class LinuxDiskFile: DiskFile {
    /// Zeros are written ahead in pieces of this size: large enough to be few calls, small enough to keep nobody waiting.
    private static let zeroPieceBytes = 1 << 20
    /// The fewest pieces that one call takes everywhere (IOV_MAX on Linux and macOS).
    private static let piecesPerCallMax = 1024

    private let descriptor: Int32
    private let path: String

    init(descriptor: Int32, path: String) {
        self.descriptor = descriptor
        self.path = path
    }

    deinit {
        close(descriptor)
    }

    func read(at offset: UInt64, into buffer: UnsafeMutableRawBufferPointer) throws(DiskError) -> Int {
        var done = 0
        while done < buffer.count {
            let count = retryingInterrupted {
                pread(descriptor, buffer.baseAddress! + done, buffer.count - done, off_t(offset) + off_t(done))
            }
            if count < 0 { throw .last("read", path) }
            if count == 0 { break }
            done += count
        }
        return done
    }

    /// A short count may mean the end of the file or the end of what is in memory; only the next call tells.
    func readWithoutBlocking(at offset: UInt64, into buffer: UnsafeMutableRawBufferPointer) throws(DiskError) -> Int? {
        var done = 0
        while done < buffer.count {
            let count = retryingInterrupted {
                roost_read_cached(descriptor, buffer.baseAddress! + done, buffer.count - done, off_t(offset) + off_t(done))
            }
            if count < 0 {
                // A file system or kernel without this call cannot promise anything either.
                if [EAGAIN, EOPNOTSUPP, ENOSYS].contains(errno) { return nil }
                throw .last("read", path)
            }
            if count == 0 { break }
            done += count
        }
        return done
    }

    func write(at offset: UInt64, _ pieces: [UnsafeRawBufferPointer]) throws(DiskError) {
        var left = pieces.compactMap { piece in
            piece.isEmpty ? nil : iovec(iov_base: UnsafeMutableRawPointer(mutating: piece.baseAddress), iov_len: piece.count)
        }[...]
        var position = off_t(offset)
        while !left.isEmpty {
            let written = left.withUnsafeBufferPointer { vectors in
                retryingInterrupted { pwritev(descriptor, vectors.baseAddress, Int32(min(vectors.count, Self.piecesPerCallMax)), position) }
            }
            if written < 0 { throw .last("write", path) }
            // No call may write nothing forever: treat it as the device's failure.
            if written == 0 { throw DiskError(errno: EIO, operation: "write", path: path) }
            position += off_t(written)
            Self.drop(written, from: &left)
        }
    }

    private static func drop(_ count: Int, from vectors: inout ArraySlice<iovec>) {
        var rest = count
        while rest > 0, let first = vectors.first {
            if rest < first.iov_len {
                vectors[vectors.startIndex] = iovec(iov_base: first.iov_base + rest, iov_len: first.iov_len - rest)
                return
            }
            rest -= first.iov_len
            vectors.removeFirst()
        }
    }

    func sync() throws(DiskError) {
        if roost_sync_data(descriptor) != 0 { throw .last("sync", path) }
    }

    func truncate(to size: UInt64) throws(DiskError) {
        if retryingInterrupted({ ftruncate(descriptor, off_t(size)) }) != 0 { throw .last("truncate", path) }
    }

    /// Reserves first, so that a full disk is known before anything is written, then writes real zeros: a block that was only
    /// reserved costs a metadata commit when it is first synced, which halves the rate of small syncs.
    func preallocate(to size: UInt64) throws(DiskError) {
        let before = try self.size()
        guard size > before else { return }
        if retryingInterrupted({ roost_reserve(descriptor, 0, off_t(size)) }) != 0, ![EOPNOTSUPP, ENOSYS].contains(errno) {
            let error = DiskError.last("preallocate", path)
            // Gives back what was reserved before the disk was full.
            _ = retryingInterrupted { ftruncate(descriptor, off_t(before)) }
            throw error
        }
        let zeros = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.zeroPieceBytes, alignment: 4096)
        defer { zeros.deallocate() }
        zeros.initializeMemory(as: UInt8.self, repeating: 0)
        var position = before
        while position < size {
            let count = min(UInt64(zeros.count), size - position)
            try write(at: position, [UnsafeRawBufferPointer(rebasing: zeros[..<Int(count)])])
            position += count
        }
    }

    func size() throws(DiskError) -> UInt64 {
        var status = stat()
        if retryingInterrupted({ fstat(descriptor, &status) }) != 0 { throw .last("size", path) }
        return UInt64(status.st_size)
    }

    func tryLock() throws(DiskError) -> Bool {
        if retryingInterrupted({ roost_try_lock(descriptor) }) == 0 { return true }
        if errno == EWOULDBLOCK { return false }
        throw .last("lock", path)
    }
}
