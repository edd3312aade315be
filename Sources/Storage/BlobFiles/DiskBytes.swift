import Environment
import NIOCore
import StoragePorts

extension ByteBuffer {
    /// The readable bytes where they lie. Valid while any copy of this buffer is alive: storage never moves and, being
    /// shared, is never written.
    var unretainedBytes: UnsafeRawBufferPointer {
        withUnsafeReadableBytesWithStorageManagement { bytes, _ in bytes }
    }
}

extension DiskFile {
    func write(at offset: UInt64, bytes: [UInt8]) throws(DiskError) {
        let outcome = bytes.withUnsafeBytes { raw in
            Result { () throws(DiskError) in try write(at: offset, [raw]) }
        }
        try outcome.get()
    }

    /// Up to `count` bytes from `offset`; fewer at the file's end.
    func bytes(at offset: UInt64, count: Int) throws(DiskError) -> [UInt8] {
        var failure: DiskError?
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            do throws(DiskError) {
                initialized = try read(at: offset, into: UnsafeMutableRawBufferPointer(buffer))
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
        return bytes
    }

    /// Up to `count` bytes from `offset`, fewer at the file's end, read directly into a new buffer; nil when that would wait and
    /// must not. Throws `BlobError`.
    func buffer(at offset: UInt64, count: Int, mayBlock: Bool) throws -> ByteBuffer? {
        var buffer = ByteBufferAllocator().buffer(capacity: count)
        var wouldBlock = false
        do {
            try buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: count) { room in
                let target = UnsafeMutableRawBufferPointer(rebasing: room[..<count])
                if mayBlock { return try read(at: offset, into: target) }
                guard let got = try readWithoutBlocking(at: offset, into: target) else {
                    wouldBlock = true
                    return 0
                }
                // A short count may only mean that the rest is not in memory.
                if got < count { wouldBlock = true }
                return got
            }
        } catch let error as DiskError {
            throw BlobError(error)
        }
        return wouldBlock ? nil : buffer
    }
}
