import Envelope

/// The encryption of an object about to be written, and what it was decided by.
///
/// A payload is sealed while it comes, and the bucket's default may change meanwhile: the commit that makes the object holds the decision against
/// the bucket as it then is, so that nothing is kept in the clear once a default was acknowledged.
package struct EncryptionDecision: Sendable {
    private enum Ground {
        /// The client chose, or the object has it already.
        case given
        /// The client chose nothing and this was the bucket's default, if it had one of its own.
        case bucket(BucketEncryption?)
    }

    /// Nil: the object is kept in the clear.
    private(set) var pending: PendingEncryption?
    private let ground: Ground

    /// What the client chose, or what the object had before.
    static func given(_ pending: PendingEncryption?) -> EncryptionDecision {
        EncryptionDecision(pending: pending, ground: .given)
    }

    static func byDefault(_ setting: BucketEncryption?, _ pending: PendingEncryption?) -> EncryptionDecision {
        EncryptionDecision(pending: pending, ground: .bucket(setting))
    }

    /// Nil for one that is kept in the clear.
    package var shown: ObjectEncryption? { pending?.shown }

    /// Whether the client chose nothing and somebody had set this default on the bucket.
    var isOfSetting: Bool { if case .bucket(.some) = ground { true } else { false } }

    /// The same, where the object has a key already.
    func with(_ pending: PendingEncryption) -> EncryptionDecision {
        var decision = self
        decision.pending = pending
        return decision
    }

    /// Whether it would be decided so again.
    func holds(in state: BucketState) -> Bool {
        switch ground {
        case .given: true
        case .bucket(let setting): setting == state.encryption
        }
    }
}
