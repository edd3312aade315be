#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// What storage needs of a file system, so that a simulated disk can stand in for the real one.
///
/// Paths are absolute or relative to the process; the implementations do not interpret them. All calls may block
/// and belong on a thread of their own, never on an event loop or in Swift's cooperative pool, except
/// `readWithoutBlocking`.
package protocol Disk: Sendable {
    /// Opens a file. Throws `.notFound` when it is absent and `mode` does not create it, `.exists` for `createNew`.
    func open(_ path: String, _ mode: OpenMode) throws(DiskError) -> any DiskFile
    /// The names (not paths) in a directory, in no order, without `.` and `..`.
    func list(_ directory: String) throws(DiskError) -> [String]
    /// Creates a directory and those above it; existing ones are fine. Durable after `syncDirectory` of the parents.
    func createDirectory(_ path: String) throws(DiskError)
    /// Makes creations, renames and removals in the directory durable.
    func syncDirectory(_ path: String) throws(DiskError)
    /// Replaces `to` if it exists. Durable after `syncDirectory`.
    func rename(_ from: String, to: String) throws(DiskError)
    func remove(_ path: String) throws(DiskError)
    func exists(_ path: String) throws(DiskError) -> Bool
    /// Bytes that this process may still write to the file system that holds `path`.
    func freeBytes(at path: String) throws(DiskError) -> UInt64
}

package enum OpenMode: Sendable {
    case readOnly
    /// Must exist.
    case readWrite
    /// Created when absent, kept as it is when present.
    case createOrOpen
    /// Must not exist.
    case createNew
    /// Must exist. Writes go to the device and leave no copy in memory; their offsets, pieces' addresses and pieces' lengths are multiples of
    /// `uncachedAlignment`. No more durable before `sync` than others. Nothing is read through it. The opening or a write throws an error
    /// that `saysUnsupported` where the file system cannot.
    case uncached

    /// The largest block that disks of today ask for; also the size of a page.
    package static let uncachedAlignment = 4096
}

/// An open file. Closed when the last reference goes. Thread-safe: every call names its offset.
package protocol DiskFile: AnyObject, Sendable {
    /// Reads until `buffer` is full or the file ends; returns the bytes read.
    func read(at offset: UInt64, into buffer: UnsafeMutableRawBufferPointer) throws(DiskError) -> Int
    /// As `read`, but nil when any of it would have to wait for the device. Safe on an event loop.
    func readWithoutBlocking(at offset: UInt64, into buffer: UnsafeMutableRawBufferPointer) throws(DiskError) -> Int?
    /// Writes all pieces one after the other from `offset`. Nothing is durable before `sync`.
    func write(at offset: UInt64, _ pieces: [UnsafeRawBufferPointer]) throws(DiskError)
    /// fdatasync: the bytes written and the size needed to read them are durable on return. Never retried after an error.
    func sync() throws(DiskError)
    func truncate(to size: UInt64) throws(DiskError)
    /// Reserves space and sets the size to at least `size`, so that later writes below it cannot run out of room. What is new
    /// holds written zeros: once synced, later writes over it sync twice as fast as over space that was only reserved.
    /// Throws `.noSpace` and keeps the size when there is not enough.
    func preallocate(to size: UInt64) throws(DiskError)
    func size() throws(DiskError) -> UInt64
    /// Takes an exclusive advisory lock held until the file is closed; false when another process holds it.
    func tryLock() throws(DiskError) -> Bool
}

/// A failed disk call.
package struct DiskError: Error, Equatable, CustomStringConvertible {
    package enum Kind: Sendable, Equatable {
        case notFound
        case exists
        /// ENOSPC or EDQUOT: writing may work again when room is made.
        case noSpace
        /// EMFILE or ENFILE.
        case tooManyFiles
        /// Anything else; the errno is kept.
        case failed
    }

    package let kind: Kind
    package let errno: Int32
    package let operation: String
    package let path: String

    package init(kind: Kind, errno: Int32, operation: String, path: String) {
        self.kind = kind
        self.errno = errno
        self.operation = operation
        self.path = path
    }

    /// The file system does not write past the page cache, or not with this alignment.
    package var saysUnsupported: Bool { kind == .failed && [EINVAL, EOPNOTSUPP].contains(errno) }

    package var description: String { "\(operation) \(path): \(kind) (errno \(errno))" }
}
