import Model
import StoragePorts

extension VersionedKey {
    /// The version that a read is about; never a delete marker. Throws `.noSuchKey`, `.noSuchVersion`, `.deleteMarker`, `.noVersions`,
    /// `.noHistory`, `.positionAhead`.
    func require(_ choice: VersionChoice, in snapshot: some Snapshot) throws -> StoredVersion {
        let name = state.bucket.name
        switch choice {
        case .current:
            guard let version = try current(in: snapshot) else { throw ObjectsError.noSuchKey(name, key) }
            return try checked(version, isNamed: false)
        case .version(let id):
            guard state.hasVersions || id == .null else { throw ObjectsError.noVersions(name, id) }
            guard let version = try find(id, in: snapshot) else { throw ObjectsError.noSuchVersion(key, id) }
            return try checked(version, isNamed: true)
        case .asOf(let lsn):
            try state.checkAsOf(lsn, in: snapshot)
            guard let version = try find(asOf: lsn, in: snapshot) else { throw ObjectsError.noSuchKey(name, key) }
            return try checked(version, isNamed: false)
        }
    }

    private func checked(_ version: StoredVersion, isNamed: Bool) throws -> StoredVersion {
        guard version.header.isDeleteMarker else { return version }
        throw ObjectsError.deleteMarker(
            state.bucket.name, key, version.header.version, lastModified: version.header.lastModified, isNamed: isNamed)
    }

    /// The version that a change of its settings is about; never a delete marker. Throws as `require`.
    func requireForChange(_ id: VersionID?, in transaction: Transaction) throws -> StoredVersion {
        let name = state.bucket.name
        guard let id else {
            guard let version = try current(in: transaction) else { throw ObjectsError.noSuchKey(name, key) }
            return try checked(version, isNamed: false)
        }
        guard state.hasVersions || id == .null else { throw ObjectsError.noVersions(name, id) }
        guard let version = try find(id, in: transaction) else { throw ObjectsError.noSuchVersion(key, id) }
        return try checked(version, isNamed: true)
    }
}

extension BucketState {
    /// Whether the bucket can be read as of this position. Throws `.noHistory`, `.positionAhead`.
    func checkAsOf(_ lsn: LSN, in snapshot: some Snapshot) throws {
        guard hasVersions else { throw ObjectsError.noHistory(bucket.name) }
        guard lsn <= snapshot.lsn else { throw ObjectsError.positionAhead(lsn, applied: snapshot.lsn) }
    }
}

extension Objects {
    /// Changes what is kept beside a version's bytes (tags, lock, grants), in place: its id, position and time stay. `change` runs
    /// within the commit and may emit facts; what it throws is the outcome. `version` nil means the current one.
    /// Throws `.noSuchBucket`, `.noSuchKey`, `.noSuchVersion`, `.deleteMarker`, `.noVersions`.
    func changeDetails<Value: Sendable>(
        of key: ObjectKey, _ version: VersionID?, in bucket: BucketName,
        _ change: @escaping @Sendable (inout PBObjectDetails, VersionInHand) throws -> Value
    ) async throws(ObjectsError) -> Committed<Value> {
        try await commit(reading: hints(bucket, key)) { [self] transaction in
            let state = try require(bucket, in: transaction)
            let versions = VersionedKey(state: state, key: key)
            let found = try versions.requireForChange(version, in: transaction)
            var details = try found.details
            let value = try change(
                &details, VersionInHand(state: state, key: key, header: found.header, transaction: transaction))
            try versions.rewrite(found, details, in: transaction)
            return value
        }
    }
}

/// What a change of a version's details may look at.
struct VersionInHand {
    let state: BucketState
    let key: ObjectKey
    let header: StoredHeader
    let transaction: Transaction

    /// Nil in a bucket that never had versions.
    var id: VersionID? { state.hasVersions ? header.version : nil }
}
