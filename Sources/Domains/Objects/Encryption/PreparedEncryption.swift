import Envelope
import Model
import StoragePorts

/// The encryption of an object that a commit makes.
enum PreparedEncryption: Sendable {
    /// Its key is bound within the commit; the identity is its payload's.
    case pending(PendingEncryption, PayloadIdentity)
    /// Of an upload, whose key keeps its place.
    case kept(StoredEncryption)

    /// Nil for a payload in the clear.
    init?(_ payload: Payload) {
        guard let seal = payload.seal, let pending = seal.pending else { return nil }
        self = .pending(pending, seal.identity)
    }

    /// Marks the header; returns the details to store.
    func write(to header: inout StoredHeader, _ prepared: PreparedObject, in transaction: Transaction) throws -> [UInt8] {
        header.flags.insert(.encryption)
        switch self {
        case .kept(let encryption):
            return try encryption.record.appended(to: prepared.details)
        case .pending(let pending, let identity):
            let place = ObjectKeyPlace(prepared.bucket, prepared.key, header)
            return try pending.record(for: place, identity: identity, in: transaction).appended(to: prepared.details)
        }
    }
}
