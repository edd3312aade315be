import Model
import StoragePorts

/// Where the Objects domain keeps what in the ledger. Frozen (docs/FORMAT.md); numbers are big-endian.
///
///     20 bucket-name                                -> bucket (BucketState.swift)
///     21 instance:8 key                             -> the current object of a key (StoredHeader.swift)
///     22 instance:8 escaped-key 00 01 ~lsn:8        -> an older version, as it was under 21; newest first
///     23 instance:8 escaped-key 00 01 upload:16     -> UploadRecord
///     24 upload:16 part-number:2                    -> part (StoredHeader.swift), of an upload in progress or of a finished object
///     25 upload:16                                  -> CompletedRecord
///     26 account:12 bucket-name                     -> creation time in ms:8, region; the buckets of an account
///     27 account:12                                 -> how many buckets it has:8
///     28 upload:16                                  -> (empty) nothing names these parts any more; they are being released
///     29 instance:8                                 -> (empty) a deleted bucket whose uploads are being released
///     2A instance:8 key                             -> LSN:8 of the older version that is the null one, where there is one
///     2B instance:8                                 -> LifecyclePass: where a pass over the bucket stands
///     2C                                            -> master key id:8, ledger key: how far wrapping keys again has come
///     2D instance:8 inventory-id                    -> InventoryProgressRecord
///     2E instance:8 token:16                        -> a rename that was done with this token (RenameToken.swift)
///     2F instance:8                                 -> what a bucket with a quota holds (BucketUsage.swift)
///     70 instance:8 key                             -> LSN:8 of the key's latest removal while uploads of it are open (KeyWatch.swift)
///
/// `instance` is the LSN of the bucket's creation, so a bucket that is deleted and made again sees nothing of the old one. Objects
/// come in the order of their keys' bytes because nothing follows the key. `upload` is the LSN of the upload's creation and a random
/// number; `~lsn` is a version's LSN with all bits flipped. A key has entries under 22 only while it has one under 21, which is its
/// newest version and perhaps a delete marker. Where something follows a key it is escaped, so that order is kept: 00 becomes 00 FF, and 00 01 ends it.
enum ObjectKeys {
    static let bucketTag: UInt8 = 0x20
    static let objectTag: UInt8 = 0x21
    static let versionTag: UInt8 = 0x22
    static let uploadTag: UInt8 = 0x23
    static let partTag: UInt8 = 0x24
    static let completedTag: UInt8 = 0x25
    static let accountBucketTag: UInt8 = 0x26
    static let accountCountTag: UInt8 = 0x27
    static let orphanedPartsTag: UInt8 = 0x28
    static let deletedBucketTag: UInt8 = 0x29
    static let nullVersionTag: UInt8 = 0x2A
    static let lifecyclePassTag: UInt8 = 0x2B
    static let rewrapCursorTag: UInt8 = 0x2C
    static let inventoryTag: UInt8 = 0x2D
    static let renameTokenTag: UInt8 = 0x2E
    static let usageTag: UInt8 = 0x2F
    static let watchTag: UInt8 = 0x70

    /// Length of what comes before the key in an object's ledger key, and before the escaped key in an upload's.
    static let scopeBytes = 9
    private static let uploadBytes = 16
    private static let lsnBytes = 8

    static func bucket(_ name: BucketName) -> [UInt8] { [bucketTag] + name.rawValue.utf8 }

    static func objects(in instance: LSN) -> [UInt8] { scope(objectTag, instance, extra: 0) }

    static func object(_ instance: LSN, _ key: ObjectKey) -> [UInt8] {
        var bytes = scope(objectTag, instance, extra: key.utf8.count)
        bytes.append(contentsOf: key.utf8)
        return bytes
    }

    static func versions(in instance: LSN) -> [UInt8] { scope(versionTag, instance, extra: 0) }

    /// All older versions of one key begin with this.
    static func versions(_ instance: LSN, of key: [UInt8]) -> [UInt8] {
        versions(in: instance) + escaped(key) + [0x00, 0x01]
    }

    static func version(_ instance: LSN, _ key: [UInt8], _ lsn: LSN) -> [UInt8] {
        var bytes = versions(instance, of: key)
        append(~lsn.rawValue, to: &bytes)
        return bytes
    }

    static func nullVersion(_ instance: LSN, _ key: ObjectKey) -> [UInt8] { scope(nullVersionTag, instance, extra: 0) + key.utf8 }

    /// The object key in the ledger key of an older version.
    static func objectKey(ofVersion key: UnsafeRawBufferPointer) -> [UInt8] {
        unescaped(UnsafeRawBufferPointer(rebasing: key[scopeBytes..<(key.count - lsnBytes - 2)]))
    }

    /// How far the inventory of that id is.
    static func inventory(_ instance: LSN, _ id: String) -> [UInt8] { scope(inventoryTag, instance, extra: 0) + id.utf8 }

    static func uploads(in instance: LSN) -> [UInt8] { scope(uploadTag, instance, extra: 0) }

    /// All uploads of one key begin with this.
    static func uploads(in instance: LSN, of key: [UInt8]) -> [UInt8] {
        uploads(in: instance) + escaped(key) + [0x00, 0x01]
    }

    static func upload(_ instance: LSN, _ key: ObjectKey, _ id: UploadID) -> [UInt8] {
        uploads(in: instance, of: key.utf8) + bytes(of: id)
    }

    static func parts(of id: UploadID) -> [UInt8] { [partTag] + bytes(of: id) }

    static func part(_ id: UploadID, _ number: Int) -> [UInt8] {
        parts(of: id) + [UInt8(truncatingIfNeeded: number >> 8), UInt8(truncatingIfNeeded: number)]
    }

    /// The number at the end of a part's ledger key.
    static func partNumber(_ key: UnsafeRawBufferPointer) -> Int {
        precondition(key.count == 1 + uploadBytes + 2)
        return Int(key[key.count - 2]) << 8 | Int(key[key.count - 1])
    }

    static func completed(_ id: UploadID) -> [UInt8] { [completedTag] + bytes(of: id) }

    static func accountBucket(_ account: AccountID, _ name: String) -> [UInt8] {
        [accountBucketTag] + account.rawValue.utf8 + name.utf8
    }

    static func accountCount(_ account: AccountID) -> [UInt8] { [accountCountTag] + account.rawValue.utf8 }

    static func orphanedParts(_ id: UploadID) -> [UInt8] { [orphanedPartsTag] + bytes(of: id) }

    static func lifecyclePass(_ instance: LSN) -> [UInt8] { scope(lifecyclePassTag, instance, extra: 0) }

    static func usage(_ instance: LSN) -> [UInt8] { scope(usageTag, instance, extra: 0) }

    static func watch(_ instance: LSN, _ key: [UInt8]) -> [UInt8] { scope(watchTag, instance, extra: key.count) + key }

    static func deletedBucket(_ instance: LSN) -> [UInt8] { scope(deletedBucketTag, instance, extra: 0) }

    static func renameTokens(in instance: LSN) -> [UInt8] { scope(renameTokenTag, instance, extra: 0) }

    /// `token` is the first half of a digest: 16 bytes.
    static func renameToken(_ instance: LSN, _ token: [UInt8]) -> [UInt8] { renameTokens(in: instance) + token }

    static let rewrapCursor: [UInt8] = [rewrapCursorTag]

    static func number(_ number: UInt64) -> [UInt8] {
        var bytes: [UInt8] = []
        append(number, to: &bytes)
        return bytes
    }

    /// The upload's id in the last 16 bytes of a ledger key.
    static func uploadID(atEndOf key: UnsafeRawBufferPointer) -> UploadID {
        let start = key.count - uploadBytes
        let lsn = UInt64(bigEndian: key.loadUnaligned(fromByteOffset: start, as: UInt64.self))
        let random = UInt64(bigEndian: key.loadUnaligned(fromByteOffset: start + 8, as: UInt64.self))
        return UploadID(lsn: lsn, random: random)
    }

    /// The object key in the ledger key of an upload.
    static func objectKey(ofUpload key: UnsafeRawBufferPointer) -> [UInt8] {
        objectKey(ofEscaped: key, suffixBytes: uploadBytes)
    }

    /// The object key in a ledger key that goes on behind it with a suffix of this length.
    static func objectKey(ofEscaped key: UnsafeRawBufferPointer, suffixBytes: Int) -> [UInt8] {
        unescaped(UnsafeRawBufferPointer(rebasing: key[scopeBytes..<(key.count - suffixBytes - 2)]))
    }

    static func instance(_ key: UnsafeRawBufferPointer) -> LSN {
        LSN(UInt64(bigEndian: key.loadUnaligned(fromByteOffset: 1, as: UInt64.self)))
    }

    static func escaped(_ key: [UInt8]) -> [UInt8] {
        guard key.contains(0) else { return key }
        return key.flatMap { $0 == 0 ? [0x00, 0xFF] : [$0] }
    }

    private static func unescaped(_ bytes: UnsafeRawBufferPointer) -> [UInt8] {
        var key: [UInt8] = []
        key.reserveCapacity(bytes.count)
        var index = 0
        while index < bytes.count {
            key.append(bytes[index])
            index += bytes[index] == 0 ? 2 : 1
        }
        return key
    }

    private static func scope(_ tag: UInt8, _ instance: LSN, extra: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(scopeBytes + extra)
        bytes.append(tag)
        append(instance.rawValue, to: &bytes)
        return bytes
    }

    private static func bytes(of id: UploadID) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(uploadBytes)
        append(id.lsn, to: &bytes)
        append(id.random, to: &bytes)
        return bytes
    }

    private static func append(_ number: UInt64, to bytes: inout [UInt8]) {
        for shift in stride(from: UInt64(56), through: 0, by: -8) { bytes.append(UInt8(truncatingIfNeeded: number >> shift)) }
    }
}
