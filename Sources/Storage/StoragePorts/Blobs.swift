import Model
import NIOCore

/// Where a payload's bytes lie. Stays valid through compaction; names nothing of the host.
///
/// `container` is a pack's number (then `offset` is the payload's logical offset in it) or a file's number (`offset` 0).
package struct Extent: Hashable, Sendable {
    package enum Kind: UInt8, Sendable {
        case pack = 1
        case file = 2
    }

    package let kind: Kind
    package let container: UInt64
    package let offset: UInt64
    /// Payload bytes.
    package let length: UInt64

    package init(kind: Kind, container: UInt64, offset: UInt64, length: UInt64) {
        self.kind = kind
        self.container = container
        self.offset = offset
        self.length = length
    }
}

/// Limits of the blob port.
package enum BlobLimits {
    /// Payloads up to this many bytes go to a pack with the commit; larger ones get a file.
    /// Above it a copy through the ledger's thread costs more than a file's own sync.
    package static let packedBytesMax = 256 * 1024
    /// One checksum guards this many bytes; the unit of verification.
    package static let blockBytes = 64 * 1024
    /// The largest piece that `BlobReader.read` returns, so that memory per connection stays bounded, and so small that a piece is still in
    /// the processor's cache when it is checked and sent: twice as large, reads of a mebibyte cost an eighth more.
    package static let pieceBytesMax = 128 * 1024
    /// What a `BlobWriter` gathers before it writes; it fills one such buffer while it writes another.
    package static let writerBytes = 256 * 1024
}

/// A payload of at most `BlobLimits.packedBytesMax` bytes with its block checksums, computed on the caller's thread.
package struct SmallPayload: Sendable {
    package let bytes: ByteBuffer
    /// CRC-32C of each 64 KiB block, the last one shorter.
    package let blockChecksums: [UInt32]

    package init(bytes: ByteBuffer, blockChecksums: [UInt32]) {
        precondition(bytes.readableBytes <= BlobLimits.packedBytesMax)
        self.bytes = bytes
        self.blockChecksums = blockChecksums
    }
}

/// Payload bytes. What no commit names is swept, except while a writer or a reader holds it.
package protocol Blobs: AnyObject, Sendable {
    /// Computes the checksums of a small payload.
    func small(_ bytes: ByteBuffer) -> SmallPayload
    /// Starts a payload of unknown length. Throws `BlobError`.
    func makeWriter() async throws -> any BlobWriter
    /// Opens a payload for reading; the bytes stay readable until the reader goes, whatever is committed meanwhile.
    /// Cheap and does not block when the file is known. Throws `BlobError.notFound` when it was swept already: read
    /// the record that named it again.
    func open(_ extent: Extent) async throws -> any BlobReader
}

/// Receives one payload. One caller at a time.
package protocol BlobWriter: AnyObject, Sendable {
    /// Appends; returns when the bytes have gone to the operating system (back-pressure).
    func write(_ bytes: ByteBuffer) async throws
    /// All bytes are durable on return, and stay until a commit adopts the extent, or until the writer goes without that.
    /// Keep the writer until the commit that adopts its extent has ended.
    func finish() async throws -> Extent
    /// Drops what was written. Also happens when the writer goes away unfinished.
    func abandon() async
}

package protocol BlobReader: AnyObject, Sendable {
    var extent: Extent { get }
    /// Payload bytes from `offset`: at least one, at most `countMax` and `BlobLimits.pieceBytesMax`, every block's checksum verified.
    /// `offset` must be below the length. Tries the page cache first and leaves the caller's thread only on a miss.
    /// Throws `BlobError.damaged` rather than ever returning a wrong byte.
    func read(from offset: UInt64, countMax: Int) async throws -> ByteBuffer
}

package enum BlobError: Error, Sendable, Equatable {
    case notFound
    /// The text names the file and offset, for the log and not for clients.
    case damaged(String)
    case noSpace
    case tooManyFiles
    /// More reads and writes wait for a thread than may; retry later.
    case busy
    case failed(String)
}
