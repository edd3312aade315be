import Envelope
import Model
import StoragePorts

/// The encryption of an object that a commit makes.
enum PreparedEncryption: Sendable {
    /// Its key is bound within the commit; the identity is its payload's, nil for one of parts or in the clear.
    case decided(EncryptionDecision, PayloadIdentity?)
    /// Of an upload, whose key keeps its place; nil when it is kept in the clear.
    case kept(StoredEncryption?)

    init(_ payload: Payload) {
        guard case .object(let decision) = payload.seal.use else { preconditionFailure("a part is received for an object that exists") }
        self = .decided(decision, payload.seal.sealing?.identity)
    }

    /// Nil for an object that is kept in the clear.
    var shown: ObjectEncryption? {
        switch self {
        case .decided(let decision, _): decision.shown
        case .kept(let encryption): encryption?.shown
        }
    }

    /// Marks the header; returns the details to store. Throws `.conflict` when the bucket's default is no longer what it was decided by.
    func write(
        to header: inout StoredHeader, _ prepared: PreparedObject, in state: BucketState, _ transaction: Transaction
    ) throws -> [UInt8] {
        switch self {
        case .kept(nil): return prepared.details
        case .kept(.some(let encryption)):
            header.flags.insert(.encryption)
            return try encryption.record.appended(to: prepared.details)
        case .decided(let decision, let identity):
            guard decision.holds(in: state) else { throw ObjectsError.conflict }
            guard let pending = decision.pending else { return prepared.details }
            header.flags.insert(.encryption)
            let place = ObjectKeyPlace(prepared.bucket, prepared.key, header)
            return try pending.record(for: place, identity: identity, in: transaction).appended(to: prepared.details)
        }
    }
}
