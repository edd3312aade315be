import Envelope
import Environment
import Model

/// How one payload is kept on its way into storage: sealed, or in the clear where its client and its bucket want that. Only `Objects.seal`
/// and `Objects.appending` make one, so that no payload is received of which nobody asked.
package struct PayloadSeal: Sendable {
    enum Use: Sendable {
        /// All of an object, of which this was decided.
        case object(EncryptionDecision)
        /// A part of an upload or behind an object, which say how.
        case part
    }

    let use: Use
    /// Nil: the payload is kept in the clear.
    let sealing: Sealing?

    /// For a payload that is all of an object.
    init(_ decision: EncryptionDecision, random: any RandomSource) {
        use = .object(decision)
        sealing = decision.pending.map { Sealing(objectKey: $0.objectKey, part: 0, showsMD5: $0.shown.showsMD5, random: random) }
    }

    /// For a part; `sealing` is nil where what it becomes a part of is kept in the clear.
    init(part sealing: Sealing?) {
        use = .part
        self.sealing = sealing
    }

    /// What stands for the MD5 in records and ETags: a digest that tells nothing of the bytes where AWS shows no MD5 either.
    func shownDigest(of md5: MD5Digest) -> MD5Digest {
        guard let sealing, !sealing.showsMD5 else { return md5 }
        return MD5Digest(sealing.objectKey.tag("roost etag", md5.bytes).prefix(16))
    }
}

/// The key and the names by which one payload is sealed.
struct Sealing: Sendable {
    let objectKey: DataKey
    let identity: PayloadIdentity
    /// 0 for a whole object.
    let part: Int
    let showsMD5: Bool

    init(objectKey: DataKey, part: Int, showsMD5: Bool, random: any RandomSource) {
        self.objectKey = objectKey
        self.part = part
        self.showsMD5 = showsMD5
        identity = PayloadIdentity(random: random)
    }
}
