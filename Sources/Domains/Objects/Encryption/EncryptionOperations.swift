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

    /// The encryption of an object about to be written: what the client chose, else the bucket's default; kept in the clear where
    /// neither asks for any. Called before the payload comes, because that is sealed on its way in. Throws `.noSuchBucket`, `.encryption`.
    package func encryption(
        _ choice: EncryptionChoice, of bucket: BucketName, _ key: ObjectKey
    ) async throws(ObjectsError) -> EncryptionDecision {
        let setting = try await read { [self] snapshot in try require(bucket, in: snapshot).encryption }
        switch choice {
        case .unspecified:
            let applied = setting ?? keys?.bucketDefault
            let pending: PendingEncryption? =
                switch applied?.mode {
                case nil: nil
                case .managed: try managedEncryption(DataKey(random: random))
                case .service:
                    try await serviceEncryption(
                        DataKey(random: random), applied?.serviceKey, [:], applied?.usesBucketKey ?? false, bucket, key)
                }
            return .byDefault(setting, pending)
        case .managed: return .given(try managedEncryption(DataKey(random: random)))
        case .service(let name, let context, let usesBucketKey):
            let isDefault = setting?.mode == .service
            return .given(
                try await serviceEncryption(
                    DataKey(random: random), name ?? (isDefault ? setting?.serviceKey : nil), context,
                    usesBucketKey ?? (isDefault ? setting?.usesBucketKey ?? false : false), bucket, key))
        case .customer(let customerKey): return .given(customerEncryption(DataKey(random: random), customerKey))
        }
    }

    /// What the bucket's objects get whose client asks for nothing: the bucket's default, else the server's. Throws `.noSuchBucket`.
    package func defaultEncryption(of bucket: BucketName) async throws(ObjectsError) -> BucketEncryption? {
        try await setting(BucketEncryption.self, of: bucket) ?? keys?.bucketDefault
    }

    /// How the payload that is all of an object about to be written is kept. Throws as `encryption`.
    package func seal(
        _ choice: EncryptionChoice = .unspecified, of bucket: BucketName, _ key: ObjectKey
    ) async throws(ObjectsError) -> PayloadSeal {
        PayloadSeal(try await encryption(choice, of: bucket, key), random: random)
    }

    private func requireKeys() throws(ObjectsError) -> EncryptionKeys {
        guard let keys else { throw .encryption(.notConfigured) }
        return keys
    }

    private func managedEncryption(_ objectKey: DataKey) throws(ObjectsError) -> PendingEncryption {
        let keys = try requireKeys().masterKeys
        return PendingEncryption(
            .managed, objectKey, .with { $0.mode = 1 }, wrap: keys.preparingWrap(of: objectKey.bytes), masterKey: keys.currentID)
    }

    private func serviceEncryption(
        _ objectKey: DataKey, _ name: String?, _ context: [String: String], _ usesBucketKey: Bool, _ bucket: BucketName, _ key: ObjectKey
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

    private func customerEncryption(_ objectKey: DataKey, _ customerKey: CustomerKey) -> PendingEncryption {
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

    /// How a part of this upload is kept. Throws `.encryption`.
    package func seal(
        part number: Int, of upload: UploadInfo, in bucket: BucketName, _ customerKey: CustomerKey?
    ) async throws(ObjectsError) -> PayloadSeal {
        guard (upload.shownEncryption == .customer) == (customerKey != nil) else { throw .encryption(.uploadKeyMissing) }
        guard let encryption = upload.encryption else { return PayloadSeal(part: nil) }
        let place = ObjectKeyPlace(bucket, upload.key, .upload(upload.id))
        let key: DataKey
        do {
            key = try await objectKey(of: encryption, at: place, customerKey)
        } catch {
            throw error == .encryption(.customerKeyMismatch) ? .encryption(.uploadKeyMismatch) : error
        }
        return PayloadSeal(part: Sealing(objectKey: key, part: number, showsMD5: encryption.shown.showsMD5, random: random))
    }

    /// The key of an object whose bytes stay as they are, to be bound anew by the commit that gives them another place: the object's name and
    /// version, where AWS's pair for a key service names the object too. Nil for an object in the clear. Throws `.encryption`.
    func rebinding(
        _ object: StoredObject, to key: ObjectKey, _ customerKey: CustomerKey?
    ) async throws(ObjectsError) -> PendingEncryption? {
        try object.check(customerKey)
        guard let encryption = object.encryption else { return nil }
        let objectKey = try await objectKey(of: encryption, at: object.place, customerKey)
        switch encryption.shown {
        case .managed: return try managedEncryption(objectKey)
        case .service(let name, let usesBucketKey):
            return try await serviceEncryption(objectKey, name, encryption.record.context, usesBucketKey, object.bucket.name, key)
        case .customer: return customerKey.map { customerEncryption(objectKey, $0) }
        }
    }

    /// What was decided of a copy, where it keeps its source's bytes as they lie: both are in the clear, or both by SSE-S3, and the copy is
    /// bound to the source's key. Nil where the bytes have to be read and sealed anew. Throws `.encryption`.
    func keepingBytes(of source: StoredObject, _ decision: EncryptionDecision) async throws(ObjectsError) -> EncryptionDecision? {
        guard let encryption = source.encryption else { return decision.shown == nil ? decision : nil }
        guard encryption.shown == .managed, decision.shown == .managed else { return nil }
        return decision.with(try managedEncryption(try await objectKey(of: encryption, at: source.place, nil)))
    }
}
