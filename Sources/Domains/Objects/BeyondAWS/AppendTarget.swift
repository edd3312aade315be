import Envelope
import Model
import StoragePorts

/// What an append finds before its payload comes: how that is to be hashed and kept.
package struct AppendTarget: Sendable {
    /// How the key of an encrypted object is used for bytes behind it; holds for the object that this commit made.
    struct Growth: Sendable {
        let lsn: LSN
        /// The object is one payload: its key is bound to the parts that it becomes. Nil when it is of parts already.
        let rebound: PendingEncryption?
    }

    package let seal: PayloadSeal
    /// The checksum's algorithm that the object has and that goes on over appended bytes: these must be hashed with it. Nil when there
    /// is no object or no such checksum.
    package let checksum: ChecksumAlgorithm?
    /// Nil when there is no object or it is kept in the clear.
    let growth: Growth?
    /// Nil when the object is or will be kept in the clear.
    package let shownEncryption: ObjectEncryption?
}

extension Objects {
    /// Called before the payload of an append comes. What is appended is sealed by the object's key; `choice` counts where there is no object
    /// yet, and else must not ask for another encryption than the object's. Throws `.noSuchBucket`, `.encryption`.
    package func appending(
        to bucket: BucketName, _ key: ObjectKey, _ choice: EncryptionChoice
    ) async throws(ObjectsError) -> AppendTarget {
        let found: StoredObject
        do {
            found = try await lookup(bucket, key)
        } catch {
            switch error {
            case .noSuchKey, .deleteMarker:
                let decision = try await encryption(choice, of: bucket, key)
                return AppendTarget(
                    seal: PayloadSeal(decision, random: random), checksum: nil, growth: nil, shownEncryption: decision.shown)
            default: throw error
            }
        }
        guard try await allows(choice, for: found.encryption?.shown) else { throw .encryption(.notApplicable) }
        let checksum = found.info.checksum.flatMap { StoredHeader.appendAlgorithm($0.checksum.algorithm, $0.type) }
        guard let encryption = found.encryption else {
            return AppendTarget(seal: PayloadSeal(part: nil), checksum: checksum, growth: nil, shownEncryption: nil)
        }
        let customerKey = choice.customerKey
        let objectKey = try await objectKey(of: encryption, at: found.place, customerKey)
        var rebound: PendingEncryption?
        if case .made = found.place.version { rebound = try await rebinding(found, to: key, customerKey) }
        let sealing = Sealing(
            objectKey: objectKey, part: found.lastPartNumber + 1, showsMD5: encryption.shown.showsMD5, random: random)
        return AppendTarget(
            seal: PayloadSeal(part: sealing), checksum: checksum, growth: AppendTarget.Growth(lsn: found.info.lsn, rebound: rebound),
            shownEncryption: encryption.shown)
    }

    /// Whether a client may ask so for bytes behind an object that is encrypted as `shown`.
    private func allows(_ choice: EncryptionChoice, for shown: ObjectEncryption?) async throws(ObjectsError) -> Bool {
        switch (choice, shown) {
        // Whether the customer's key is there, and the right one, is told when it is used.
        case (.unspecified, _), (.managed, .managed), (.customer, .customer): return true
        case (.service(nil, _, _), .service): return true
        case (.service(let name?, _, _), .service(let key, _)):
            if name == key { return true }
            guard let keys else { throw .encryption(.notConfigured) }
            do {
                let (asked, held) = (try await keys.service.describe(name), try await keys.service.describe(key))
                return asked.id == held.id
            } catch {
                throw .encryption(.service(error))
            }
        default: return false
        }
    }
}

extension EncryptionChoice {
    fileprivate var customerKey: CustomerKey? { if case .customer(let key) = self { key } else { nil } }
}

extension StoredObject {
    /// Parts keep the numbers by which they were sealed; 0 is what once was the whole object.
    fileprivate var lastPartNumber: Int { parts.last?.seal?.number ?? 0 }
}
