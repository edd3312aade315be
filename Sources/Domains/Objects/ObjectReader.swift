import NIOCore
import StoragePorts

/// Hands out a range of an object in pieces of at most `BlobLimits.pieceBytesMax`. One caller. The bytes stay readable while it
/// lives, also when the object is deleted meanwhile (for objects of very many parts: those opened ahead).
package final class ObjectReader: Sendable {
    /// The next piece, never empty; nil at the end. Throws `.blobs`: then the body must be cut off, not ended.
    package func next() async throws(ObjectsError) -> ByteBuffer? { nil }
}
