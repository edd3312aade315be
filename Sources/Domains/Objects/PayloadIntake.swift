import Model
import NIOCore
import StoragePorts

/// Receives one payload piece by piece and hashes it on the way. One caller.
package final class PayloadIntake {
    private let blobs: any Blobs

    init(blobs: any Blobs, digests: Set<ChecksumAlgorithm>, expectedLength: Int64?) {
        self.blobs = blobs
    }

    /// Bytes received so far.
    package private(set) var size: Int64 = 0

    /// Hashes a piece and keeps or writes it; returns when there is room for more. Throws `.entityTooLarge`, `.blobs`.
    package func write(_ piece: ByteBuffer) async throws(ObjectsError) {}

    /// The payload, durable if it went to a file. Nothing may be written after. Throws `.blobs`.
    package func finish() async throws(ObjectsError) -> Payload { throw .failed("") }

    /// Drops what came; also happens when the intake goes away unfinished.
    package func abandon() async {}
}
