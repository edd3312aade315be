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
        self.version = LSN(version)
        self.bucket = Bucket(
            name: name, owner: try Owner(record.owner), created: Timestamp(milliseconds: record.createdMs),
            region: Region(stored: record.region), instance: LSN(instance))
        self.notifications = try CompiledNotifications(record.notifications, bucket: bucket)
    }

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

/// Decoded buckets, so that a request pays for reading the record's bytes but not for decoding them.
///
/// A reader of the ledger uses an entry only when its version is that of the value it read. `hint` has no value to compare with, and
/// access is decided by it, so an entry must not outlive its record: the transaction that changes a record takes the entry out, before
/// the change can be seen, and from then on only a snapshot that has the change in it puts one in. All changes of buckets come through
/// this process. Bounded: when full it begins anew.
final class BucketCache: Sendable {
    private static let countMax = 4_096

    private struct Contents {
        var states: [BucketName: BucketState] = [:]
        /// No snapshot from before this commit may add anything.
        var changed = LSN.zero
    }

    private let contents = Mutex(Contents())

    /// The bucket as `reader` has it, or nil.
    func state(of name: BucketName, in reader: any KeyValueReader) throws -> BucketState? {
        guard let value = try reader.get(ObjectKeys.bucket(name)) else { return nil }
        if let known = contents.withLock({ $0.states[name] }), known.isCurrent(value) { return known }
        let state = try BucketState(name, value)
        if let snapshot = reader as? any Snapshot { add(state, asOf: snapshot.lsn) }
        return state
    }

    private func add(_ state: BucketState, asOf lsn: LSN) {
        contents.withLock { contents in
            guard lsn >= contents.changed else { return }
            if contents.states.count >= Self.countMax { contents.states.removeAll(keepingCapacity: true) }
            contents.states[state.bucket.name] = state
        }
    }

    /// Call within the transaction that makes, changes or deletes the bucket's record. `lsn` is the transaction's.
    func forget(_ name: BucketName, changedAt lsn: LSN) {
        contents.withLock { contents in
            contents.states[name] = nil
            contents.changed = max(contents.changed, lsn)
        }
    }

    /// The bucket as of a position not before any change that was acknowledged before the call; nil when it is not at hand.
    func hint(_ name: BucketName) -> BucketState? {
        contents.withLock { $0.states[name] }
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
