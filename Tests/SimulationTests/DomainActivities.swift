import Envelope
import Model
import NIOCore
import Objects
import SimulationKit
import StoragePorts

/// What clients, the operator and the server itself do to one bucket.
struct DomainActivities {
    typealias Operation = @Sendable (Objects) async throws -> Void

    /// Lifecycle rules count days of so long.
    static let day = LifecycleClock(day: .seconds(8))
    private static let (bucket, context) = (DomainWorld.bucket, DomainWorld.context)

    let random: SimRandom
    let now: Timestamp
    let hasLock: Bool
    /// Versioning is switched on and off.
    let hasVersions: Bool
    let versions: [VersionEntry]

    private var key: ObjectKey { ObjectKey(["a", "b", "a/b"][random.int(in: 0...2)])! }

    func choose() -> Operation {
        switch random.int(in: 0...24) {
        case 0...5: put()
        case 6...9: remove()
        case 10: copy()
        case 11, 12: rename()
        case 13, 14: append()
        case 15: hold()
        case 16: tag()
        case 17...19: upload()
        case 20: setEncryption()
        case 21: batch()
        default: setVersioning()
        }
    }

    private func encryption() -> EncryptionChoice {
        switch random.int(in: 0...5) {
        case 0: .managed
        case 1: .service(key: "k", context: ["who": "me"], usesBucketKey: nil)
        case 2: .customer(DomainWorld.customerKey)
        default: .unspecified
        }
    }

    private func bytes() -> [UInt8] { random.bytes(random.oneIn(25) ? 270_000 : random.int(in: 0...900)) }

    /// The customer's key where the key's object needs it.
    private static func customerKey(of key: ObjectKey, _ objects: Objects) async throws -> CustomerKey? {
        try await objects.lookup(bucket, key).info.encryption == .customer ? DomainWorld.customerKey : nil
    }

    private static func payload(_ bytes: [UInt8], _ seal: PayloadSeal, _ objects: Objects) async throws -> Payload {
        let intake = objects.intake(seal: seal)
        try await intake.write(ByteBuffer(bytes: bytes))
        return try await intake.finish()
    }

    private func put() -> Operation {
        let (key, bytes, encryption) = (key, bytes(), encryption())
        let retention = Retention(mode: random.oneIn(2) ? .governance : .compliance, until: now + .seconds(random.int(in: 1...60)))
        let lock = hasLock && random.oneIn(2) ? ObjectLock(retention: retention, legalHold: random.oneIn(3) ? true : nil) : .none
        return { objects in
            let payload = try await Self.payload(bytes, try await objects.seal(encryption, of: Self.bucket, key), objects)
            _ = try await objects.put(PutRequest(bucket: Self.bucket, key: key, payload: payload, lock: lock, context: Self.context))
        }
    }

    private func remove() -> Operation {
        let key = key
        let own = versions.filter { $0.key == key }
        let chosen = own.isEmpty ? VersionID.null : own[random.int(in: 0...own.count - 1)].version
        switch random.int(in: 0...3) {
        case 0, 1: return { _ = try await $0.delete(Self.bucket, key, context: Self.context) }
        case 2:
            return { _ = try await $0.delete(Self.bucket, key, version: chosen, bypassGovernance: true, context: Self.context) }
        default:
            let deletions = own.map { KeyDeletion(key: key, version: $0.version) } + [KeyDeletion(key: ObjectKey("b")!)]
            return { _ = try await $0.deleteMany(Self.bucket, deletions, context: Self.context) }
        }
    }

    private func copy() -> Operation {
        let (key, encryption) = (key, encryption())
        return { objects in
            var request = CopyRequest(
                source: CopySource(bucket: Self.bucket, key: key), bucket: Self.bucket, key: ObjectKey("b")!,
                attributes: .replaced(ObjectAttributes()), context: Self.context)
            request.encryption = encryption
            request.sourceKey = try await Self.customerKey(of: key, objects)
            _ = try await objects.copy(request)
        }
    }

    private func rename() -> Operation {
        let (source, key) = (key, key)
        return { objects in
            let request = RenameRequest(
                bucket: Self.bucket, source: source, key: key, customerKey: try await Self.customerKey(of: source, objects),
                context: Self.context)
            _ = try await objects.rename(request)
        }
    }

    private func append() -> Operation {
        let (key, bytes) = (key, bytes())
        return { objects in
            let customerKey = try? await Self.customerKey(of: key, objects)
            let target = try await objects.appending(to: Self.bucket, key, customerKey.map { .customer($0) } ?? .unspecified)
            let size = (try? await objects.lookup(Self.bucket, key).info.size) ?? 0
            let payload = try await Self.payload(bytes, target.seal, objects)
            let put = PutRequest(bucket: Self.bucket, key: key, payload: payload, context: Self.context)
            _ = try await objects.append(AppendRequest(put: put, offset: size, target: target))
        }
    }

    private func hold() -> Operation {
        let (key, isHeld) = (key, random.oneIn(2))
        return { _ = try await $0.setLegalHold(of: key, nil, in: Self.bucket, to: isHeld, context: Self.context) }
    }

    private func tag() -> Operation {
        let key = key
        let tags = (0..<random.int(in: 0...2)).map { Tag(key: "t\($0)", value: "\(random.int(in: 0...99))") }
        return { _ = try await $0.setTags(Self.bucket, key, try TagSet(tags, of: .object), context: Self.context) }
    }

    /// Begins one, adds a part, completes or gives up.
    private func upload() -> Operation {
        let (key, bytes, encryption, chance) = (key, bytes(), encryption(), random.int(in: 0...9))
        return { objects in
            let begun = try await objects.listUploads(Self.bucket, UploadListQuery()).uploads
            guard let upload = begun.last, chance > 2 else {
                var request = UploadRequest(bucket: Self.bucket, key: key, context: Self.context)
                request.encryption = encryption
                _ = try await objects.createUpload(request)
                return
            }
            let customerKey = upload.shownEncryption == .customer ? DomainWorld.customerKey : nil
            let parts = try await objects.listParts(Self.bucket, upload.key, upload.id).parts
            if chance == 3 {
                _ = try await objects.abortUpload(Self.bucket, upload.key, upload.id, context: Self.context)
            } else if chance > 6, let part = parts.last {
                let request = CompleteRequest(
                    bucket: Self.bucket, key: upload.key, upload: upload.id, parts: [ListedPart(number: part.number, etag: part.etag)],
                    condition: chance == 9 ? WriteCondition(ifNoneMatch: .any) : .none, context: Self.context)
                _ = try await objects.completeUpload(request)
            } else {
                let seal = try await objects.seal(part: chance, of: upload, in: Self.bucket, customerKey)
                let part = PartRequest(
                    bucket: Self.bucket, key: upload.key, upload: upload.id, number: chance,
                    payload: try await Self.payload(bytes, seal, objects), context: Self.context)
                _ = try await objects.uploadPart(part)
            }
        }
    }

    private func setEncryption() -> Operation {
        switch random.int(in: 0...2) {
        case 0: { _ = try await $0.removeSetting(BucketEncryption.self, of: Self.bucket, context: Self.context) }
        case 1: { _ = try await $0.set(BucketEncryption(mode: .managed), of: Self.bucket, context: Self.context) }
        default: { _ = try await $0.set(BucketEncryption(mode: .service, serviceKey: "k"), of: Self.bucket, context: Self.context) }
        }
    }

    private func batch() -> Operation {
        let (bytes, old) = (bytes(), versions.last?.version ?? .null)
        let (first, second, third) = (ObjectKey("a")!, ObjectKey("b")!, ObjectKey("a/b")!)
        return { objects in
            let payload = try await Self.payload(bytes, try await objects.seal(of: Self.bucket, third), objects)
            let changes: [BatchChange] = [
                .put(PutRequest(bucket: Self.bucket, key: third, payload: payload, context: Self.context)),
                .rename(RenameRequest(bucket: Self.bucket, source: first, key: second, context: Self.context)),
                .delete(Self.bucket, KeyDeletion(key: ObjectKey("c")!, version: old)),
            ]
            _ = try await objects.batch(changes, context: Self.context)
        }
    }

    private func setVersioning() -> Operation {
        guard hasVersions else { return put() }
        let status: VersioningStatus = random.oneIn(3) ? .suspended : .enabled
        return { _ = try await $0.setVersioning(Self.bucket, VersioningConfiguration(status), context: Self.context) }
    }
}
