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
    /// Entries that one step looks at unless told otherwise, and so the most that one of its commits changes.
    package static let rewrapStepEntries = 512

    /// One step of wrapping the keys of SSE-S3 objects and uploads again, after the current master key was changed: looks at the next
    /// `entriesMax` entries and commits what it changes together with how far it came, so that a stop costs one step. The objects'
    /// bytes stay as they are. Call it until it is done, and then ask `outdatedWraps`.
    package func rewrapStep(entriesMax: Int = rewrapStepEntries) async throws(ObjectsError) -> RewrapProgress {
        guard let masterKeys = keys?.masterKeys else { return RewrapProgress(isDone: true, rewrappedCount: 0, unreadableCount: 0) }
        let step = try await read { snapshot in try RewrapStep(masterKeys.currentID, entriesMax: entriesMax, in: snapshot) }
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

    /// How many keys of objects and uploads another master key than the current one wraps, seen at one moment: what moves while a walk goes by
    /// may escape it. At 0 it stays so, because every new wrap is the current key's.
    package func outdatedWraps() async throws(ObjectsError) -> Int {
        guard let current = keys?.masterKeys.currentID else { return 0 }
        return try await read { snapshot in
            var count = 0
            try snapshot.scan(RewrapStep.everything, .forward) { key, value in
                if let encryption = try PBEncryptionRecord(ofEntry: key, value), encryption.mode == 1,
                    MasterKeys.keyID(of: Array(encryption.wrappedKey)) != current
                {
                    count += 1
                }
                return .next
            }
            return count
        }
    }
}

/// The entries from the walk's cursor on that another master key may have wrapped.
private struct RewrapStep: Sendable {
    /// Objects, older versions and uploads.
    static let everything = KeyRange(from: [ObjectKeys.objectTag], to: [ObjectKeys.partTag])

    private(set) var candidates: [RewrapEntry] = []
    /// Where the next step begins; nil at the end.
    private(set) var next: [UInt8]?

    init(_ current: MasterKeyID, entriesMax: Int, in snapshot: any Snapshot) throws {
        let names = try Self.bucketNames(snapshot)
        var seen = 0
        var candidates: [RewrapEntry] = []
        var next: [UInt8]?
        try snapshot.scan(KeyRange(from: try Self.start(current, snapshot), to: Self.everything.upper), .forward) { key, value in
            if seen == entriesMax {
                next = Array(key)
                return .stop
            }
            seen += 1
            if let bucket = names[ObjectKeys.instance(key)] {
                if let entry = RewrapEntry(key, value, bucket) { candidates.append(entry) }
            } else if key[0] != ObjectKeys.uploadTag {
                // Only a deleted bucket's uploads outlive it.
                throw LedgerError.damaged("an object of no bucket")
            }
            return .next
        }
        self.candidates = candidates
        self.next = next
    }

    private static func start(_ current: MasterKeyID, _ snapshot: any Snapshot) throws -> [UInt8] {
        let first = everything.lower
        guard let cursor = try snapshot.get(ObjectKeys.rewrapCursor), cursor.starts(with: ObjectKeys.number(current.rawValue)) else {
            return first
        }
        return Array(cursor.dropFirst(8))
    }

    private static func bucketNames(_ snapshot: any Snapshot) throws -> [LSN: BucketName] {
        var names: [LSN: BucketName] = [:]
        try snapshot.scan(.prefix([ObjectKeys.bucketTag]), .forward) { key, value in
            if let name = BucketName(String(decoding: key[1...], as: UTF8.self)) {
                names[try BucketState(name, Array(value)).instance] = name
            }
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
    /// Of an object, an older version or an upload as it lies in the ledger; nil for one in the clear.
    fileprivate init?(ofEntry key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) throws {
        let details: PBObjectDetails
        if key[0] == ObjectKeys.uploadTag {
            details = try PBUploadRecord(serializedBytes: Array(value)).details
        } else {
            guard StoredHeader.isEncrypted(value) else { return nil }
            details = try PBObjectDetails(afterHeaderOf: Array(value))
        }
        guard details.hasEncryption else { return nil }
        self = details.encryption
    }

    /// Whether it was changed.
    fileprivate mutating func rewrap(_ masterKeys: MasterKeys, _ place: ObjectKeyPlace) throws -> Bool {
        guard mode == 1, let again = try masterKeys.rewrap(Array(wrappedKey), place.context) else { return false }
        wrappedKey = Data(again)
        return true
    }
}
