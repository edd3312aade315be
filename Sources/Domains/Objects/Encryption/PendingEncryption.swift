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

}

extension PBEncryptionRecord {
    /// As the end of an object's details, which take their fields in any order.
    func appended(to details: [UInt8]) throws -> [UInt8] {
        var tail = PBObjectDetails()
        tail.encryption = self
        return details + (try tail.serializedBytes() as [UInt8])
    }
}
