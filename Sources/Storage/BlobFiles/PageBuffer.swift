import Environment
import NIOCore
import Synchronization

/// Memory for writes past the page cache: it begins on a page and has room for whole pages of payload, and for a small end behind them.
///
/// @unchecked: one owner at a time, who hands it on with a job.
final class PageBuffer: @unchecked Sendable {
    /// Bytes of payload.
    let capacity: Int
    private(set) var used = 0
    private let size: Int
    private let memory: UnsafeMutableRawPointer

    /// Both are rounded up to whole pages.
    init(capacity: Int, endBytes: Int) {
        self.capacity = Self.wholePages(capacity)
        size = self.capacity + Self.wholePages(endBytes)
        memory = .allocate(byteCount: size, alignment: OpenMode.uncachedAlignment)
    }

    deinit { memory.deallocate() }

    static func wholePages(_ count: Int) -> Int {
        (count + OpenMode.uncachedAlignment - 1) / OpenMode.uncachedAlignment * OpenMode.uncachedAlignment
    }

    /// Bytes of payload that it still takes.
    var room: Int { capacity - used }

    func canEnd(with count: Int) -> Bool { used + count <= size }

    /// Takes from the front of `bytes` what there is room for.
    func fill(from bytes: inout ByteBuffer) {
        let count = min(room, bytes.readableBytes)
        bytes.readWithUnsafeReadableBytes { source in
            append(UnsafeRawBufferPointer(rebasing: source[..<count]))
            return count
        }
    }

    func append(_ bytes: UnsafeRawBufferPointer) {
        precondition(canEnd(with: bytes.count))
        if let start = bytes.baseAddress { (memory + used).copyMemory(from: start, byteCount: bytes.count) }
        used += bytes.count
    }

    var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: memory, count: used) }

    /// `bytes` with zeros behind them up to a whole page.
    func padded() -> UnsafeRawBufferPointer {
        let count = Self.wholePages(used)
        (memory + used).initializeMemory(as: UInt8.self, repeating: 0, count: count - used)
        return UnsafeRawBufferPointer(start: memory, count: count)
    }

    fileprivate func empty() { used = 0 }
}

/// Buffers of one size, kept for the next writer: memory that is new to the process costs as much as the copy into it.
final class PageBuffers: Sendable {
    /// 8 MiB with a server's sizes: what 16 uploads at once have.
    private static let keptMax = 32

    private let limits: BlobFilesLimits
    private let kept = Mutex<[PageBuffer]>([])

    init(_ limits: BlobFilesLimits) {
        self.limits = limits
    }

    func take() -> PageBuffer {
        kept.withLock { $0.popLast() } ?? PageBuffer(capacity: limits.writeBytes, endBytes: limits.endBytes)
    }

    func giveBack(_ buffer: PageBuffer) {
        buffer.empty()
        kept.withLock { if $0.count < Self.keptMax { $0.append(buffer) } }
    }
}
