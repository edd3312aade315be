import Envelope
import Environment
import Model
import StoragePorts
import SwiftProtobuf

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// The encryption of an object or upload that is being made: its key is drawn, and bound to its version within the commit.
package struct PendingEncryption: Sendable {
    package let shown: ObjectEncryption
    let objectKey: DataKey
    /// All but the wrapped key.
    private let record: PBEncryptionRecord
    private let wrap: PendingWrap
    private let masterKey: MasterKeyID?

    init(_ shown: ObjectEncryption, _ objectKey: DataKey, _ record: PBEncryptionRecord, wrap: PendingWrap, masterKey: MasterKeyID? = nil) {
        self.shown = shown
        self.objectKey = objectKey
        self.record = record
        self.wrap = wrap
        self.masterKey = masterKey
    }

    /// The record of what this commit makes at `place`. Call it once.
    func record(for place: ObjectKeyPlace, identity: PayloadIdentity? = nil, in transaction: Transaction) throws -> PBEncryptionRecord {
        if let masterKey { try transaction.noteMasterKey(masterKey.rawValue) }
        var record = record
        record.wrappedKey = Data(wrap.sealed(place.context))
        if let identity { record.payloadIdentity = Data(identity.bytes) }
        return record
    }

    /// For a payload that is all of the object.
    func seal(random: any RandomSource) -> PayloadSeal {
        PayloadSeal(objectKey: objectKey, identity: PayloadIdentity(random: random), part: 0, showsMD5: shown.showsMD5, pending: self)
    }
}

extension PBEncryptionRecord {
    /// As the end of an object's details, which take their fields in any order.
    func appended(to details: [UInt8]) throws -> [UInt8] {
        var tail = PBObjectDetails()
        tail.encryption = self
        return details + (try tail.serializedBytes() as [UInt8])
    }
}

/// How one payload is sealed on its way into storage.
package struct PayloadSeal: Sendable {
    let objectKey: DataKey
    let identity: PayloadIdentity
    /// 0 for a whole object.
    let part: Int
    let showsMD5: Bool
    /// Of the object that the payload becomes; nil for a part, whose upload has it.
    let pending: PendingEncryption?

    /// What stands for the MD5 in records and ETags: a digest that tells nothing of the bytes where AWS shows no MD5 either.
    func shownDigest(of md5: MD5Digest) -> MD5Digest {
        showsMD5 ? md5 : MD5Digest(objectKey.tag("roost etag", md5.bytes).prefix(16))
    }
}
