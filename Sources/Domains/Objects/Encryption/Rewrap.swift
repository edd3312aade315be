import Envelope
import Model
import StoragePorts
import SwiftProtobuf

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// How far a walk that wraps objects' keys again has come.
package struct RewrapProgress: Sendable, Hashable {
    /// The walk is through.
    package let isDone: Bool
    /// Keys that this step wrapped again.
    package let rewrappedCount: Int
    /// Keys that it could not unwrap, and left as they are.
    package let unreadableCount: Int
}

extension Objects {
    /// Entries that one step looks at, and so the most that one of its commits changes.
    package static let rewrapStepEntries = 512

    /// One step of wrapping the keys of SSE-S3 objects and uploads again, after the current master key was changed: looks at the next
    /// `rewrapStepEntries` entries and commits what it changes together with how far it came, so that a stop costs one step. The objects'
    /// bytes stay as they are. Call it until it is done; when nothing was unreadable, no object needs an older master key.
    package func rewrapStep() async throws(ObjectsError) -> RewrapProgress {
        guard let masterKeys = keys?.masterKeys else { return RewrapProgress(isDone: true, rewrappedCount: 0, unreadableCount: 0) }
        let step = try await read { snapshot in try RewrapStep(masterKeys.currentID, in: snapshot) }
        return try await commit { transaction in
            var (rewrapped, unreadable) = (0, 0)
            for entry in step.candidates {
                do {
                    if try entry.rewrap(masterKeys, in: transaction) { rewrapped += 1 }
                } catch is EnvelopeError {
                    unreadable += 1
                }
            }
            if rewrapped > 0 { try transaction.noteMasterKey(masterKeys.currentID.rawValue) }
            if let next = step.next {
                transaction.put(ObjectKeys.rewrapCursor, ObjectKeys.number(masterKeys.currentID.rawValue) + next)
            } else {
                transaction.delete(ObjectKeys.rewrapCursor)
            }
            return RewrapProgress(isDone: step.next == nil, rewrappedCount: rewrapped, unreadableCount: unreadable)
        }.value
    }
}

/// The entries from the walk's cursor on that another master key may have wrapped.
private struct RewrapStep: Sendable {
    private(set) var candidates: [RewrapEntry] = []
    /// Where the next step begins; nil at the end.
    private(set) var next: [UInt8]?

    init(_ current: MasterKeyID, in snapshot: any Snapshot) throws {
        let names = try Self.bucketNames(snapshot)
        var seen = 0
        var candidates: [RewrapEntry] = []
        var next: [UInt8]?
        try snapshot.scan(KeyRange(from: try Self.start(current, snapshot), to: [ObjectKeys.partTag]), .forward) { key, value in
            if seen == Objects.rewrapStepEntries {
                next = Array(key)
                return .stop
            }
            seen += 1
            if let bucket = names[ObjectKeys.instance(key)], let entry = RewrapEntry(key, value, bucket) { candidates.append(entry) }
            return .next
        }
        self.candidates = candidates
        self.next = next
    }

    private static func start(_ current: MasterKeyID, _ snapshot: any Snapshot) throws -> [UInt8] {
        let first = [ObjectKeys.objectTag]
        guard let cursor = try snapshot.get(ObjectKeys.rewrapCursor), cursor.starts(with: ObjectKeys.number(current.rawValue)) else {
            return first
        }
        return Array(cursor.dropFirst(8))
    }

    private static func bucketNames(_ snapshot: any Snapshot) throws -> [LSN: BucketName] {
        var names: [LSN: BucketName] = [:]
        try snapshot.scan(.prefix([ObjectKeys.bucketTag]), .forward) { key, value in
            guard value.count >= 9 else { throw LedgerError.damaged("head of a bucket") }
            let instance = UInt64(littleEndian: value.loadUnaligned(fromByteOffset: 1, as: UInt64.self))
            names[LSN(instance)] = BucketName(String(decoding: key[1...], as: UTF8.self))
            return .next
        }
        return names
    }
}

/// An object, an older version or an upload that is encrypted.
private struct RewrapEntry: Sendable {
    private static let versionSuffixBytes = 8

    private let ledgerKey: [UInt8]
    private let bucket: BucketName
    private let key: ObjectKey
    /// Nil for an object.
    private let upload: UploadID?

    /// Nil for what is not encrypted.
    init?(_ ledgerKey: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer, _ bucket: BucketName) {
        self.ledgerKey = Array(ledgerKey)
        self.bucket = bucket
        if ledgerKey[0] == ObjectKeys.uploadTag {
            key = ObjectKey(stored: ObjectKeys.objectKey(ofUpload: ledgerKey))
            upload = ObjectKeys.uploadID(atEndOf: ledgerKey)
            return
        }
        guard StoredHeader.isEncrypted(value) else { return nil }
        upload = nil
        key =
            ledgerKey[0] == ObjectKeys.objectTag
            ? ObjectKey(stored: Array(ledgerKey[ObjectKeys.scopeBytes...]))
            : ObjectKey(stored: ObjectKeys.objectKey(ofEscaped: ledgerKey, suffixBytes: Self.versionSuffixBytes))
    }

    /// Whether it was changed. Throws `EnvelopeError` for a key that cannot be unwrapped.
    func rewrap(_ masterKeys: MasterKeys, in transaction: Transaction) throws -> Bool {
        guard let value = try transaction.get(ledgerKey) else { return false }
        if let upload {
            var record = try PBUploadRecord(serializedBytes: value)
            let place = ObjectKeyPlace(bucket, key, .upload(upload))
            guard record.details.hasEncryption, try record.details.encryption.rewrap(masterKeys, place) else { return false }
            transaction.put(ledgerKey, try record.serializedBytes())
            return true
        }
        guard value.withUnsafeBytes({ StoredHeader.isEncrypted($0) }) else { return false }
        var details = try PBObjectDetails(afterHeaderOf: value)
        guard try details.encryption.rewrap(masterKeys, ObjectKeyPlace(bucket, key, try StoredHeader(value))) else { return false }
        transaction.put(ledgerKey, Array(value[..<StoredHeader.byteCount]) + (try details.serializedBytes() as [UInt8]))
        return true
    }
}

extension PBEncryptionRecord {
    /// Whether it was changed.
    fileprivate mutating func rewrap(_ masterKeys: MasterKeys, _ place: ObjectKeyPlace) throws -> Bool {
        guard mode == 1, let again = try masterKeys.rewrap(Array(wrappedKey), place.context) else { return false }
        wrappedKey = Data(again)
        return true
    }
}
