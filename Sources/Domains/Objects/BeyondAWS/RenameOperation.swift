import Environment
import Model
import StoragePorts

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
    package var context: ChangeContext

    package init(
        bucket: BucketName, source: ObjectKey, key: ObjectKey, sourceConditions: ReadConditions = .none,
        conditions: ReadConditions = .none, mayCarryTags: Bool = true, mayCarryGrants: Bool = true, token: String? = nil,
        context: ChangeContext
    ) {
        self.bucket = bucket
        self.source = source
        self.key = key
        self.sourceConditions = sourceConditions
        self.conditions = conditions
        self.mayCarryTags = mayCarryTags
        self.mayCarryGrants = mayCarryGrants
        self.token = token
        self.context = context
    }
}

extension Objects {
    private static let renameTriesMax = 8

    /// Moves an object to another key in one commit, in place of what that key held. No byte is copied, except in a bucket with versions,
    /// where the source stays as an older version behind a delete marker and bytes in packs, at most 256 KiB a piece, are written again.
    /// Returns the LSN of the rename, also for one that is repeated with its token.
    ///
    /// Throws `.noSuchBucket`, `.noSuchKey`, `.preconditionFailed`, `.renameToItself`, `.tokenMismatch`, `.versionIsLocked`, `.withheld`,
    /// `.encryption(.notPossible)` for an encrypted object, whose key is bound to its name, `.conflict`.
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

/// A rename as far as it is prepared before its commit: where bytes must be shared, those that cannot be are read.
struct Renaming: Sendable {
    let request: RenameRequest
    private let copy: (source: StoredObject, prepared: PreparedCopy)?

    /// Bytes that the commit itself carries.
    var packedBytes: Int { copy?.prepared.packedBytes ?? 0 }

    /// Throws `.noSuchBucket`, `.noSuchKey`.
    init(_ request: RenameRequest, _ objects: Objects) async throws(ObjectsError) {
        self.request = request
        let isMove = try await objects.read { snapshot in
            let state = try objects.require(request.bucket, in: snapshot)
            // A source that is gone may be a repeated rename's: the commit knows.
            guard let source = try VersionedKey(state: state, key: request.source).current(in: snapshot), !source.header.isDeleteMarker
            else { return true }
            guard !source.header.flags.contains(.encryption) else {
                throw ObjectsError.encryption(.notPossible("RenameObject of an encrypted object"))
            }
            return Self.isMovable(source.header, in: state)
        }
        if isMove {
            copy = nil
            return
        }
        let source = try await objects.lookup(request.bucket, request.source)
        let whole = CopyRequest(
            source: CopySource(bucket: request.bucket, key: request.source), bucket: request.bucket, key: request.key,
            attributes: .replaced(source.info.attributes), access: source.info.attributes.access, context: request.context)
        copy = (source, try await PreparedCopy(source, whole, part: objects.random.next(), objects.blobs))
    }

    /// The record alone can move when no older version keeps the bytes and nothing binds them to their key.
    private static func isMovable(_ header: StoredHeader, in state: BucketState) -> Bool {
        !state.hasVersions && !header.flags.contains(.encryption)
    }

    /// Nil when the object is no longer what was prepared: prepare again. `orphans` are parts to be drained. Throws `.noSuchKey`,
    /// `.preconditionFailed`, `.versionIsLocked`, `.withheld`.
    func perform(in state: BucketState, _ objects: Objects, _ transaction: Transaction) throws -> Renamed? {
        let (source, target) = (VersionedKey(state: state, key: request.source), VersionedKey(state: state, key: request.key))
        guard let found = try source.current(in: transaction), !found.header.isDeleteMarker else {
            throw ObjectsError.noSuchKey(request.bucket, request.source)
        }
        let replaced = try target.current(in: transaction)
        try check(found.header, replacing: replaced?.header)
        try checkCarried(found)
        let isMovable = Self.isMovable(found.header, in: state)
        guard isMovable == (copy == nil) else { return nil }
        if copy == nil, state.hasAdmission {
            let details = try found.details
            try state.checkAdmission(
                request.key, size: found.header.size, contentType: details.hasContentType ? details.contentType : nil)
        }
        var orphans: [UploadID] = []
        let stored: (header: StoredHeader, version: VersionID?)
        if let copy {
            guard try objects.isUnchanged(copy.source, in: transaction) else { return nil }
            let outcome = try objects.store(
                copy.prepared.object, copy.prepared.header(transaction), in: state, transaction
            ) { transaction in try copy.prepared.place(in: transaction) }
            orphans += outcome.orphans
            stored = (outcome.header, outcome.version)
        } else {
            var header = found.header
            header.lsn = transaction.lsn
            let value = header.encoded(tail: Array(found.value.dropFirst(StoredHeader.byteCount)))
            try source.detach(found, in: transaction)
            orphans += [try target.replace(replaced, by: value, in: transaction, partsMax: 0)].compactMap { $0 }
            stored = (header, nil)
        }
        try transaction.emit(.objectRenamed(request, stored.header, stored.version))
        if copy != nil {
            let removal = Removal(state: state, context: request.context)
            let (result, orphan) = try removal.perform(KeyDeletion(key: request.source), in: transaction, partsMax: 0)
            guard case .deleted = result else { throw ObjectsError.versionIsLocked(request.bucket, request.source) }
            orphans += [orphan].compactMap { $0 }
        } else {
            try state.announce(.objectCreatedCopy, request.key, nil, stored.header, context: request.context, in: transaction)
            try state.announce(.objectRemovedDelete, request.source, nil, nil, context: request.context, in: transaction)
        }
        return Renamed(etag: stored.header.etag, version: stored.version, orphans: orphans)
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
