import Envelope
import Environment
import Model
import StoragePorts
import SwiftProtobuf

/// Gives an object another key of its bucket.
package struct RenameRequest: Sendable {
    package var bucket: BucketName
    package var source: ObjectKey
    package var key: ObjectKey
    package var sourceConditions: ReadConditions
    /// On the object that the new key has before.
    package var conditions: ReadConditions
    /// Whether the object's tags, and its list of grants, may come with it to the new key. Without leave an object that has them stays.
    package var mayCarryTags: Bool
    package var mayCarryGrants: Bool
    /// Makes a repeated request succeed without doing anything again.
    package var token: String?
    /// That the source is stored with.
    package var customerKey: CustomerKey?
    package var context: ChangeContext

    package init(
        bucket: BucketName, source: ObjectKey, key: ObjectKey, sourceConditions: ReadConditions = .none,
        conditions: ReadConditions = .none, mayCarryTags: Bool = true, mayCarryGrants: Bool = true, token: String? = nil,
        customerKey: CustomerKey? = nil, context: ChangeContext
    ) {
        self.bucket = bucket
        self.source = source
        self.key = key
        self.sourceConditions = sourceConditions
        self.conditions = conditions
        self.mayCarryTags = mayCarryTags
        self.mayCarryGrants = mayCarryGrants
        self.token = token
        self.customerKey = customerKey
        self.context = context
    }
}

extension Objects {
    private static let renameTriesMax = 8

    /// Moves an object to another key in one commit, in place of what that key held. No byte is copied, except in a bucket with versions,
    /// where the source stays as an older version behind a delete marker and bytes in packs, at most 256 KiB a piece, are written again. The
    /// key of an encrypted object is bound to its new name; its bytes stay sealed as they are.
    /// Returns the LSN of the rename, also for one that is repeated with its token.
    ///
    /// Throws `.noSuchBucket`, `.noSuchKey`, `.preconditionFailed`, `.renameToItself`, `.tokenMismatch`, `.versionIsLocked`, `.withheld`,
    /// `.encryption`, `.conflict`.
    package func rename(_ request: RenameRequest) async throws(ObjectsError) -> LSN {
        guard request.source != request.key else { throw .renameToItself }
        for _ in 0..<Self.renameTriesMax {
            let renaming = try await Renaming(request, self)
            let hints = self.hints(request.bucket, request.key) + self.hints(request.bucket, request.source)
            let done = try await commit(reading: hints) { [self] transaction -> (lsn: LSN, orphans: [UploadID])? in
                let state = try require(request.bucket, in: transaction)
                let token = request.token.map { RenameToken($0, request, state.instance) }
                if let before = try token?.lsn(in: transaction) { return (before, []) }
                guard let renamed = try renaming.perform(in: state, self, transaction) else { return nil }
                try token?.remember(random: random.next(), in: transaction)
                return (transaction.lsn, renamed.orphans)
            }.value
            guard let done else { continue }
            await drainAfterCommit(done.orphans)
            return done.lsn
        }
        throw .conflict
    }
}

/// What a rename made.
struct Renamed {
    let etag: ETag
    /// Nil in a bucket that never had versions.
    let version: VersionID?
    let orphans: [UploadID]
}

/// A rename as far as it is prepared before its commit: where bytes must be shared, those that cannot be are read; the key of an encrypted
/// object is ready to be bound anew.
struct Renaming: Sendable {
    private enum Way: Sendable {
        /// The record moves, because no older version keeps the bytes.
        case move(Rebinding?)
        /// The bytes are shared with the older version that the source becomes.
        case share(StoredObject, PreparedCopy)
    }

    /// Holds for the object that this commit made.
    private struct Rebinding: Sendable {
        let lsn: LSN
        let pending: PendingEncryption
    }

    let request: RenameRequest
    private let way: Way

    /// Bytes that the commit itself carries.
    var packedBytes: Int { if case .share(_, let prepared) = way { prepared.packedBytes } else { 0 } }

    /// Throws `.noSuchBucket`, `.noSuchKey`, `.encryption`.
    init(_ request: RenameRequest, _ objects: Objects) async throws(ObjectsError) {
        self.request = request
        let (moves, isEncrypted) = try await objects.read { snapshot in
            let state = try objects.require(request.bucket, in: snapshot)
            let source = try VersionedKey(state: state, key: request.source).current(in: snapshot)
            // A source that is gone may be a repeated rename's: the commit knows.
            guard let source, !source.header.isDeleteMarker else { return (true, false) }
            return (!state.hasVersions, source.header.flags.contains(.encryption))
        }
        if moves, !isEncrypted {
            guard request.customerKey == nil else { throw .encryption(.notApplicable) }
            way = .move(nil)
            return
        }
        let source = try await objects.lookup(request.bucket, request.source)
        let rebound = try await objects.rebinding(source, to: request.key, request.customerKey)
        if moves {
            way = .move(rebound.map { Rebinding(lsn: source.info.lsn, pending: $0) })
            return
        }
        let whole = CopyRequest(
            source: CopySource(bucket: request.bucket, key: request.source), bucket: request.bucket, key: request.key,
            attributes: .replaced(source.info.attributes), access: source.info.attributes.access, context: request.context)
        way = .share(
            source,
            try await PreparedCopy(
                source, whole, .given(rebound), CopyDigests(of: source), part: objects.random.next(),
                restoredUntil: source.info.restoredUntil, objects.blobs))
    }

    /// Nil when the object is no longer what was prepared: prepare again. `orphans` are parts to be drained. Throws `.noSuchKey`,
    /// `.preconditionFailed`, `.versionIsLocked`, `.withheld`.
    func perform(in state: BucketState, _ objects: Objects, _ transaction: Transaction) throws -> Renamed? {
        let source = VersionedKey(state: state, key: request.source)
        guard let found = try source.current(in: transaction), !found.header.isDeleteMarker else {
            throw ObjectsError.noSuchKey(request.bucket, request.source)
        }
        let replaced = try VersionedKey(state: state, key: request.key).current(in: transaction)
        try check(found.header, replacing: replaced?.header)
        try checkCarried(found)
        switch way {
        case .move(let rebinding):
            guard !state.hasVersions, rebinding?.lsn == (found.header.flags.contains(.encryption) ? found.header.lsn : nil) else {
                return nil
            }
            return try move(found, source, replacing: replaced, rebinding?.pending, state, transaction)
        case .share(let object, let prepared):
            guard state.hasVersions, try objects.isUnchanged(object, in: transaction) else { return nil }
            return try share(prepared, in: state, objects, transaction)
        }
    }

    private func move(
        _ found: StoredVersion, _ source: VersionedKey, replacing replaced: StoredVersion?, _ rebound: PendingEncryption?,
        _ state: BucketState, _ transaction: Transaction
    ) throws -> Renamed {
        if state.hasAdmission {
            let details = try found.details
            try state.checkAdmission(
                request.key, size: found.header.size, contentType: details.hasContentType ? details.contentType : nil)
        }
        var header = found.header
        header.lsn = transaction.lsn
        var tail = Array(found.value.dropFirst(StoredHeader.byteCount))
        if let rebound {
            var details = try found.details
            let identity = PayloadIdentity(bytes: details.encryption.payloadIdentity)
            let place = ObjectKeyPlace(request.bucket, request.key, header)
            details.encryption = try rebound.record(for: place, identity: identity, in: transaction)
            tail = try details.serializedBytes()
        }
        try source.detach(found, in: transaction)
        let orphan = try VersionedKey(state: state, key: request.key).replace(
            replaced, by: header.encoded(tail: tail), in: transaction, partsMax: 0)
        try transaction.emit(.objectRenamed(request, header, nil))
        try state.announce(.objectCreatedCopy, request.key, nil, header, context: request.context, in: transaction)
        try state.announce(.objectRemovedDelete, request.source, nil, nil, context: request.context, in: transaction)
        return Renamed(etag: header.etag, version: nil, orphans: [orphan].compactMap { $0 })
    }

    private func share(
        _ prepared: PreparedCopy, in state: BucketState, _ objects: Objects, _ transaction: Transaction
    ) throws -> Renamed {
        let stored = try objects.store(prepared.object, prepared.header(transaction), in: state, transaction) { transaction in
            try prepared.place(in: transaction)
        }
        try transaction.emit(.objectRenamed(request, stored.header, stored.version))
        let removal = Removal(state: state, context: request.context)
        let (result, orphan) = try removal.perform(KeyDeletion(key: request.source), in: transaction, partsMax: 0)
        guard case .deleted = result else { throw ObjectsError.versionIsLocked(request.bucket, request.source) }
        return Renamed(etag: stored.header.etag, version: stored.version, orphans: stored.orphans + [orphan].compactMap { $0 })
    }

    private func checkCarried(_ source: StoredVersion) throws {
        if request.mayCarryTags, request.mayCarryGrants { return }
        let details = try source.details
        guard request.mayCarryTags || details.tags.isEmpty, request.mayCarryGrants || !details.hasAcl else {
            throw ObjectsError.withheld
        }
    }

    private func check(_ source: StoredHeader, replacing target: StoredHeader?) throws(ObjectsError) {
        if let failed = request.sourceConditions.failure(etag: source.etag, lastModified: source.lastModified) {
            throw .preconditionFailed(failed)
        }
        guard let target, !target.isDeleteMarker else {
            if request.conditions.ifMatch != nil { throw .preconditionFailed(.ifMatch) }
            if request.conditions.ifModifiedSince != nil { throw .preconditionFailed(.ifModifiedSince) }
            return
        }
        if let failed = request.conditions.failure(etag: target.etag, lastModified: target.lastModified) {
            throw .preconditionFailed(failed)
        }
    }
}
