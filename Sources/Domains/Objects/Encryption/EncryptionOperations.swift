import Envelope
import Environment
import Model
import SwiftProtobuf

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

extension Objects {
    /// The key service's own name for the key of clients that name none.
    package static let defaultServiceKey = "alias/aws/s3"

    /// The encryption of an object about to be written: what the client chose, else the bucket's default; nil for none. Called before
    /// the payload comes, because that is sealed on its way in. Throws `.noSuchBucket`, `.encryption`.
    package func encryption(
        _ choice: EncryptionChoice, of bucket: BucketName, _ key: ObjectKey
    ) async throws(ObjectsError) -> PendingEncryption? {
        let setting = try await setting(BucketEncryption.self, of: bucket)
        switch choice {
        case .unspecified:
            switch setting?.mode {
            case nil: return nil
            case .managed: return try managedEncryption()
            case .service: return try await serviceEncryption(setting?.serviceKey, [:], setting?.usesBucketKey ?? false, bucket, key)
            }
        case .managed: return try managedEncryption()
        case .service(let name, let context, let usesBucketKey):
            let isDefault = setting?.mode == .service
            return try await serviceEncryption(
                name ?? (isDefault ? setting?.serviceKey : nil), context,
                usesBucketKey ?? (isDefault ? setting?.usesBucketKey ?? false : false), bucket, key)
        case .customer(let customerKey): return customerEncryption(customerKey)
        }
    }

    /// How the payload that is all of an object about to be written is sealed; nil when the object is kept in the clear. Throws as
    /// `encryption`.
    package func seal(
        _ choice: EncryptionChoice = .unspecified, of bucket: BucketName, _ key: ObjectKey
    ) async throws(ObjectsError) -> PayloadSeal? {
        try await encryption(choice, of: bucket, key)?.seal(random: random)
    }

    private func requireKeys() throws(ObjectsError) -> EncryptionKeys {
        guard let keys else { throw .encryption(.notConfigured) }
        return keys
    }

    private func managedEncryption() throws(ObjectsError) -> PendingEncryption {
        let keys = try requireKeys().masterKeys
        let objectKey = DataKey(random: random)
        return PendingEncryption(
            .managed, objectKey, .with { $0.mode = 1 }, wrap: keys.preparingWrap(of: objectKey.bytes), masterKey: keys.currentID)
    }

    private func serviceEncryption(
        _ name: String?, _ context: [String: String], _ usesBucketKey: Bool, _ bucket: BucketName, _ key: ObjectKey
    ) async throws(ObjectsError) -> PendingEncryption {
        let pairs = Self.pairs(context, usesBucketKey: usesBucketKey, bucket, key)
        let served: ServedDataKey
        do {
            served = try await requireKeys().service.generateDataKey(name ?? Self.defaultServiceKey, context: pairs)
        } catch let error as KeyServiceError {
            throw .encryption(.service(error))
        } catch {
            throw ObjectsError(error)
        }
        let objectKey = DataKey(random: random)
        let record = PBEncryptionRecord.with {
            $0.mode = 2
            $0.serviceKey = served.shownKey
            $0.servedKey = Data(served.wrapped)
            $0.context = context
            $0.usesBucketKey = usesBucketKey
        }
        return PendingEncryption(
            .service(key: served.shownKey, usesBucketKey: usesBucketKey), objectKey, record,
            wrap: served.key.preparingWrap(of: objectKey.bytes, random: random))
    }

    private func customerEncryption(_ customerKey: CustomerKey) -> PendingEncryption {
        let objectKey = DataKey(random: random)
        let record = PBEncryptionRecord.with {
            $0.mode = 3
            $0.customerKeyTag = Data(StoredEncryption.customerKeyTag(customerKey, random: random))
        }
        return PendingEncryption(
            .customer, objectKey, record, wrap: customerKey.key.preparingWrap(of: objectKey.bytes, random: random))
    }

    /// What a key service binds its key to: AWS's pair, which names the object, or with a bucket key the bucket, and the client's.
    private static func pairs(
        _ own: [String: String], usesBucketKey: Bool, _ bucket: BucketName, _ key: ObjectKey
    ) -> [String: String] {
        let resource = usesBucketKey ? bucket.rawValue : "\(bucket)/\(key)"
        return own.merging(["aws:s3:arn": "arn:aws:s3:::\(resource)"]) { _, ours in ours }
    }

    /// The key of a stored object or upload. Throws `.encryption`.
    func objectKey(
        of encryption: StoredEncryption, at place: ObjectKeyPlace, _ customerKey: CustomerKey?
    ) async throws(ObjectsError) -> DataKey {
        try encryption.check(customerKey)
        let wrapped = Array(encryption.record.wrappedKey)
        do {
            let bytes: [UInt8]
            switch encryption.shown {
            case .managed: bytes = try requireKeys().masterKeys.unwrap(wrapped, place.context)
            case .customer: bytes = try customerKey?.key.unwrap(wrapped, place.context) ?? []
            case .service(_, let usesBucketKey):
                let pairs = Self.pairs(encryption.record.context, usesBucketKey: usesBucketKey, place.bucket, place.key)
                let served = try await requireKeys().service.decrypt(Array(encryption.record.servedKey), context: pairs)
                bytes = try served.unwrap(wrapped, place.context)
            }
            guard let key = DataKey(bytes: bytes) else { throw EnvelopeError.malformed }
            return key
        } catch let error as ObjectsError {
            throw error
        } catch let error as KeyServiceError {
            throw .encryption(.service(error))
        } catch {
            throw .encryption(.unreadable("the key of \(place.bucket)/\(place.key): \(error)"))
        }
    }

    /// How a part of this upload is sealed; nil when the upload is not encrypted. Throws `.encryption`.
    package func seal(
        part number: Int, of upload: UploadInfo, in bucket: BucketName, _ customerKey: CustomerKey?
    ) async throws(ObjectsError) -> PayloadSeal? {
        guard let encryption = upload.encryption else {
            if customerKey != nil { throw .encryption(.customerKeyNotApplicable) }
            return nil
        }
        let place = ObjectKeyPlace(bucket, upload.key, .upload(upload.id))
        return PayloadSeal(
            objectKey: try await objectKey(of: encryption, at: place, customerKey), identity: PayloadIdentity(random: random), part: number,
            showsMD5: encryption.shown.showsMD5, pending: nil)
    }
}
