import Environment
import Model
import StoragePorts

extension Objects {
    private static let copyTriesMax = 8

    /// Copies an object as one that was put whole: with the MD5 of its bytes as ETag, a checksum of all of them and no parts. The bytes
    /// of large ones are shared, not copied, in the clear and by SSE-S3 alike; those of an object made by a multipart upload are read for
    /// their MD5. Between other kinds of encryption the bytes are read and written again. Throws `.noSuchBucket`, `.noSuchKey`,
    /// `.noSuchVersion`, `.deleteMarker`, `.preconditionFailed`, `.copyWithoutChange`, `.entityTooLarge`, `.archived`, `.encryption`,
    /// `.conflict`.
    package func copy(_ request: CopyRequest) async throws(ObjectsError) -> Committed<CopiedObject> {
        for _ in 0..<Self.copyTriesMax {
            let source = try await lookup(request.source)
            let decision = try await encryption(request.encryption, of: request.bucket, request.key)
            try request.check(source, decision)
            try source.check(request.sourceKey)
            do {
                let copied =
                    if let kept = try await keepingBytes(of: source, decision) {
                        try await copy(source, request, kept)
                    } else {
                        try await copyAnew(source, request, decision)
                    }
                if let copied { return copied }
            } catch {
                // The bucket's default was changed meanwhile.
                guard error == .conflict else { throw error }
            }
        }
        throw .conflict
    }

    /// Nil when the source changed meanwhile.
    private func copy(
        _ source: StoredObject, _ request: CopyRequest, _ decision: EncryptionDecision
    ) async throws(ObjectsError) -> Committed<CopiedObject>? {
        let prepared: PreparedCopy
        do {
            prepared = try await prepareCopy(of: source, request, decision)
        } catch {
            if error == .blobs(.notFound) { return nil }
            throw error
        }
        let stored = try await commit(reading: hints(request.bucket, request.key)) { [self] transaction -> StoredOutcome? in
            guard try isUnchanged(source, in: transaction) else { return nil }
            let state = try require(request.bucket, in: transaction)
            return try store(prepared.object, prepared.header(transaction), in: state, transaction) { transaction in
                try prepared.place(in: transaction)
            }
        }
        guard let outcome = stored.value else { return nil }
        await drainAfterCommit(outcome.orphans)
        var info = ObjectInfo(
            request.key, outcome, attributes: prepared.attributes, checksum: prepared.checksum?.checksum)
        info.encryption = decision.shown
        return Committed(value: CopiedObject(info: info, source: source.info.version), lsn: stored.lsn)
    }

    /// Throws `.blobs(.notFound)` when the source's bytes were swept since the lookup.
    func prepareCopy(
        of source: StoredObject, _ request: CopyRequest, _ decision: EncryptionDecision
    ) async throws(ObjectsError) -> PreparedCopy {
        let digests = try await CopyDigests(source, request.checksum, objectKey: decision.pending?.objectKey, blobs, makeMD5())
        return try await PreparedCopy(source, request, decision, digests, part: random.next(), blobs)
    }

    func lookup(_ source: CopySource) async throws(ObjectsError) -> StoredObject {
        try await lookup(source.bucket, source.key, source.version.map { .version($0) } ?? .current)
    }

    /// Whether the key still holds the version that the lookup found: then its extents are live and may be shared.
    func isUnchanged(_ source: StoredObject, in transaction: Transaction) throws -> Bool {
        guard let state = try buckets.state(of: source.bucket.name, in: transaction), state.instance == source.bucket.instance else {
            return false
        }
        return try VersionedKey(state: state, key: source.info.key).find(madeBy: source.info.lsn, in: transaction) != nil
    }
}

/// What a copy made.
package struct CopiedObject: Hashable, Sendable {
    package let info: ObjectInfo
    /// The version that was copied; nil in a bucket that never had versions.
    package let source: VersionID?
}

extension CopySource {
    /// Throws `.preconditionFailed` with the copy's name of the condition, `.archived`.
    func check(_ info: ObjectInfo) throws(ObjectsError) {
        if let asked, info.isArchived(at: asked) { throw .archived(info.attributes.storageClass) }
        switch conditions.failure(etag: info.etag, lastModified: info.lastModified) {
        case nil: return
        case .ifMatch: throw .preconditionFailed(.copySourceIfMatch)
        case .ifNoneMatch: throw .preconditionFailed(.copySourceIfNoneMatch)
        case .ifModifiedSince: throw .preconditionFailed(.copySourceIfModifiedSince)
        case .some: throw .preconditionFailed(.copySourceIfUnmodifiedSince)
        }
    }
}

extension CopyRequest {
    /// A copy onto itself has to ask for a change, or state a condition of its own; AWS counts any storage class that is named, and any
    /// default encryption that was set on the bucket.
    func check(_ object: StoredObject, _ decision: EncryptionDecision) throws(ObjectsError) {
        try source.check(object.info)
        guard object.info.size <= ObjectsLimits.singlePayloadBytesMax else {
            throw .entityTooLarge(size: object.info.size, limit: ObjectsLimits.singlePayloadBytesMax)
        }
        guard source.bucket == bucket, source.key == key, source.version == nil, case .copied(let storageClass, let redirect) = attributes
        else { return }
        let changesChecksum = checksum.map { $0 != object.info.checksum?.checksum.algorithm } ?? false
        let changesEncryption = decision.isOfSetting || decision.shown != object.info.encryption
        if case .unspecified = encryption, !changesEncryption, !changesChecksum, storageClass == nil, redirect == nil, condition == .none {
            throw .copyWithoutChange
        }
    }

    func attributes(from source: ObjectInfo) -> ObjectAttributes {
        var made: ObjectAttributes
        switch attributes {
        case .replaced(let attributes): made = attributes
        case .copied(let storageClass, let redirect):
            made = source.attributes
            made.storageClass = storageClass ?? .standard
            made.websiteRedirect = redirect
        }
        made.access = access
        return made
    }

    func tags(from source: ObjectInfo) throws(ObjectsError) -> TagSet {
        switch tags {
        case .copied: return source.attributes.tags
        case .replaced(let tags): return tags
        case .withheld:
            guard source.attributes.tags.isEmpty else { throw .withheld }
            return .empty
        }
    }
}
