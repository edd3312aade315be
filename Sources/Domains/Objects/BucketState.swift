import Bytes
import Model
import StoragePorts
import SwiftProtobuf
import Synchronization

/// A bucket's record, decoded once per version. Its value in the ledger; numbers little-endian:
///
///      0   1  format: 1
///      1   8  instance: the LSN of the bucket's creation
///      9   8  version: the LSN of the record's last change
///     17   -  BucketRecord
final class BucketState: Sendable {
    static let headerBytes = 17
    private static let format: UInt8 = 1

    let bucket: Bucket
    let version: LSN
    let record: PBBucketRecord
    /// Nil when nobody is to be notified.
    let notifications: CompiledNotifications?
    /// What writes do with the versions before them.
    let versioning: VersioningConfiguration
    /// Nil when the bucket has no Object Lock.
    let objectLock: ObjectLockConfiguration?
    /// What objects get whose client asks for no encryption; nil: they are kept in the clear.
    let encryption: BucketEncryption?
    /// Whether new objects have to meet rules.
    let hasAdmission: Bool
    /// Nil when the bucket may hold anything: then nobody counts.
    let quota: BucketQuota?
    /// Those that were asked for so far; see `setting`.
    let settings = Mutex<[BucketSettingKind: any BucketSetting]>([:])
    /// What the settings say about access, once it was asked for.
    let knownAccess = Mutex<BucketAccess?>(nil)

    var instance: LSN { bucket.instance }

    init(_ name: BucketName, _ value: [UInt8]) throws {
        guard value.count >= Self.headerBytes, value[0] == Self.format, let instance = Self.number(value, 1),
            let version = Self.number(value, 9)
        else { throw LedgerError.damaged("bucket \(name)") }
        let record: PBBucketRecord
        do {
            record = try PBBucketRecord(serializedBytes: Array(value[Self.headerBytes...]))
        } catch {
            throw LedgerError.damaged("bucket \(name): \(error)")
        }
        self.record = record
        self.hasAdmission = record.settings[BucketSettingKind.admission.rawValue] != nil
        self.version = LSN(version)
        self.bucket = Bucket(
            name: name, owner: try Owner(record.owner), created: Timestamp(milliseconds: record.createdMs),
            location: BucketLocation(stored: record.region), instance: LSN(instance))
        self.notifications = try CompiledNotifications(record.notifications, bucket: bucket)
        self.versioning = try record.setting(VersioningConfiguration.self, of: name) ?? .never
        self.objectLock = try record.setting(ObjectLockConfiguration.self, of: name)
        self.quota = try record.setting(BucketQuota.self, of: name)
        self.encryption = try record.setting(BucketEncryption.self, of: name)
    }

    /// Whether it has, or may have, more than one version of a key.
    var hasVersions: Bool { versioning.status != .never }

    static func encoded(instance: LSN, version: LSN, _ record: PBBucketRecord) throws -> [UInt8] {
        var writer = ByteWriter(reservingCapacity: 256)
        writer.uint8(format)
        writer.uint64LittleEndian(instance.rawValue)
        writer.uint64LittleEndian(version.rawValue)
        var options = BinaryEncodingOptions()
        options.useDeterministicOrdering = true
        writer.append(try record.serializedBytes(options: options) as [UInt8])
        return writer.bytes
    }

    /// Whether `value` is what this was decoded from.
    func isCurrent(_ value: [UInt8]) -> Bool {
        Self.number(value, 9) == version.rawValue && Self.number(value, 1) == instance.rawValue
    }

    private static func number(_ value: [UInt8], _ offset: Int) -> UInt64? {
        guard value.count >= offset + 8 else { return nil }
        return value.withUnsafeBytes { UInt64(littleEndian: $0.loadUnaligned(fromByteOffset: offset, as: UInt64.self)) }
    }
}

/// Decoded buckets, so that a request neither reads nor decodes a record while no bucket changes.
///
/// Never the truth: an entry is used when nothing under the buckets' tag changed since it was read, or when its version is that of the
/// value just read. Bounded: when full it begins anew.
final class BucketCache: Sendable {
    private struct Entry {
        let state: BucketState
        /// The last change of any bucket when this one was read; nil when that was not known.
        var asOf: LSN?
    }

    private static let countMax = 4_096
    private let entries = Mutex<[BucketName: Entry]>([:])
    private let sawLogged = Atomic<Bool>(false)

    /// Whether a bucket was seen that logs its requests: true stays true.
    var anyIsLogged: Bool { sawLogged.load(ordering: .relaxed) }

    /// The bucket as `reader` has it, or nil.
    func state(of name: BucketName, in reader: any KeyValueReader) throws -> BucketState? {
        let asOf = reader.lastChange(ofTag: ObjectKeys.bucketTag)
        let known = entries.withLock { $0[name] }
        if let known, let asOf, known.asOf == asOf { return known.state }
        guard let value = try reader.get(ObjectKeys.bucket(name)) else { return nil }
        let state: BucketState
        if let known, known.state.isCurrent(value) { state = known.state } else { state = try BucketState(name, value) }
        if state.record.settings[BucketSettingKind.logging.rawValue] != nil { sawLogged.store(true, ordering: .relaxed) }
        entries.withLock { entries in
            if entries.count >= Self.countMax { entries.removeAll(keepingCapacity: true) }
            entries[name] = Entry(state: state, asOf: asOf)
        }
        return state
    }

    /// What was last seen, perhaps outdated: good enough to say which keys a commit will read.
    func hint(_ name: BucketName) -> BucketState? {
        entries.withLock { $0[name]?.state }
    }
}

extension Owner {
    init(_ record: PBOwnerRecord) throws {
        guard let account = AccountID(record.account) else { throw LedgerError.damaged("owner") }
        self.init(account: account, canonicalID: record.canonicalID, displayName: record.displayName)
    }

    var record: PBOwnerRecord {
        PBOwnerRecord.with {
            $0.account = account.rawValue
            $0.canonicalID = canonicalID
            $0.displayName = displayName
        }
    }
}
