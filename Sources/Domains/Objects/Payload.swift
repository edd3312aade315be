import Model
import NIOCore
import StoragePorts

/// A payload received whole and hashed, ready to be named by a commit. Keep it until that commit has ended: what no
/// commit named is swept when the last copy goes.
package struct Payload: Sendable {
    /// Bytes.
    package let size: Int64
    package let md5: MD5Digest
    /// One for each digest that the intake was asked for.
    package let checksums: [ChecksumAlgorithm: Checksum]
    /// How it is kept.
    let seal: PayloadSeal
    let body: PayloadBody

    /// Bytes that the commit itself carries.
    package var packedBytes: Int {
        if case .small(let payload) = body { payload.bytes.readableBytes } else { 0 }
    }

    /// What records and ETags show for an MD5.
    var digest: MD5Digest { seal.shownDigest(of: md5) }
}

enum PayloadBody: Sendable {
    case empty
    /// Goes into the commit itself.
    case small(SmallPayload)
    /// Written and synced; the writer keeps it from being swept until a commit adopts it.
    case file(Extent, any BlobWriter)
}
