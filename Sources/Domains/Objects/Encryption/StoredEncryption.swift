import Envelope
import Environment
import Model
import StoragePorts

/// An object's or upload's encryption as it is stored.
struct StoredEncryption: Hashable, Sendable {
    private static let saltBytes = 16

    let record: PBEncryptionRecord
    let shown: ObjectEncryption

    /// Throws `LedgerError.damaged`.
    init(_ record: PBEncryptionRecord) throws {
        self.record = record
        switch record.mode {
        case 1: shown = .managed
        case 2: shown = .service(key: record.serviceKey, usesBucketKey: record.usesBucketKey)
        case 3: shown = .customer
        default: throw LedgerError.damaged("encryption of mode \(record.mode)")
        }
    }

    /// Throws `.encryption` when the key is missing, not wanted or not the one.
    func check(_ customerKey: CustomerKey?) throws(ObjectsError) {
        guard shown == .customer else {
            if customerKey != nil { throw .encryption(.notApplicable) }
            return
        }
        guard let customerKey else { throw .encryption(.customerKeyRequired) }
        let salt = Array(record.customerKeyTag.prefix(Self.saltBytes))
        guard DataKey.areEqual(customerKey.tag(salt), Array(record.customerKeyTag.dropFirst(Self.saltBytes))) else {
            throw .encryption(.customerKeyMismatch)
        }
    }

    /// What is stored to know a customer's key again.
    static func customerKeyTag(_ key: CustomerKey, random: any RandomSource) -> [UInt8] {
        let salt = DataKey.randomBytes(saltBytes, random)
        return salt + key.tag(salt)
    }
}

extension CustomerKey {
    fileprivate func tag(_ salt: [UInt8]) -> [UInt8] { key.tag("roost customer key", salt) }
}

extension StoredObject {
    /// Whether a request that brings this customer's key, or none, may read the object. Throws `.encryption`.
    package func check(_ customerKey: CustomerKey?) throws(ObjectsError) {
        if let encryption { return try encryption.check(customerKey) }
        if customerKey != nil { throw .encryption(.notApplicable) }
    }
}
