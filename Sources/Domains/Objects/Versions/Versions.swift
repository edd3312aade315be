import Model
import StoragePorts
import SwiftProtobuf

/// One version of a key as it lies in the ledger: the current one under 21, an older one under 22.
struct StoredVersion {
    let header: StoredHeader
    let value: [UInt8]
    let isCurrent: Bool

    init(_ value: [UInt8], isCurrent: Bool) throws {
        self.header = try StoredHeader(value)
        self.value = value
        self.isCurrent = isCurrent
    }

    var details: PBObjectDetails {
        get throws { try PBObjectDetails(afterHeaderOf: value) }
    }

    var olderSince: Timestamp {
        get throws { try value.withUnsafeBytes { try header.olderSince(in: $0) } }
    }
}

extension StoredHeader {
    /// Since when the version behind this one is not current: since this one was made, or what it replaced.
    func olderSince(in value: UnsafeRawBufferPointer) throws -> Timestamp {
        guard flags.contains(.olderSince) else { return lastModified }
        return Timestamp(milliseconds: try PBObjectDetails(afterHeaderOf: Array(value)).olderSinceMs)
    }
}

/// A key of a bucket, and how its versions are found and moved.
///
/// Invariants: the current version has the highest LSN of the key's versions; no two have the same; at most one is the null version;
/// `2A` names it exactly when it is an older one; without a current version there is no older one.
struct VersionedKey {
    let state: BucketState
    let key: ObjectKey

    private var currentKey: [UInt8] { ObjectKeys.object(state.instance, key) }
    private var nullKey: [UInt8] { ObjectKeys.nullVersion(state.instance, key) }
    private func olderKey(_ lsn: LSN) -> [UInt8] { ObjectKeys.version(state.instance, key.utf8, lsn) }
    private var olderRange: KeyRange { .prefix(ObjectKeys.versions(state.instance, of: key.utf8)) }

    /// Nil when the key has no version; may be a delete marker.
    func current(in reader: some KeyValueReader) throws -> StoredVersion? {
        try reader.get(currentKey).map { try StoredVersion($0, isCurrent: true) }
    }

    /// Nil when there is no such version.
    func find(_ id: VersionID, in reader: some KeyValueReader) throws -> StoredVersion? {
        let current = try current(in: reader)
        if let current, current.header.version == id { return current }
        guard current != nil, state.hasVersions else { return nil }
        switch id {
        case .foreign: return nil
        case .null: return try olderNull(in: reader).flatMap { try older($0, in: reader) }
        case .made(let lsn): return try older(lsn, in: reader).flatMap { $0.header.version == id ? $0 : nil }
        }
    }

    /// The version that this commit made, whatever its id. Nil when it is gone.
    func find(madeBy lsn: LSN, in reader: some KeyValueReader) throws -> StoredVersion? {
        let current = try current(in: reader)
        if let current, current.header.lsn == lsn { return current }
        return current != nil && state.hasVersions ? try older(lsn, in: reader) : nil
    }

    /// The newest version at or below this position, of those still kept; may be a delete marker.
    func find(asOf lsn: LSN, in reader: some KeyValueReader) throws -> StoredVersion? {
        guard let current = try current(in: reader) else { return nil }
        return current.header.lsn <= lsn ? current : try newestOlder(from: lsn, in: reader)
    }

    /// The LSN of the null version where that is an older one.
    func olderNull(in reader: some KeyValueReader) throws -> LSN? {
        try reader.get(nullKey).map { LSN(StorageKeys.decodeCount($0)) }
    }

    private func older(_ lsn: LSN, in reader: some KeyValueReader) throws -> StoredVersion? {
        try reader.get(olderKey(lsn)).map { try StoredVersion($0, isCurrent: false) }
    }

    /// The newest one at or below `lsn`.
    func newestOlder(from lsn: LSN = LSN(.max), in reader: some KeyValueReader) throws -> StoredVersion? {
        var found: StoredVersion?
        try reader.scan(KeyRange(from: olderKey(lsn), to: olderRange.upper), .forward) { _, value in
            found = try StoredVersion(Array(value), isCurrent: false)
            return .stop
        }
        return found
    }
}

extension VersionedKey {
    /// Makes `value` the current version. What was current makes way: where versioning is enabled for the key it stays as an older one;
    /// where it is suspended the null version is ended, wherever it is; else it is ended. Returns parts to be drained. Throws
    /// `.quotaExceeded`.
    func replace(_ current: StoredVersion?, by value: [UInt8], in transaction: Transaction, partsMax: Int) throws -> UploadID? {
        let orphan = try makeWay(current, in: transaction, partsMax: partsMax)
        try state.holdsMore(BucketAmount(try StoredHeader(value)), transaction)
        if let current, current.header.version == .null, state.versioning.status(of: key) == .suspended {
            transaction.put(currentKey, try inPlace(of: current, value))
        } else {
            transaction.put(currentKey, value)
        }
        return orphan
    }

    /// The versions behind a null version that is replaced are no younger for it: their days go on counting.
    private func inPlace(of current: StoredVersion, _ value: [UInt8]) throws -> [UInt8] {
        var header = try StoredHeader(value)
        var details = try PBObjectDetails(afterHeaderOf: value)
        details.olderSinceMs = try current.olderSince.milliseconds
        header.flags.insert(.olderSince)
        return header.encoded(tail: try details.serializedBytes())
    }

    private func makeWay(_ current: StoredVersion?, in transaction: Transaction, partsMax: Int) throws -> UploadID? {
        guard let current else { return nil }
        switch state.versioning.status(of: key) {
        case .never:
            return try end(current, in: transaction, partsMax: partsMax)
        case .enabled:
            // Two versions of one commit would have one id. Nobody can have seen the first.
            if current.header.lsn == transaction.lsn { return try end(current, in: transaction, partsMax: partsMax) }
            setAside(current, in: transaction)
            return nil
        case .suspended:
            if current.header.version == .null { return try end(current, in: transaction, partsMax: partsMax) }
            let orphan = try endOlderNull(in: transaction, partsMax: partsMax)
            setAside(current, in: transaction)
            return orphan
        }
    }

    private func setAside(_ current: StoredVersion, in transaction: Transaction) {
        transaction.put(olderKey(current.header.lsn), current.value)
        if current.header.version == .null { transaction.put(nullKey, StorageKeys.encodeCount(current.header.lsn.rawValue)) }
    }

    private func endOlderNull(in transaction: Transaction, partsMax: Int) throws -> UploadID? {
        guard let lsn = try olderNull(in: transaction) else { return nil }
        guard let version = try older(lsn, in: transaction) else { throw LedgerError.damaged("null version \(lsn) of \(key)") }
        return try remove(version, in: transaction, bypassGovernance: false, partsMax: partsMax)
    }

    /// Takes one version away for good; when it was current, the newest older one becomes current. Returns parts to be drained.
    /// Throws `.versionIsLocked`.
    func remove(
        _ version: StoredVersion, in transaction: Transaction, bypassGovernance: Bool, partsMax: Int
    ) throws -> UploadID? {
        let orphan = try end(version, in: transaction, bypassGovernance: bypassGovernance, partsMax: partsMax)
        guard version.isCurrent else {
            forgetOlder(version, in: transaction)
            return orphan
        }
        try KeyWatch(state.instance, key.utf8).noteRemoval(in: transaction)
        if state.hasVersions, let next = try newestOlder(in: transaction) {
            transaction.put(currentKey, next.value)
            forgetOlder(next, in: transaction)
        } else {
            transaction.delete(currentKey)
        }
        return orphan
    }

    /// Takes the current version's record away without giving up its bytes: another key's record has them. Only where no version
    /// lies behind it. Do it before that record is put: both at once may be more than a quota allows.
    func detach(_ version: StoredVersion, in transaction: Transaction) throws {
        precondition(!state.hasVersions && version.isCurrent, "a version stays under its key")
        try state.holdsLess(BucketAmount(version.header), transaction)
        try KeyWatch(state.instance, key.utf8).noteRemoval(in: transaction)
        transaction.delete(currentKey)
    }

    private func forgetOlder(_ version: StoredVersion, in transaction: Transaction) {
        transaction.delete(olderKey(version.header.lsn))
        if version.header.version == .null { transaction.delete(nullKey) }
    }

    /// The only end of any version, whoever asks for it: refuses while a lock holds it, else gives its bytes up.
    private func end(
        _ version: StoredVersion, in transaction: Transaction, bypassGovernance: Bool = false, partsMax: Int
    ) throws -> UploadID? {
        if version.header.flags.contains(.lock),
            try version.details.lock().forbidsRemoval(at: transaction.clock, bypassGovernance: bypassGovernance)
        {
            throw ObjectsError.versionIsLocked(state.bucket.name, key)
        }
        try state.holdsLess(BucketAmount(version.header), transaction)
        return try version.header.release(in: transaction, partsMax: partsMax)
    }

    /// Changes what is kept beside a version's bytes, in place: its id, position and time stay.
    func rewrite(_ version: StoredVersion, _ details: PBObjectDetails, in transaction: Transaction) throws {
        var header = version.header
        header.flags = details.flags.union(header.flags.intersection(.versionID))
        let value = header.encoded(tail: try details.serializedBytes())
        transaction.put(version.isCurrent ? currentKey : olderKey(header.lsn), value)
    }
}

extension PBObjectDetails {
    /// The flags of the header in front of these details, but for the version id's.
    var flags: StoredHeader.Flags {
        var flags: StoredHeader.Flags = []
        if retentionMode != 0 || legalHold { flags.insert(.lock) }
        if hasEncryption { flags.insert(.encryption) }
        if !tags.isEmpty { flags.insert(.tags) }
        if olderSinceMs != 0 { flags.insert(.olderSince) }
        return flags
    }
}
